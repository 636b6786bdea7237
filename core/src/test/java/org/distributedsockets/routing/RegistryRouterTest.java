package org.distributedsockets.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.routing.ManualRouterContext.Call;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.RouterContext.LocalKnowledge;
import org.junit.jupiter.api.Test;

class RegistryRouterTest {
  private static final Address BOB = Address.user("bob");
  private static final Address ROOM = Address.group("room");
  private static final Duration CACHE = Duration.ofSeconds(5);
  private static final Duration HOLD = Duration.ofSeconds(2);
  private static final int MAX_WAITING = 5;

  private final ManualRouterContext context = new ManualRouterContext();
  private final RegistryRouter router =
      new RegistryRouter(context, CACHE.toNanos(), HOLD.toNanos(), MAX_WAITING);
  private final AtomicLong sequence = new AtomicLong();

  private Envelope envelope(Address to) {
    return ManualRouterContext.envelope(sequence.incrementAndGet(), to);
  }

  private Envelope route(Address to) {
    Envelope envelope = envelope(to);
    router.route(envelope);
    return envelope;
  }

  /** The envelope comes back from nodes it was sent to. */
  private Envelope routeBack(Envelope envelope, Set<String> sentTo, String... returnedBy) {
    Envelope back = envelope.dispatched(sentTo, true, false).returned(Set.of(returnedBy), Set.of());
    router.route(back);
    return back;
  }

  private void bobIsAt(String... nodes) {
    context.locations.put(BOB, Location.at(Set.of(nodes)));
  }

  /** Looks bob up and sends one message to where he is. */
  private void wayIsKnown(String... nodes) {
    bobIsAt(nodes);
    route(BOB);
    context.answerLookUps();
    assertEquals(Set.of(nodes), context.takeCalls().get(0).nodes());
    context.lookUps = 0;
  }

  private static Call sent(Envelope envelope, String... nodes) {
    return new Call(envelope, Set.of(nodes), false, null);
  }

  private static Call asked(Envelope envelope, String... nodes) {
    return new Call(envelope, Set.of(nodes), true, null);
  }

  private static Call ended(Envelope envelope, Outcome outcome) {
    return new Call(envelope, Set.of(), false, outcome);
  }

  private void assertCalls(Call... calls) {
    assertEquals(List.of(calls), context.takeCalls());
  }

  // ---- straight ways

  @Test
  void aUserWhoIsHereOnlyCostsNoLookUp() {
    context.knowledge.put(BOB, new LocalKnowledge(true, Set.of()));
    Envelope envelope = route(BOB);
    assertCalls(sent(envelope, "self"));
    assertEquals(0, context.lookUps);
    assertEquals(0, router.cachedRoutes());
  }

  @Test
  void aUserWhoIsHereAndKnownElsewhereCostsOneLookUpWhenTheOtherDeviceComes() {
    context.knowledge.put(BOB, new LocalKnowledge(true, Set.of("a")));
    bobIsAt("self", "a");
    Envelope first = route(BOB);
    assertCalls();
    context.answerLookUps();
    assertCalls(sent(first, "self", "a"));
    context.advance(CACHE.multipliedBy(3));
    assertCalls(sent(route(BOB), "self", "a"));
    assertEquals(1, context.lookUps);
  }

  @Test
  void aUserWhoIsHereAndPerhapsElsewhereIsLookedUp() {
    context.knowledge.put(BOB, new LocalKnowledge(true, null));
    bobIsAt("a", "self");
    Envelope envelope = route(BOB);
    context.answerLookUps();
    assertCalls(sent(envelope, "self", "a"));
  }

  @Test
  void aSteadyConversationCostsOneLookUpPerCacheTime() {
    wayIsKnown("a");
    context.advance(CACHE.minusNanos(1));
    Envelope cached = route(BOB);
    assertCalls(sent(cached, "a"));
    assertEquals(0, context.lookUps);
    context.advance(Duration.ofNanos(1));
    Envelope old = route(BOB);
    assertCalls();
    context.answerLookUps();
    assertCalls(sent(old, "a"));
    assertEquals(1, context.lookUps);
  }

  @Test
  void aUserWhoCameHereIsReachedHereThoughTheCacheDoesNotKnow() {
    wayIsKnown("a");
    context.knowledge.put(BOB, new LocalKnowledge(true, null));
    Envelope envelope = route(BOB);
    context.answerLookUps();
    context.completeFences();
    assertCalls(sent(envelope, "a", "self"));
  }

  @Test
  void aUserWhoLeftHereIsNotSoughtHereThoughTheCacheSaysSo() {
    context.knowledge.put(BOB, new LocalKnowledge(true, null));
    bobIsAt("self", "a");
    route(BOB);
    context.answerLookUps();
    context.takeCalls();
    context.knowledge.remove(BOB);
    Envelope next = route(BOB);
    context.answerLookUps();
    assertCalls(sent(next, "a"));
  }

  @Test
  void anAbsentUserIsLookedUpEveryTime() {
    context.locations.put(BOB, Location.ABSENT);
    for (int i = 1; i <= 3; i++) {
      Envelope envelope = route(BOB);
      context.answerLookUps();
      assertCalls(ended(envelope, Outcome.offline()));
      assertEquals(i, context.lookUps);
    }
  }

  @Test
  void anAnswerOfAbsentHoldsOnlyForWhatWasThereWhenItWasAskedFor() {
    context.locations.put(BOB, Location.ABSENT);
    Envelope first = route(BOB);
    context.holdLookUps();
    Envelope second = route(BOB);
    context.answerHeld();
    assertCalls(ended(first, Outcome.offline()));
    bobIsAt("a");
    context.answerLookUps();
    assertCalls(sent(second, "a"));
  }

  // ---- holding and order

  @Test
  void whatComesDuringALookUpLeavesBehindInOrder() {
    bobIsAt("a");
    Envelope first = route(BOB);
    Envelope second = route(BOB);
    Envelope third = route(BOB);
    assertCalls();
    context.answerLookUps();
    assertCalls(sent(first, "a"), sent(second, "a"), sent(third, "a"));
    assertEquals(1, context.lookUps);
  }

  @Test
  void whatComesWhileHeldOnesLeaveDoesNotOvertake() {
    bobIsAt("a");
    List<Envelope> routed = new ArrayList<>();
    context.onDispatch =
        () -> {
          if (routed.size() < 4) {
            routed.add(route(BOB));
          }
        };
    routed.add(route(BOB));
    routed.add(route(BOB));
    context.answerLookUps();
    context.answerLookUps();
    context.answerLookUps();
    assertEquals(
        routed.stream().map(Envelope::id).toList(),
        context.takeCalls().stream().map(call -> call.envelope().id()).toList());
  }

  @Test
  void refusesWhatIsOverTheBoundOfWaiting() {
    bobIsAt("a");
    for (int i = 0; i < MAX_WAITING; i++) {
      route(BOB);
    }
    Envelope tooMany = route(BOB);
    assertCalls(ended(tooMany, Outcome.unavailable(Reason.UNSTABLE_ROUTE)));
    context.answerLookUps();
    assertEquals(MAX_WAITING, context.takeCalls().size());
    assertCalls();
  }

  @Test
  void whatCameBackIsNeverRefused() {
    wayIsKnown("a");
    Envelope returned = routeBack(envelope(BOB), Set.of("a"), "a");
    for (int i = 0; i < MAX_WAITING; i++) {
      route(BOB);
    }
    Envelope alsoReturned = routeBack(envelope(BOB), Set.of("a"), "a");
    bobIsAt("b");
    context.completeFences();
    context.answerLookUps();
    List<Call> calls = context.takeCalls();
    assertEquals(sent(returned, "b"), calls.get(0));
    assertEquals(sent(alsoReturned, "b"), calls.get(1));
    assertEquals(2 + MAX_WAITING, calls.size());
  }

  @Test
  void aLookUpThatNeverEndsIsWaitedForAsLongAsTheHold() {
    Envelope envelope = route(BOB);
    context.advance(HOLD.minusNanos(1));
    assertCalls();
    context.advance(Duration.ofNanos(1));
    assertCalls(asked(envelope, "a", "b", "c"));
  }

  @Test
  void whatComesWhileHeldOnesLeaveCostsNoSecondLookUp() {
    bobIsAt("a");
    AtomicLong more = new AtomicLong(10);
    context.onDispatch =
        () -> {
          if (more.getAndDecrement() > 0) {
            route(BOB);
          }
        };
    route(BOB);
    context.answerLookUps();
    assertEquals(11, context.takeCalls().size());
    assertEquals(1, context.lookUps);
  }

  @Test
  void doesNotNestHoweverMuchComesWhileTheRegistryIsAway() {
    context.answersAtOnce = true;
    AtomicLong more = new AtomicLong(20_000);
    context.onDispatch =
        () -> {
          if (more.getAndDecrement() > 0) {
            route(BOB);
          }
        };
    route(BOB);
    context.advance(Duration.ZERO);
    List<Call> calls = context.takeCalls();
    assertEquals(20_001, calls.size());
    assertEquals(sequence.get(), calls.get(20_000).envelope().id().sequence());
  }

  @Test
  void anotherUserIsNotHeldUp() {
    Address carol = Address.user("carol");
    context.knowledge.put(carol, new LocalKnowledge(true, Set.of()));
    route(BOB);
    assertCalls(sent(route(carol), "self"));
  }

  // ---- former nodes are fenced

  @Test
  void aNodeThatIsNoLongerOnTheWayIsFencedBeforeTheNextLeaves() {
    wayIsKnown("a");
    context.advance(CACHE);
    bobIsAt("b");
    Envelope next = route(BOB);
    context.answerLookUps();
    assertCalls();
    assertEquals(List.of("a"), context.fenced());
    context.completeFences();
    assertCalls(sent(next, "b"));
    assertCalls(sent(route(BOB), "b"));
    assertEquals(List.of(), context.fenced(), "once");
  }

  @Test
  void aNodeThatADeviceLeftIsFencedThoughTheWayIsKnown() {
    context.knowledge.put(BOB, new LocalKnowledge(true, Set.of("a")));
    bobIsAt("self", "a");
    Envelope first = route(BOB);
    context.answerLookUps();
    assertCalls(sent(first, "self", "a"));
    context.knowledge.put(BOB, new LocalKnowledge(true, Set.of()));
    bobIsAt("self");
    Envelope next = route(BOB);
    assertCalls();
    context.answerLookUps();
    assertEquals(List.of("a"), context.fenced());
    context.completeFences();
    assertCalls(sent(next, "self"));
  }

  @Test
  void aFenceThatNeverEndsIsWaitedForAsLongAsTheHold() {
    wayIsKnown("a");
    context.advance(CACHE);
    bobIsAt("b");
    Envelope next = route(BOB);
    context.answerLookUps();
    context.advance(HOLD);
    assertCalls(sent(next, "b"));
  }

  @Test
  void aNodeThatWasNotSentToForLongIsNotFenced() {
    wayIsKnown("a");
    context.advance(Duration.ofSeconds(31));
    bobIsAt("b");
    Envelope next = route(BOB);
    context.answerLookUps();
    assertEquals(List.of(), context.fenced());
    assertCalls(sent(next, "b"));
  }

  @Test
  void whatAFormerNodeSendsBackLeavesBeforeWhatIsNewer() {
    wayIsKnown("a");
    Envelope older = route(BOB);
    context.takeCalls();
    context.advance(CACHE);
    bobIsAt("b");
    Envelope newer = route(BOB);
    context.answerLookUps();
    Envelope back = routeBack(older, Set.of("a"), "a");
    context.completeFences();
    context.answerLookUps();
    assertCalls(sent(back, "b"), sent(newer, "b"));
  }

  // ---- what comes back

  @Test
  void aReturnHoldsNewerMessagesUntilAllOfItIsBack() {
    wayIsKnown("a");
    Envelope first = route(BOB);
    Envelope second = route(BOB);
    context.takeCalls();
    bobIsAt("b");
    Envelope back = routeBack(first, Set.of("a"), "a");
    Envelope newer = route(BOB);
    context.answerLookUps();
    assertCalls();
    assertEquals(List.of("a"), context.fenced());
    Envelope alsoBack = routeBack(second, Set.of("a"), "a");
    context.completeFences();
    assertCalls(sent(back, "b"), sent(alsoBack, "b"), sent(newer, "b"));
  }

  @Test
  void returnsLeaveInTheOrderTheyWereAcceptedIn() {
    wayIsKnown("a");
    Envelope first = route(BOB);
    Envelope second = route(BOB);
    context.takeCalls();
    bobIsAt("b");
    Envelope secondBack = routeBack(second, Set.of("a"), "a");
    Envelope firstBack = routeBack(first, Set.of("a"), "a");
    context.completeFences();
    context.answerLookUps();
    assertCalls(sent(firstBack, "b"), sent(secondBack, "b"));
  }

  @Test
  void returnsOfTwoNodesAreAnsweredTogether() {
    wayIsKnown("a", "b");
    Envelope envelope = route(BOB);
    context.takeCalls();
    bobIsAt("c");
    routeBack(envelope, Set.of("a", "b"), "a");
    routeBack(envelope, Set.of("a", "b"), "b");
    context.completeFences();
    context.answerLookUps();
    List<Call> calls = context.takeCalls();
    assertEquals(1, calls.size());
    assertEquals(Set.of("c"), calls.get(0).nodes());
    assertEquals(Set.of("a", "b"), calls.get(0).envelope().returnedBy());
  }

  @Test
  void aReturnSparesNodesItMayStillBeOnItsWayTo() {
    wayIsKnown("a", "b");
    Envelope envelope = route(BOB);
    context.takeCalls();
    bobIsAt("b", "c");
    Envelope back = routeBack(envelope, Set.of("a", "b"), "a");
    context.completeFences();
    context.answerLookUps();
    assertCalls(sent(back, "c"));
  }

  @Test
  void aReturnWithNowhereLeftToGoEndsOffline() {
    wayIsKnown("a");
    Envelope envelope = route(BOB);
    context.takeCalls();
    context.locations.put(BOB, Location.ABSENT);
    Envelope back = routeBack(envelope, Set.of("a"), "a");
    context.completeFences();
    context.answerLookUps();
    assertCalls(ended(back, Outcome.offline()));
  }

  @Test
  void anotherDeviceIsReachedWhereANodeSaidItIs() {
    wayIsKnown("a");
    Envelope envelope = route(BOB).dispatched(Set.of("a"), true, false);
    context.takeCalls();
    Envelope back = envelope.returned(Set.of(), Set.of("c"));
    router.route(back);
    context.completeFences();
    context.answerLookUps();
    assertCalls(sent(back, "c"));
    assertCalls(sent(route(BOB), "a", "c"));
  }

  @Test
  void looksAgainAfterAPauseWhenTheRegistryStillNamesTheNodeThatReturnedIt() {
    wayIsKnown("a");
    Envelope envelope = route(BOB);
    context.takeCalls();
    Envelope back = routeBack(envelope, Set.of("a"), "a");
    context.completeFences();
    context.answerLookUps();
    context.advance(Duration.ofMillis(49));
    context.answerLookUps();
    assertCalls();
    assertEquals(1, context.lookUps);
    bobIsAt("b");
    context.advance(Duration.ofMillis(1));
    context.answerLookUps();
    assertCalls(sent(back, "b"));
    assertEquals(2, context.lookUps);
  }

  @Test
  void looksAgainAfterAPauseWhenTheRegistryNamesThisNodeAloneWhichDoesNotHoldHim() {
    bobIsAt("self");
    Envelope envelope = route(BOB);
    context.answerLookUps();
    assertCalls();
    bobIsAt("a");
    context.advance(Duration.ofMillis(50));
    context.answerLookUps();
    assertCalls(sent(envelope, "a"));
    assertEquals(2, context.lookUps);
  }

  @Test
  void asksAllWhenTheRegistryGoesOnNamingThisNodeAloneWhichDoesNotHoldHim() {
    bobIsAt("self");
    Envelope envelope = route(BOB);
    context.answerLookUps();
    context.advance(Duration.ofMillis(50));
    context.answerLookUps();
    assertCalls(asked(envelope, "a", "b", "c"));
  }

  @Test
  void pausesFourTimesAsLongBeforeTheNextAttempt() {
    wayIsKnown("a");
    Envelope first = routeBack(route(BOB), Set.of("a"), "a");
    context.takeCalls();
    context.completeFences();
    context.answerLookUps();
    context.advance(Duration.ofMillis(50));
    context.answerLookUps();
    assertCalls(sent(first, "a"));
    Envelope second = routeBack(first, Set.of("a"), "a");
    context.completeFences();
    context.answerLookUps();
    context.advance(Duration.ofMillis(199));
    context.answerLookUps();
    assertCalls();
    context.advance(Duration.ofMillis(1));
    context.answerLookUps();
    assertCalls(sent(second, "a"));
  }

  @Test
  void triesTheNodeThatReturnedItAgainWhenTheRegistryNamesNoOtherForSoLong() {
    wayIsKnown("a");
    Envelope back = routeBack(route(BOB), Set.of("a"), "a");
    context.takeCalls();
    context.completeFences();
    context.live(HOLD);
    assertCalls(sent(back, "a"));
    assertTrue(context.lookUps < 10, "pauses grow: " + context.lookUps);
  }

  @Test
  void sendsAgainAtMostThreeTimes() {
    bobIsAt("b");
    Envelope envelope = envelope(BOB).dispatched(Set.of("a"), true, false);
    for (int attempt = 1; attempt <= 4; attempt++) {
      envelope = envelope.returned(Set.of("a", "b"), Set.of());
      router.route(envelope);
      context.completeFences();
      context.live(HOLD);
      context.completeFences();
      assertCalls(
          attempt <= 3
              ? sent(envelope, "b")
              : ended(envelope, Outcome.unavailable(Reason.UNSTABLE_ROUTE)));
    }
  }

  // ---- the registry is away

  @Test
  void asksAllMembersWhenTheRegistryDoesNotKnowAndNoWayIsKnown() {
    Envelope envelope = route(BOB);
    context.answerLookUps();
    assertCalls(asked(envelope, "a", "b", "c"));
  }

  @Test
  void doesNotKeepAWayThatEndedHereWhenTheRegistryDoesNotKnow() {
    context.knowledge.put(BOB, new LocalKnowledge(true, null));
    wayIsKnown("self");
    context.knowledge.remove(BOB);
    context.locations.remove(BOB);
    Envelope envelope = route(BOB);
    context.answerLookUps();
    context.completeFences();
    assertCalls(asked(envelope, "a", "b", "c"));
  }

  @Test
  void keepsTheOldWayWhenTheRegistryDoesNotKnow() {
    wayIsKnown("a");
    context.advance(CACHE);
    context.locations.remove(BOB);
    Envelope envelope = route(BOB);
    context.answerLookUps();
    assertCalls(sent(envelope, "a"));
  }

  @Test
  void asksAllButThoseOnTheWayWhenTheOldWayWasWrong() {
    wayIsKnown("a");
    context.locations.remove(BOB);
    Envelope back = routeBack(route(BOB), Set.of("a"), "a");
    context.takeCalls();
    context.completeFences();
    context.answerLookUps();
    List<Call> calls = context.takeCalls();
    assertEquals(1, calls.size());
    assertEquals(back, calls.get(0).envelope());
    assertTrue(calls.get(0).ask());
    assertTrue(calls.get(0).nodes().containsAll(Set.of("b", "c")));
  }

  @Test
  void anAskIsNoWayToRemember() {
    route(BOB);
    context.answerLookUps();
    context.takeCalls();
    bobIsAt("a");
    Envelope next = route(BOB);
    assertCalls();
    context.answerLookUps();
    context.completeFences();
    assertCalls(sent(next, "a"));
  }

  // ---- groups and everyone

  @Test
  void aGroupIsLookedUpEveryTime() {
    context.locations.put(ROOM, Location.at(Set.of("a", "b")));
    for (int i = 1; i <= 3; i++) {
      Envelope envelope = route(ROOM);
      assertCalls();
      context.answerLookUps();
      assertCalls(sent(envelope, "a", "b"));
      assertEquals(i, context.lookUps);
    }
  }

  @Test
  void aGroupThatIsHereIsLookedUpToo() {
    context.locations.put(ROOM, Location.at(Set.of("a")));
    context.knowledge.put(ROOM, new LocalKnowledge(true, null));
    Envelope envelope = route(ROOM);
    context.answerLookUps();
    assertCalls(sent(envelope, "self", "a"));
  }

  @Test
  void aLookUpOfAGroupHoldsOnlyForWhatWasThereWhenItWasAskedFor() {
    context.locations.put(ROOM, Location.at(Set.of("a")));
    Envelope first = route(ROOM);
    context.holdLookUps();
    Envelope second = route(ROOM);
    context.answerHeld();
    assertCalls(sent(first, "a"));
    context.locations.put(ROOM, Location.at(Set.of("a", "b")));
    context.answerLookUps();
    assertCalls();
    context.completeFences();
    assertCalls(sent(second, "a", "b"));
  }

  @Test
  void everyoneIsSentToAllMembersWithoutALookUp() {
    Envelope envelope = route(Address.everyone());
    assertCalls(sent(envelope, "self", "a", "b", "c"));
    routeBack(envelope, Set.of("self", "a", "b"), "a");
    assertEquals(Set.of("c"), context.takeCalls().get(0).nodes());
    Envelope back = routeBack(envelope, Set.of("self", "a", "b", "c"), "a");
    assertCalls(ended(back, Outcome.offline()));
    assertEquals(0, context.lookUps);
  }

  // ---- forgetting

  @Test
  void forgetsRoutesThatNothingDependsOn() {
    wayIsKnown("a");
    assertEquals(1, router.cachedRoutes());
    context.advance(Duration.ofSeconds(29));
    assertEquals(1, router.cachedRoutes());
    context.advance(Duration.ofSeconds(7));
    assertEquals(0, router.cachedRoutes());
  }

  @Test
  void doesNotForgetARouteThatIsBeingFound() {
    RegistryRouter patient =
        new RegistryRouter(context, CACHE.toNanos(), Duration.ofMinutes(5).toNanos(), MAX_WAITING);
    patient.route(envelope(BOB));
    context.advance(Duration.ofSeconds(60));
    assertEquals(1, patient.cachedRoutes());
    assertFalse(context.takeCalls().stream().anyMatch(call -> call.outcome() != null));
  }
}
