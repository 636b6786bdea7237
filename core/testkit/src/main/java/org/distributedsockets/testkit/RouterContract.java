package org.distributedsockets.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.MessageId;
import org.distributedsockets.spi.Router;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.RouterContext.LocalKnowledge;
import org.distributedsockets.testkit.RecordingRouterContext.Call;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link Router} must keep. An implementation's test extends it.
 *
 * <p>A router may do without the registry. What a test says of the registry's answer holds for one
 * that asked; one that did not asks all members instead.
 */
@Timeout(60)
public abstract class RouterContract {
  private static final Set<String> MEMBERS = Set.of("self", "a", "b", "c");
  private static final Address BOB = Address.user("bob");
  private static final Address ROOM = Address.group("room");

  private final RecordingRouterContext context = new RecordingRouterContext("self", MEMBERS);
  private final AtomicLong sequence = new AtomicLong();

  /** For subclasses. */
  protected RouterContract() {}

  /**
   * Makes a router.
   *
   * @param routerContext what its node lends
   * @return the router
   */
  protected abstract Router open(RouterContext routerContext);

  @Nested
  @DisplayName("A new envelope")
  class NewEnvelopes {
    @Test
    @DisplayName("goes, in one call, to every node the registry names")
    void goesToAllNodes() {
      context.setLocation(BOB, Location.at(Set.of("a", "c")));
      Envelope envelope = envelope(BOB);

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      assertTrue(call.nodes().containsAll(Set.of("a", "c")), call.toString());
      assertGoesWhereItShould(call, Set.of("a", "c"));
    }

    @Test
    @DisplayName("goes here too if this node holds the addressee")
    void goesHereToo() {
      context.setLocation(BOB, Location.at(Set.of("self", "b")));
      context.setLocal(BOB, new LocalKnowledge(true, Set.of("b")));
      Envelope envelope = envelope(BOB);

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      assertTrue(call.nodes().containsAll(Set.of("self", "b")), call.toString());
    }

    @Test
    @DisplayName("goes elsewhere too if this node holds the addressee and knows no more")
    void goesElsewhereToo() {
      context.setLocation(BOB, Location.at(Set.of("self", "b")));
      context.setLocal(BOB, new LocalKnowledge(true, null));
      Envelope envelope = envelope(BOB);

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      assertTrue(call.nodes().containsAll(Set.of("self", "b")), call.toString());
    }

    @Test
    @DisplayName("ends as OFFLINE if the registry knows that the addressee is absent")
    void endsOffline() {
      context.setLocation(BOB, Location.ABSENT);
      Envelope envelope = envelope(BOB);

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      if (context.lookUps() > 0) {
        assertEquals(Outcome.offline(), call.outcome());
      } else {
        assertAsksAllOthers(call);
      }
    }

    @Test
    @DisplayName("asks all other members if the registry cannot tell")
    void asksAll() {
      Envelope envelope = envelope(BOB);

      open(context).route(envelope);

      assertAsksAllOthers(onlyCall(envelope));
    }

    @Test
    @DisplayName("to everyone goes to all members")
    void goesToEveryone() {
      Envelope envelope = envelope(Address.everyone());

      open(context).route(envelope);

      assertEquals(MEMBERS, onlyCall(envelope).nodes());
    }

    @Test
    @DisplayName("does not hold up the caller while the registry is asked")
    void doesNotBlock() {
      Router router = open(context);

      List<Envelope> envelopes = IntStream.range(0, 100).mapToObj(i -> envelope(BOB)).toList();
      envelopes.forEach(router::route);

      assertEquals(100, context.awaitCalls(100).size());
    }
  }

  @Nested
  @DisplayName("A returned envelope")
  class ReturnedEnvelopes {
    @Test
    @DisplayName("goes where the addressee is now, but not where it may still be on its way")
    void goesOn() {
      context.setLocation(BOB, Location.at(Set.of("a", "b", "c")));
      Envelope envelope = returned(envelope(BOB), Set.of("a", "b"), Set.of("a"), Set.of());

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      assertTrue(call.nodes().contains("c"), call.toString());
      assertFalse(call.nodes().contains("b"), call.toString());
    }

    @Test
    @DisplayName("may go again to the node that returned it")
    void mayGoBack() {
      context.setLocation(BOB, Location.at(Set.of("a")));
      Envelope envelope = returned(envelope(BOB), Set.of("a"), Set.of("a"), Set.of());

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      assertTrue(!call.isDispatch() || call.nodes().contains("a"), call.toString());
    }

    @Test
    @DisplayName("is sent nowhere twice even if the registry still names only where it was sent")
    void isNotSentTwice() {
      context.setLocation(BOB, Location.at(Set.of("b")));
      Envelope envelope = returned(envelope(BOB), Set.of("a", "b"), Set.of("a"), Set.of());

      open(context).route(envelope);

      assertFalse(onlyCall(envelope).nodes().contains("b"));
    }

    @Test
    @DisplayName("is sent nowhere twice when all members are asked")
    void isNotAskedTwice() {
      Envelope envelope = returned(envelope(BOB), Set.of("a", "b"), Set.of("b"), Set.of());

      open(context).route(envelope);

      assertFalse(onlyCall(envelope).nodes().contains("a"));
    }

    @Test
    @DisplayName("goes where a node said the addressee is too")
    void goesAlsoThere() {
      context.setLocation(BOB, Location.at(Set.of("a", "c")));
      Envelope envelope = returned(envelope(BOB), Set.of("a"), Set.of(), Set.of("c"));

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      assertTrue(call.nodes().contains("c"), call.toString());
      assertFalse(call.nodes().contains("a"), call.toString());
    }

    @Test
    @DisplayName("ends as OFFLINE if the registry knows by now that the addressee is absent")
    void endsOffline() {
      context.setLocation(BOB, Location.ABSENT);
      Envelope envelope = returned(envelope(BOB), Set.of("a"), Set.of("a"), Set.of());

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      if (context.lookUps() > 0) {
        assertEquals(Outcome.offline(), call.outcome());
      }
    }

    @Test
    @DisplayName("that two nodes returned is answered by one call for each, or one for both")
    void mayBeMerged() {
      context.setLocation(BOB, Location.at(Set.of("c")));
      Envelope sent = envelope(BOB);
      Router router = open(context);

      router.route(returned(sent, Set.of("a", "b"), Set.of("a"), Set.of()));
      router.route(returned(sent, Set.of("a", "b"), Set.of("b"), Set.of()));

      List<Call> calls = context.awaitCalls(1);
      assertTrue(calls.size() <= 2, calls.toString());
      assertTrue(calls.stream().anyMatch(call -> call.nodes().contains("c")), calls.toString());
      calls.forEach(call -> assertSparesThoseOnTheWay(call, call.envelope()));
    }
  }

  @Nested
  @DisplayName("The envelopes of one address")
  class Order {
    @Test
    @DisplayName(
        "keep their order on the way to each node, in whatever order look-ups are answered")
    void keepsTheOrder() {
      context.setLocation(BOB, Location.at(Set.of("a", "b")));
      Router router = open(context);

      IntStream.range(0, 100).forEach(i -> router.route(envelope(BOB)));

      context.awaitCalls(100);
      assertInOrder("a");
      assertInOrder("b");
    }

    @Test
    @DisplayName("keep their order while look-ups are answered in between")
    void keepsTheOrderInBetween() {
      context.setLocation(BOB, Location.at(Set.of("a")));
      Router router = open(context);

      for (int i = 0; i < 30; i++) {
        router.route(envelope(BOB));
        router.route(envelope(BOB));
        if (i % 3 == 0) {
          context.answerLookUps();
        }
      }

      context.awaitCalls(60);
      assertInOrder("a");
    }

    @Test
    @DisplayName("keep their order when one comes back before newer ones are sent")
    void keepsTheOrderAfterAReturn() {
      context.setLocation(BOB, Location.at(Set.of("c")));
      Router router = open(context);

      router.route(returned(envelope(BOB), Set.of("a"), Set.of("a"), Set.of()));
      IntStream.range(0, 10).forEach(i -> router.route(envelope(BOB)));

      context.awaitCalls(11);
      assertInOrder("c");
    }

    @Test
    @DisplayName("are not held up by another address")
    void areIndependent() {
      context.setLocation(BOB, Location.at(Set.of("a")));
      List<Address> others = IntStream.range(0, 20).mapToObj(i -> Address.user("u" + i)).toList();
      others.forEach(other -> context.setLocation(other, Location.at(Set.of("b"))));
      Router router = open(context);

      others.forEach(other -> router.route(envelope(other)));
      router.route(envelope(BOB));

      assertEquals(21, context.awaitCalls(21).size());
    }
  }

  @Nested
  @DisplayName("An envelope to a group")
  class Groups {
    @Test
    @DisplayName("goes, in one call, to every node that has members, this one included")
    void goesToAllNodes() {
      context.setLocation(ROOM, Location.at(Set.of("self", "a", "c")));
      context.setLocal(ROOM, new LocalKnowledge(true, null));
      Envelope envelope = envelope(ROOM);

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      assertTrue(call.nodes().containsAll(Set.of("self", "a", "c")), call.toString());
      assertGoesWhereItShould(call, Set.of("self", "a", "c"));
    }

    @Test
    @DisplayName("reaches who joined before it was sent, whatever an earlier one was told")
    void reachesWhoJoined() {
      context.setLocation(ROOM, Location.at(Set.of("a")));
      Router router = open(context);
      router.route(envelope(ROOM));
      context.awaitCalls(1);

      context.setLocation(ROOM, Location.at(Set.of("a", "b")));
      router.route(envelope(ROOM));

      Call call = context.awaitCalls(2).get(1);
      assertTrue(call.nodes().containsAll(Set.of("a", "b")), call.toString());
    }

    @Test
    @DisplayName("ends as OFFLINE if the registry knows of no members")
    void endsOffline() {
      context.setLocation(ROOM, Location.ABSENT);
      Envelope envelope = envelope(ROOM);

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      if (context.lookUps() > 0) {
        assertEquals(Outcome.offline(), call.outcome());
      } else {
        assertAsksAllOthers(call);
      }
    }

    @Test
    @DisplayName("asks all other members of the cluster if the registry cannot tell")
    void asksAll() {
      Envelope envelope = envelope(ROOM);

      open(context).route(envelope);

      assertAsksAllOthers(onlyCall(envelope));
    }

    @Test
    @DisplayName("that came back goes where the members are now, and nowhere twice")
    void goesOn() {
      context.setLocation(ROOM, Location.at(Set.of("a", "b", "c")));
      Envelope envelope = returned(envelope(ROOM), Set.of("a", "b"), Set.of("a"), Set.of());

      open(context).route(envelope);

      Call call = onlyCall(envelope);
      assertTrue(call.nodes().contains("c"), call.toString());
    }

    @Test
    @DisplayName("keeps its place behind the earlier ones")
    void keepsTheOrder() {
      context.setLocation(ROOM, Location.at(Set.of("a", "b")));
      Router router = open(context);

      for (int i = 0; i < 30; i++) {
        router.route(envelope(ROOM));
        router.route(envelope(ROOM));
        if (i % 3 == 0) {
          context.answerLookUps();
        }
      }

      context.awaitCalls(60);
      assertInOrder("a");
      assertInOrder("b");
    }

    @Test
    @DisplayName("has nothing to do with a user of the same name")
    void isNoUser() {
      Address namesake = Address.user(ROOM.name());
      context.setLocation(ROOM, Location.at(Set.of("a")));
      context.setLocation(namesake, Location.at(Set.of("b")));
      Router router = open(context);
      router.route(envelope(namesake));
      router.route(envelope(ROOM));

      for (Call call : context.awaitCalls(2)) {
        boolean toRoom = call.envelope().to().equals(ROOM);
        assertTrue(call.nodes().contains(toRoom ? "a" : "b"), call.toString());
        assertGoesWhereItShould(call, Set.of(toRoom ? "a" : "b"));
      }
    }
  }

  @Nested
  @DisplayName("Many threads")
  class ManyThreads {
    @Test
    @DisplayName("get exactly one call for each envelope, and each its order for its own address")
    void getOneCallEach() {
      List<Address> addresses = IntStream.range(0, 8).mapToObj(i -> Address.user("u" + i)).toList();
      addresses.forEach(address -> context.setLocation(address, Location.at(Set.of("a"))));
      Router router = open(context);

      List<List<MessageId>> routed =
          Concurrently.each(
              8,
              thread -> {
                List<MessageId> ids = new ArrayList<>();
                for (int i = 0; i < 250; i++) {
                  Envelope envelope = envelope(addresses.get(thread));
                  ids.add(envelope.id());
                  router.route(envelope);
                  if (i % 10 == thread) {
                    context.answerLookUps();
                  }
                }
                return ids;
              });

      List<Call> calls = context.awaitCalls(2_000);
      assertEquals(2_000, calls.size());
      for (int thread = 0; thread < 8; thread++) {
        Address address = addresses.get(thread);
        assertEquals(
            routed.get(thread),
            calls.stream()
                .map(Call::envelope)
                .filter(e -> e.to().equals(address))
                .map(Envelope::id)
                .toList());
      }
    }
  }

  private Call onlyCall(Envelope envelope) {
    List<Call> calls = context.awaitCalls(1);
    assertEquals(1, calls.size(), calls.toString());
    Call call = calls.get(0);
    assertEquals(envelope.id(), call.envelope().id());
    assertEquals(envelope.attempt(), call.envelope().attempt());
    assertTrue(call.isDispatch() != call.nodes().isEmpty(), call.toString());
    assertSparesThoseOnTheWay(call, envelope);
    return call;
  }

  private static void assertSparesThoseOnTheWay(Call call, Envelope envelope) {
    Set<String> sentAgain = new HashSet<>(envelope.sentTo());
    sentAgain.removeAll(envelope.returnedBy());
    sentAgain.retainAll(call.nodes());
    assertEquals(Set.of(), sentAgain);
  }

  /** A router that asked the registry goes where that said, and does not merely ask there. */
  private void assertGoesWhereItShould(Call call, Set<String> located) {
    if (context.lookUps() > 0) {
      assertEquals(located, call.nodes());
      assertFalse(call.ask());
    } else {
      assertAsksAllOthers(call);
    }
  }

  private void assertAsksAllOthers(Call call) {
    assertTrue(call.nodes().containsAll(Set.of("a", "b", "c")), call.toString());
    assertTrue(call.ask());
  }

  private void assertInOrder(String node) {
    List<Long> sent =
        context.calls().stream()
            .filter(call -> call.nodes().contains(node))
            .map(call -> call.envelope().id().sequence())
            .toList();
    assertFalse(sent.isEmpty());
    assertEquals(sent.stream().sorted().toList(), sent);
  }

  private Envelope envelope(Address to) {
    return new Envelope(
        new MessageId(1, sequence.incrementAndGet()),
        Envelope.Action.DELIVER,
        "self",
        "alice",
        to,
        "{}",
        null,
        null,
        1_700_000_000_000L,
        1_800_000_000_000L,
        true,
        false,
        0,
        Set.of(),
        Set.of(),
        Set.of(),
        null);
  }

  private static Envelope returned(
      Envelope envelope, Set<String> sentTo, Set<String> returnedBy, Set<String> alsoAt) {
    return envelope.dispatched(sentTo, true, false).returned(returnedBy, alsoAt);
  }
}
