package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.AccessPolicy;
import org.distributedsockets.Address;
import org.distributedsockets.Connection;
import org.distributedsockets.engine.wire.Item.Cause;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients of the subprotocol, and requests on their way to clients of any kind. */
class ExtendedClientTest {
  private static final String HELLO =
      "{\"hello\":\"distributed-sockets.v1\",\"connection\":\"c1\",\"user\":\"bob\","
          + "\"limits\":{\"frame_bytes\":100,\"groups\":2,\"watches\":2}}";
  private static final Address ALICE = Address.user("alice");
  private static final Address BOB = Address.user("bob");

  private final Clients clients = new Clients();
  private final ManualChannel channel = ManualChannel.inline();
  private final List<LocalResult> results = new ArrayList<>();

  @BeforeEach
  void allowAllWatches() {
    clients.subprotocol = true;
    clients.access =
        new AccessPolicy() {
          @Override
          public boolean mayWatch(Connection connection, Address watched) {
            return true;
          }
        };
  }

  private ClientConnection open() {
    ClientConnection connection = clients.connection("c1", "bob", null, false);
    connection.greet();
    assertFalse(clients.local().add(connection).isCompletedExceptionally());
    connection.opened(channel);
    assertEquals(List.of(HELLO), answers());
    return connection;
  }

  private List<String> answers() {
    clients.manual.runAll();
    List<String> answers = List.copyOf(channel.sent);
    channel.sent.clear();
    return answers;
  }

  private static String key(Address address) {
    return List.of(address).toString();
  }

  private static String ok(String id) {
    return "{\"receipt\":\"" + id + "\",\"status\":\"ok\"}";
  }

  private static String forbidden(String message, String id) {
    return "{\"error\":\"forbidden\",\"message\":\"" + message + "\",\"id\":\"" + id + "\"}";
  }

  @Test
  void saysHelloBeforeAnythingElse() {
    ClientConnection connection = clients.connection("c1", "bob", null, false);
    connection.greet();
    assertFalse(clients.local().add(connection).isCompletedExceptionally());
    clients.local().deliver(TestEnvelopes.to(BOB), results::add);
    connection.opened(channel);
    assertEquals(HELLO, answers().get(0));
  }

  @Test
  void withoutTheSubprotocolItsFramesMeanNothing() {
    clients.subprotocol = false;
    ClientConnection connection = clients.open("c1", "bob", channel);
    connection.text("{\"watch\":\"alice\",\"id\":\"w\"}", true);
    assertEquals(
        List.of("{\"error\":\"bad_request\",\"message\":\"to required\",\"id\":\"w\"}"), answers());
  }

  // ---- presence

  @Test
  void tellsOfWatchedUsersUntilItIsToldNotTo() {
    ClientConnection connection = open();
    connection.text("{\"watch\":\"alice\",\"id\":\"w\"}", true);
    connection.text("{\"watch\":\"alice\",\"id\":\"again\"}", true);
    assertEquals(List.of(ok("w"), ok("again")), answers());
    Map<String, Boolean> change = new LinkedHashMap<>();
    change.put("alice", true);
    clients.listeners.get(key(ALICE)).onPresence(change);
    assertEquals(List.of("{\"presence\":{\"online\":[\"alice\"],\"offline\":[]}}"), answers());
    connection.text("{\"unwatch\":\"alice\",\"id\":\"u\"}", true);
    assertEquals(List.of(ok("u")), answers());
    assertEquals(Map.of(), clients.listeners);
  }

  @Test
  void onlyMembersWatchAGroupAndOnlyWhileTheyAre() {
    ClientConnection connection = open();
    connection.text("{\"watch_group\":\"room\",\"id\":\"w\"}", true);
    assertEquals(List.of(forbidden("not a member of the group", "w")), answers());
    connection.text("{\"join\":\"room\"}", true);
    connection.text("{\"watch_group\":\"room\"}", true);
    Map<String, Boolean> change = new LinkedHashMap<>();
    change.put("x\"y", true);
    change.put("bob", false);
    clients.listeners.get(key(Address.group("room"))).onPresence(change);
    assertEquals(
        List.of(
            "{\"presence\":{\"group\":\"room\",\"online\":[\"x\\\"y\"],\"offline\":[\"bob\"]}}"),
        answers());
    connection.text("{\"leave\":\"room\"}", true);
    assertEquals(Map.of(), clients.listeners);
  }

  @Test
  void theApplicationDecidesWhoMayWatch() {
    clients.access = new AccessPolicy() {};
    ClientConnection connection = open();
    connection.text("{\"watch\":\"alice\",\"id\":\"w\"}", true);
    connection.text("{\"join\":\"room\"}", true);
    connection.text("{\"watch_group\":\"room\",\"id\":\"g\"}", true);
    assertEquals(List.of(forbidden("may not watch", "w"), ok("g")), answers());
  }

  @Test
  void watchesNoMoreThanItsLimit() {
    ClientConnection connection = open();
    connection.text("{\"watch\":\"a\"}", true);
    connection.text("{\"watch\":\"b\"}", true);
    connection.text("{\"watch\":\"c\",\"id\":\"w\"}", true);
    assertEquals(List.of(forbidden("watches too many", "w")), answers());
  }

  @Test
  void theEndEndsItsWatches() {
    ClientConnection connection = open();
    connection.text("{\"watch\":\"alice\"}", true);
    connection.closed(1001);
    assertEquals(Map.of(), clients.listeners);
  }

  // ---- requests

  private static Envelope request(long sequence, String from, long expiresAtMillis) {
    return new Envelope(
        new MessageId(1, sequence),
        Envelope.Action.REQUEST,
        from,
        null,
        BOB,
        "{\"q\":1}",
        null,
        null,
        0,
        expiresAtMillis,
        true,
        false,
        0,
        Set.of("n1"),
        Set.of(),
        Set.of(),
        null);
  }

  private void deliver(Envelope request) {
    clients.local().deliver(request, results::add);
    clients.manual.runAll();
  }

  @Test
  void givesAClientARequestAndTakesItsOneAnswer() {
    ClientConnection connection = open();
    deliver(request(1, "n2", 6_000));
    assertEquals(
        List.of("{\"request\":\"0000000000000001-1\",\"timeout_ms\":5000,\"body\":{\"q\":1}}"),
        answers());
    assertEquals(List.of(LocalResult.written(1)), results);
    connection.text("{\"reply\":\"0000000000000001-1\",\"body\":[2],\"id\":\"r\"}", true);
    connection.text("{\"reply\":\"0000000000000001-1\",\"body\":[3],\"id\":\"s\"}", true);
    assertEquals(List.of("n2 0000000000000001-1 [2]"), clients.answered);
    assertEquals(List.of(ok("r"), forbidden("no such request is open", "s")), answers());
  }

  @Test
  void aClientMayRefuse() {
    ClientConnection connection = open();
    deliver(request(1, "n2", 6_000));
    connection.text("{\"refuse\":\"0000000000000001-1\"}", true);
    assertEquals(List.of("n2 0000000000000001-1 null"), clients.answered);
  }

  @Test
  void tellsAClientThatItsAnswerWasNotTaken() {
    clients.answersAreTaken = false;
    ClientConnection connection = open();
    deliver(request(1, "n2", 6_000));
    answers();
    connection.text("{\"reply\":\"0000000000000001-1\",\"body\":1}", true);
    assertEquals(
        List.of("{\"error\":\"unavailable\",\"message\":\"the answer was not taken\"}"), answers());
    clients.answersAreTaken = true;
    connection.text("{\"reply\":\"0000000000000001-1\",\"body\":1,\"id\":\"again\"}", true);
    assertEquals(List.of(ok("again")), answers());
  }

  @Test
  void boundsTheRequestsThatAClientLeavesOpen() {
    open();
    for (int i = 1; i <= 101; i++) {
      deliver(request(i, "n2", i == 1 ? 1_001 : 6_000));
    }
    assertEquals(101, results.size());
    assertEquals(LocalResult.failed(Cause.LANE_FULL), results.get(100));
    assertEquals(LocalResult.written(1), results.get(99));
  }

  @Test
  void whoCannotAnswerIsNotAsked() {
    clients.subprotocol = false;
    clients.open("c1", "bob", channel);
    deliver(request(1, "n2", 6_000));
    assertEquals(List.of(LocalResult.failed(Cause.UNANSWERABLE)), results);
    assertEquals(List.of(), answers());
  }

  @Test
  void theApplicationAnswersForThoseWhoCannot() {
    clients.subprotocol = false;
    clients.requests =
        (connection, message) -> {
          assertEquals("{\"q\":1}", message.payload());
          assertNull(message.from());
          return connection.id().equals("c1") ? CompletableFuture.completedFuture("7") : null;
        };
    clients.open("c1", "bob", channel);
    clients.open("c2", "bob", ManualChannel.inline());
    deliver(request(1, "n2", 6_000));
    assertEquals(List.of(LocalResult.written(2)), results);
    assertEquals(
        Set.of(
            "n2 ReplyItem[id=0000000000000001-1, payload=7]",
            "n2 ReplyItem[id=0000000000000001-1, payload=null]"),
        Set.copyOf(clients.toNodes));
  }

  @Test
  void anApplicationThatFailsRefuses() {
    clients.subprotocol = false;
    clients.requests =
        (connection, message) -> {
          if (connection.id().equals("c1")) {
            throw new IllegalStateException("no");
          }
          return CompletableFuture.failedFuture(new IllegalStateException("no"));
        };
    clients.open("c1", "bob", channel);
    clients.open("c2", "bob", ManualChannel.inline());
    deliver(request(1, "n2", 6_000));
    assertEquals(2, clients.toNodes.size());
    assertEquals(2, clients.errors.lines.size());
  }

  @Test
  void anApplicationThatAnswersWhatIsNoJsonRefuses() {
    clients.subprotocol = false;
    clients.requests = (connection, message) -> CompletableFuture.completedFuture("{");
    clients.open("c1", "bob", channel);
    deliver(request(1, "n2", 6_000));
    assertEquals(
        List.of("n2 ReplyItem[id=0000000000000001-1, payload=null]"), List.copyOf(clients.toNodes));
    assertEquals(1, clients.errors.lines.size());
  }

  @Test
  void aSlowClientOfTwoIsCounted() {
    open();
    ManualChannel slow = new ManualChannel();
    clients.open("c2", "bob", slow);
    clients.manual.runAll();
    deliver(request(1, "n2", 60_000));
    clients.manual.live(Duration.ofSeconds(5));
    assertEquals(List.of(), results);
    while (!slow.underWay.isEmpty()) {
      slow.written();
      clients.manual.runAll();
    }
    assertEquals(List.of(LocalResult.written(2)), results);
  }
}
