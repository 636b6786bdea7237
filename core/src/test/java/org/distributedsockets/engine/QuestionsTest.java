package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.Address;
import org.distributedsockets.engine.Questions.Holding;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.Item.AnswerItem;
import org.distributedsockets.engine.wire.Item.Detail;
import org.distributedsockets.engine.wire.Item.Held;
import org.distributedsockets.engine.wire.Item.QuestionItem;
import org.junit.jupiter.api.Test;

class QuestionsTest {
  private static final Address ROOM = Address.group("room");
  private static final Duration WAIT = Duration.ofSeconds(2);

  private record Out(String node, Item item) {}

  private final Clients clients = new Clients();
  private final List<Out> out = new ArrayList<>();
  private boolean taken = true;
  private final Questions questions =
      new Questions(
          "n1",
          clients.local(),
          (node, item) -> taken && out.add(new Out(node, item)),
          clients.runtime,
          WAIT.toNanos());

  private ClientConnection member(String id, String user) {
    ClientConnection connection = clients.open(id, user, ManualChannel.inline());
    assertFalse(connection.joinGroup("room").isCompletedExceptionally());
    return connection;
  }

  private CompletableFuture<Map<String, Holding>> ask(Set<String> nodes, Detail detail) {
    return questions.ask(nodes, ROOM, detail, Map.of());
  }

  private static List<String> names(List<Held> held) {
    return held.stream().map(one -> one.user() + "/" + one.connection()).sorted().toList();
  }

  @Test
  void answersForItselfAtOnce() {
    member("c1", "alice");
    member("c2", "alice");
    member("c3", "bob");
    Holding count = ask(Set.of("n1"), Detail.COUNT).join().get("n1");
    assertEquals(3, count.connections());
    assertEquals(2, count.users());
    assertEquals(List.of(), count.held());
    assertEquals(
        List.of("alice/", "bob/"), names(ask(Set.of("n1"), Detail.USERS).join().get("n1").held()));
    assertEquals(
        List.of("alice/c1", "alice/c2", "bob/c3"),
        names(ask(Set.of("n1"), Detail.CONNECTIONS).join().get("n1").held()));
    assertEquals(List.of(), out);
  }

  @Test
  void doesNotListWhatIsKnownUntilItChanges() {
    ClientConnection alice = member("c1", "alice");
    Holding first = ask(Set.of("n1"), Detail.USERS).join().get("n1");
    Map<String, Long> known = Map.of("n1", first.version());
    assertEquals(
        new Holding(first.version(), 1, 1, List.of()),
        questions.ask(Set.of("n1"), ROOM, Detail.USERS, known).join().get("n1"));
    member("c2", "bob");
    assertEquals(
        2, questions.ask(Set.of("n1"), ROOM, Detail.USERS, known).join().get("n1").held().size());
    assertFalse(alice.leaveGroup("room").isCompletedExceptionally());
    assertEquals(
        List.of("bob/"),
        names(questions.ask(Set.of("n1"), ROOM, Detail.USERS, known).join().get("n1").held()));
  }

  @Test
  void putsPagesTogetherAndWaitsForAllNodes() {
    CompletableFuture<Map<String, Holding>> answer = ask(Set.of("n2", "n3"), Detail.USERS);
    assertEquals(List.of("n2", "n3"), out.stream().map(Out::node).toList());
    long token = ((QuestionItem) out.get(0).item()).token();
    Held alice = new Held("alice", "", 0, "");
    Held bob = new Held("bob", "", 0, "");
    questions.onAnswer("n2", new AnswerItem(token, false, 5, 2, 2, List.of(alice)));
    questions.onAnswer("n3", new AnswerItem(token, true, 6, 1, 1, List.of(bob)));
    assertFalse(answer.isDone());
    questions.onAnswer("n2", new AnswerItem(token, true, 5, 2, 2, List.of(bob)));
    assertEquals(
        Map.of(
            "n2",
            new Holding(5, 2, 2, List.of(alice, bob)),
            "n3",
            new Holding(6, 1, 1, List.of(bob))),
        answer.join());
  }

  @Test
  void leavesOutWhoIsSilent() {
    CompletableFuture<Map<String, Holding>> answer = ask(Set.of("n2", "n3"), Detail.COUNT);
    long token = ((QuestionItem) out.get(0).item()).token();
    questions.onAnswer("n3", new AnswerItem(token, true, 6, 1, 1, List.of()));
    clients.manual.advance(WAIT.minusMillis(1));
    assertFalse(answer.isDone());
    clients.manual.advance(Duration.ofMillis(1));
    assertEquals(Set.of("n3"), answer.join().keySet());
    questions.onAnswer("n2", new AnswerItem(token, true, 6, 1, 1, List.of()));
    assertEquals(Set.of("n3"), answer.join().keySet());
  }

  @Test
  void doesNotWaitForWhoCannotBeAsked() {
    CompletableFuture<Map<String, Holding>> gone = ask(Set.of("n2"), Detail.COUNT);
    questions.onUnroutable("n2", (QuestionItem) out.get(0).item());
    assertEquals(Map.of(), gone.join());
    taken = false;
    assertEquals(Map.of(), ask(Set.of("n2"), Detail.COUNT).join());
    assertEquals(Map.of(), ask(Set.of(), Detail.COUNT).join());
  }

  @Test
  void believesNoAnswerOfOneWhoWasNotAsked() {
    CompletableFuture<Map<String, Holding>> answer = ask(Set.of("n2"), Detail.COUNT);
    long token = ((QuestionItem) out.get(0).item()).token();
    questions.onAnswer("n9", new AnswerItem(token, true, 6, 1, 1, List.of()));
    assertFalse(answer.isDone());
  }

  @Test
  void answersOthersInPages() {
    for (int i = 0; i < 1_001; i++) {
      member("c" + i, "u" + i);
    }
    questions.onQuestion("n2", new QuestionItem(7, ROOM, Detail.CONNECTIONS, 0));
    assertEquals(3, out.size());
    List<Held> held = new ArrayList<>();
    for (Out page : out) {
      assertEquals("n2", page.node());
      AnswerItem item = (AnswerItem) page.item();
      assertEquals(1_001, item.connections());
      held.addAll(item.held());
    }
    assertEquals(1_001, held.size());
    assertTrue(((AnswerItem) out.get(2).item()).last());
    assertFalse(((AnswerItem) out.get(1).item()).last());
  }

  @Test
  void closingAnswersWhoWaits() {
    CompletableFuture<Map<String, Holding>> answer = ask(Set.of("n2"), Detail.COUNT);
    questions.close();
    assertEquals(Map.of(), answer.join());
  }
}
