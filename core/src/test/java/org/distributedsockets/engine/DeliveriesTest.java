package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.engine.wire.Item.Cause;
import org.distributedsockets.engine.wire.Item.ReturnItem;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.distributedsockets.spi.Router;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a message is seen where it goes
class DeliveriesTest {
  private static final long MAX_PENDING_BYTES = 10_000;
  private static final MessageId ID = new MessageId(7, 1);

  /** A message that left this node. */
  private record Left(String node, Envelope envelope) {}

  private final ManualRuntime manual = new ManualRuntime();
  private final CountingMetrics metrics = new CountingMetrics();
  private final RecordingErrors errors = new RecordingErrors();

  /** What the router was given, the latest last; the test answers in its place. */
  private final List<Envelope> routed = new ArrayList<>();

  private final List<Left> left = new ArrayList<>();
  private final List<Consumer<LocalResult>> here = new ArrayList<>();
  private final List<Outcome> undeliverable = new ArrayList<>();
  private final List<String> notAt = new ArrayList<>();
  private final Set<String> full = new HashSet<>();
  private final List<String> safe = new ArrayList<>();
  private boolean nobodyElse;
  private boolean registryUp = true;
  private Router router = routed::add;

  private final Deliveries deliveries =
      new Deliveries(
          "n1",
          known -> envelope -> router.route(envelope),
          new Deliveries.Node() {
            @Override
            public boolean sendTo(String node, Envelope envelope) {
              left.add(new Left(node, envelope));
              return !full.contains(node);
            }

            @Override
            public void deliverHere(Envelope envelope, Consumer<LocalResult> whenDone) {
              left.add(new Left("n1", envelope));
              here.add(whenDone);
            }

            @Override
            public boolean isForNobodyElseHere(Envelope envelope) {
              return nobodyElse;
            }

            @Override
            public void notAt(Envelope envelope, String node) {
              notAt.add(node);
            }

            @Override
            public void undeliverable(Envelope envelope, Outcome outcome) {
              undeliverable.add(outcome);
            }
          },
          manual.runtime(),
          metrics,
          errors,
          Duration.ofSeconds(10).toNanos(),
          Duration.ofMillis(300).toNanos(),
          MAX_PENDING_BYTES,
          () -> registryUp);

  private CompletableFuture<Outcome> awaited() {
    return deliveries.accept(TestEnvelopes.awaited(1));
  }

  private CompletableFuture<Outcome> acceptAwaited(long sequence, String payload) {
    return deliveries.accept(
        TestEnvelopes.of(
            sequence, TestEnvelopes.BOB, payload, true, TestEnvelopes.FAR_FUTURE_MILLIS));
  }

  private CompletableFuture<Outcome> unawaited() {
    return deliveries.accept(TestEnvelopes.unawaited(1));
  }

  private Envelope lastRouted() {
    return routed.get(routed.size() - 1);
  }

  private Envelope lastLeft() {
    return left.get(left.size() - 1).envelope;
  }

  private void dispatch(String... nodes) {
    deliveries.dispatch(lastRouted(), Set.of(nodes), false);
  }

  private void ask(String... nodes) {
    deliveries.dispatch(lastRouted(), Set.of(nodes), true);
  }

  private void end(Outcome outcome) {
    deliveries.end(lastRouted(), outcome);
  }

  private void confirm(String... nodes) {
    for (String node : nodes) {
      deliveries.onConfirmed(node, ID);
    }
  }

  private void outcome(String node, int connections) {
    deliveries.onOutcome(node, ID, connections);
  }

  private void returned(String by, Cause cause) {
    returned(lastLeft(), by, cause);
  }

  private void returned(Envelope envelope, String by, Cause cause) {
    deliveries.onReturn(new ReturnItem(envelope, by, cause, Set.of()), () -> safe.add(by));
  }

  private void news(String by, String... alsoAt) {
    deliveries.onReturn(
        new ReturnItem(lastLeft(), by, Cause.NEWS, Set.of(alsoAt)), () -> safe.add(by));
  }

  private void tick(Duration passed) {
    manual.advance(passed);
    deliveries.tick(0);
  }

  private void assertForgotten() {
    assertEquals(0, deliveries.pending());
  }

  // ---- DELIVERED

  @Test
  void isDeliveredWhenTheNodeAnswersWhetherConfirmedOrNot() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    assertTrue(lastLeft().answerWanted());
    assertEquals(Set.of("n2"), lastLeft().sentTo());
    outcome("n2", 2);
    assertEquals(Outcome.delivered(2), sent.join());
    assertForgotten();
  }

  @Test
  void countsTheConnectionsOfAllNodes() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n1", "n2", "n3");
    here.get(0).accept(LocalResult.written(1));
    outcome("n2", 2);
    assertFalse(sent.isDone());
    outcome("n3", 3);
    assertEquals(Outcome.delivered(6), sent.join());
    assertForgotten();
  }

  @Test
  void answersWithTheCountSoFarAWhileAfterTheFirstSuccess() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3", "n4");
    manual.advance(Duration.ofSeconds(1));
    outcome("n2", 1);
    manual.advance(Duration.ofMillis(200));
    outcome("n3", 1);
    manual.advance(Duration.ofMillis(99));
    assertFalse(sent.isDone());
    manual.advance(Duration.ofMillis(1));
    assertEquals(Outcome.delivered(2), sent.join());
    outcome("n4", 1);
    confirm("n2", "n3", "n4");
    assertForgotten();
    assertEquals(List.of(), undeliverable);
  }

  @Test
  void countsAllWhoGotARequest() {
    CompletableFuture<Outcome> asked = deliveries.accept(TestEnvelopes.request(1));
    dispatch("n2", "n3");
    outcome("n2", 1);
    manual.advance(Duration.ofSeconds(5));
    assertFalse(asked.isDone());
    outcome("n3", 1);
    assertEquals(Outcome.delivered(2), asked.join());
  }

  @Test
  void countsAnAnswerThatComesTwiceOnce() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3");
    outcome("n2", 1);
    outcome("n2", 1);
    outcome("n9", 1);
    outcome("n3", 1);
    assertEquals(Outcome.delivered(2), sent.join());
  }

  @Test
  void leavesOutThisNodeIfTheSenderIsTheOnlyMemberHere() {
    nobodyElse = true;
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n1", "n2");
    assertEquals(List.of("n2"), left.stream().map(Left::node).toList());
    assertEquals(Set.of("n2"), lastLeft().sentTo());
    outcome("n2", 1);
    assertEquals(Outcome.delivered(1), sent.join());
    assertForgotten();
  }

  @Test
  void isOfflineIfTheSenderIsTheOnlyMember() {
    nobodyElse = true;
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n1");
    assertEquals(Outcome.offline(), sent.join());
    assertEquals(List.of(), left);
    assertForgotten();
  }

  @Test
  void isDeliveredHereWithoutTheBus() {
    CompletableFuture<Outcome> sent = unawaited();
    dispatch("n1");
    here.get(0).accept(LocalResult.written(1));
    assertEquals(Outcome.delivered(1), sent.join());
    assertForgotten();
  }

  @Test
  void thatANodeCouldNotTakeItCountsMoreThanThatTheOthersDoNotHoldHim() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3");
    confirm("n2");
    confirm("n3");
    returned("n2", Cause.LANE_FULL);
    returned("n3", Cause.ABSENT);
    end(Outcome.offline());
    assertEquals(Outcome.rejected(Reason.LANE_FULL), sent.join());
  }

  @Test
  void refusesWhatItHasNoRoomToAnswerFor() {
    String half = "x".repeat((int) MAX_PENDING_BYTES / 2);
    CompletableFuture<Outcome> first = acceptAwaited(1, half);
    assertEquals(Outcome.rejected(Reason.NODE_BUSY), acceptAwaited(2, half).join());
    assertEquals(1, metrics.of(Counter.MESSAGES_ACCEPTED));
    dispatch("n2");
    outcome("n2", 1);
    assertEquals(Outcome.delivered(1), first.join());
    assertFalse(acceptAwaited(3, half).isDone());
  }

  @Test
  void countsBytesOfUtf8() {
    String third = "\u20ac".repeat((int) MAX_PENDING_BYTES / 9);
    assertFalse(acceptAwaited(1, third).isDone());
    assertFalse(acceptAwaited(2, third).isDone());
    assertEquals(Outcome.rejected(Reason.NODE_BUSY), acceptAwaited(3, third).getNow(null));
  }

  @Test
  void theSenderAsTheOnlyMemberHereSendsNothingAgain() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n1", "n2");
    int before = routed.size();
    here.get(0).accept(LocalResult.written(0));
    confirm("n2");
    outcome("n2", 3);
    assertEquals(Outcome.delivered(3), sent.join());
    assertEquals(before, routed.size());
    assertForgotten();
  }

  @Test
  void anotherDeviceIsReachedBeforeTheAnswer() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    news("n2", "n3");
    assertEquals(Set.of("n3"), lastRouted().alsoAt());
    assertEquals(1, lastRouted().attempt());
    outcome("n2", 1);
    assertFalse(sent.isDone());
    dispatch("n3");
    outcome("n3", 1);
    assertEquals(Outcome.delivered(2), sent.join());
    assertEquals(List.of(), notAt);
  }

  @Test
  void anotherDeviceThatIsGoneTakesNothingBack() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    news("n2", "n3");
    outcome("n2", 1);
    end(Outcome.offline());
    assertEquals(Outcome.delivered(1), sent.join());
    assertEquals(List.of(), undeliverable);
    assertForgotten();
  }

  // ---- ACCEPTED

  @Test
  void isAcceptedWhenTheBusHoldsItIfNobodyWaits() {
    CompletableFuture<Outcome> sent = unawaited();
    dispatch("n2", "n3");
    assertFalse(lastLeft().answerWanted());
    confirm("n2");
    assertFalse(sent.isDone());
    confirm("n3");
    assertEquals(Outcome.accepted(), sent.join());
    assertForgotten();
    assertEquals(List.of(), undeliverable);
  }

  @Test
  void isAcceptedWhenTheAnswerDoesNotComeInTime() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    confirm("n2");
    tick(Duration.ofMillis(9_999));
    assertFalse(sent.isDone());
    tick(Duration.ofMillis(1));
    assertEquals(Outcome.accepted(), sent.join());
    outcome("n2", 1);
    assertForgotten();
    assertEquals(List.of(), undeliverable);
  }

  // ---- OFFLINE

  @Test
  void isOfflineWhenTheRouterSaysSoAndTheHookHears() {
    CompletableFuture<Outcome> sent = awaited();
    end(Outcome.offline());
    assertEquals(Outcome.offline(), sent.join());
    assertEquals(List.of(Outcome.offline()), undeliverable);
    assertForgotten();
  }

  @Test
  void isOfflineWhenAllAskedNodesAnswerNone() {
    CompletableFuture<Outcome> sent = awaited();
    ask("n2", "n3");
    assertTrue(lastLeft().ask());
    outcome("n2", 0);
    assertFalse(sent.isDone());
    outcome("n3", 0);
    assertEquals(Outcome.offline(), sent.join());
    assertEquals(List.of(Outcome.offline()), undeliverable);
  }

  @Test
  void anAskWaitsForAllAnswersEvenIfNobodyWaitsForTheOutcome() {
    CompletableFuture<Outcome> sent = unawaited();
    ask("n2", "n3");
    assertTrue(lastLeft().answerWanted());
    confirm("n2", "n3");
    assertFalse(sent.isDone());
    outcome("n2", 0);
    outcome("n3", 1);
    assertEquals(Outcome.delivered(1), sent.join());
  }

  @Test
  void isOfflineAfterAReturnThatFindsNobody() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    returned("n2", Cause.ABSENT);
    assertEquals(List.of("n2"), notAt);
    assertEquals(Set.of("n2"), lastRouted().returnedBy());
    assertEquals(List.of(), safe, "held by nobody yet");
    end(Outcome.offline());
    assertEquals(Outcome.offline(), sent.join());
    assertEquals(List.of("n2"), safe);
    assertEquals(List.of(Outcome.offline()), undeliverable);
    assertForgotten();
  }

  @Test
  void isNotOfflineForOneWhoMayHaveIt() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    returned("n2", Cause.BROKEN);
    assertEquals(List.of("n2"), notAt);
    assertEquals(Set.of("n2"), lastRouted().returnedBy());
    end(Outcome.offline());
    assertEquals(Outcome.unavailable(Reason.UNSTABLE_ROUTE), sent.join());
    assertEquals(List.of(Outcome.unavailable(Reason.UNSTABLE_ROUTE)), undeliverable);
    assertEquals(List.of("n2"), safe);
    assertForgotten();
  }

  @Test
  void isNotRejectedForOneWhoMayHaveIt() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3");
    returned("n2", Cause.BROKEN);
    end(Outcome.offline());
    returned("n3", Cause.LANE_FULL);
    assertEquals(Outcome.unavailable(Reason.UNSTABLE_ROUTE), sent.join());
  }

  // ---- REJECTED, EXPIRED

  @ParameterizedTest
  @CsvSource({"LANE_FULL,LANE_FULL", "NODE_BUSY,NODE_BUSY"})
  void isRejectedAndTheHookDoesNotHear(Cause cause, Reason reason) {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    returned("n2", cause);
    assertEquals(Outcome.rejected(reason), sent.join());
    assertEquals(1, routed.size());
    assertEquals(List.of(), undeliverable);
    assertEquals(List.of("n2"), safe);
    assertForgotten();
  }

  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      names = {"EXPIRED", "LANE_FULL", "NODE_BUSY"})
  void aFailureThatComesAfterTheOutcomeGoesToTheHookAndIsSettled(Cause cause) {
    CompletableFuture<Outcome> sent = unawaited();
    dispatch("n2");
    confirm("n2");
    assertEquals(Outcome.accepted(), sent.join());
    returned("n2", cause);
    assertEquals(1, undeliverable.size());
    assertEquals(List.of("n2"), safe);
    assertEquals(0, deliveries.routing());
    assertForgotten();
  }

  @Test
  void oneNodeThatRejectsDoesNotHideOneThatDelivers() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3");
    returned("n2", Cause.LANE_FULL);
    assertFalse(sent.isDone());
    outcome("n3", 1);
    assertEquals(Outcome.delivered(1), sent.join());
    assertEquals(List.of(), undeliverable);
  }

  @Test
  void isExpiredWhereverItsLifeEnds() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    returned("n2", Cause.EXPIRED);
    assertEquals(Outcome.expired(), sent.join());
    CompletableFuture<Outcome> waiting = deliveries.accept(TestEnvelopes.awaited(2));
    dispatch("n2");
    deliveries.onExpired("n2", lastLeft());
    assertEquals(Outcome.expired(), waiting.join());
    assertEquals(List.of(Outcome.expired(), Outcome.expired()), undeliverable);
    assertForgotten();
  }

  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      names = {"EXPIRED", "LANE_FULL", "NODE_BUSY"})
  void aFailureHereIsTheSameAsElsewhere(Cause cause) {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n1");
    here.get(0).accept(LocalResult.failed(cause));
    assertEquals(
        switch (cause) {
          case EXPIRED -> Outcome.expired();
          case LANE_FULL -> Outcome.rejected(Reason.LANE_FULL);
          default -> Outcome.rejected(Reason.NODE_BUSY);
        },
        sent.join());
  }

  // ---- UNAVAILABLE

  @Test
  void isUnavailableAtOnceWhenTheOutboxIsFull() {
    full.add("n2");
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    assertEquals(Outcome.unavailable(Reason.BUS_UNAVAILABLE), sent.join());
    assertEquals(List.of(Outcome.unavailable(Reason.BUS_UNAVAILABLE)), undeliverable);
    assertForgotten();
  }

  @Test
  void aFullOutboxToOneNodeDoesNotHideAnother() {
    full.add("n2");
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3");
    outcome("n3", 1);
    assertEquals(Outcome.delivered(1), sent.join());
    assertEquals(List.of(), undeliverable);
  }

  @Test
  void theHookHearsOfACopyThatNeverLeftWhenTheOtherComesBack() {
    full.add("n2");
    CompletableFuture<Outcome> sent = unawaited();
    dispatch("n2", "n3");
    confirm("n3");
    assertEquals(Outcome.accepted(), sent.join());
    returned("n3", Cause.ABSENT);
    end(Outcome.offline());
    assertEquals(List.of(Outcome.unavailable(Reason.BUS_UNAVAILABLE)), undeliverable);
  }

  @Test
  void aFullOutboxIsNotHiddenByANodeThatDoesNotHoldHim() {
    full.add("n2");
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3");
    confirm("n3");
    returned("n3", Cause.ABSENT);
    end(Outcome.offline());
    assertEquals(Outcome.unavailable(Reason.BUS_UNAVAILABLE), sent.join());
  }

  @Test
  void isUnavailableWhenTheBusDoesNotTakeItInTimeButMayStillArrive() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    tick(Duration.ofSeconds(10));
    assertEquals(Outcome.unavailable(Reason.BUS_UNAVAILABLE), sent.join());
    assertEquals(1, deliveries.pending());
    assertEquals(1, deliveries.routing());
    outcome("n2", 1);
    assertForgotten();
    assertEquals(List.of(), undeliverable);
  }

  @ParameterizedTest
  @CsvSource({"true,UNSTABLE_ROUTE", "false,REGISTRY_UNAVAILABLE"})
  void isUnavailableWhenNoWayIsFoundInTime(boolean up, Reason reason) {
    registryUp = up;
    CompletableFuture<Outcome> sent = awaited();
    tick(Duration.ofSeconds(10));
    assertEquals(Outcome.unavailable(reason), sent.join());
  }

  @Test
  void isUnavailableWhenAnAskedNodeDoesNotAnswer() {
    CompletableFuture<Outcome> sent = awaited();
    ask("n2", "n3");
    confirm("n2", "n3");
    outcome("n2", 0);
    tick(Duration.ofSeconds(10));
    assertEquals(Outcome.unavailable(Reason.REGISTRY_UNAVAILABLE), sent.join());
    assertEquals(List.of(), undeliverable);
    outcome("n3", 0);
    assertEquals(List.of(Outcome.offline()), undeliverable, "now it is sure");
  }

  @Test
  void anAnswerThatWasLostHoldsNobodyUpForLongerThanItIsWaitedFor() {
    CompletableFuture<Outcome> sent = awaited();
    ask("n2");
    confirm("n2");
    assertEquals(1, deliveries.routing());
    tick(Duration.ofSeconds(10));
    assertEquals(Outcome.unavailable(Reason.REGISTRY_UNAVAILABLE), sent.join());
    assertEquals(0, deliveries.routing(), "nobody would be helped by waiting longer");
    deliveries.close();
    assertEquals(1, undeliverable.size());
  }

  @Test
  void whatComesBackAfterItWasAnsweredDoesNotBeginAnewIfItWasMerelyAskedAbout() {
    CompletableFuture<Outcome> sent = awaited();
    ask("n2");
    Envelope envelope = lastLeft();
    confirm("n2");
    outcome("n2", 0);
    assertEquals(Outcome.offline(), sent.join());
    int routedBefore = routed.size();
    returned(envelope, "n2", Cause.ABSENT);
    assertEquals(routedBefore, routed.size());
    assertTrue(safe.contains("n2"));
    assertEquals(List.of(Outcome.offline()), undeliverable);
  }

  @Test
  void isUnavailableWhenTheRouterThrows() {
    router =
        envelope -> {
          throw new IllegalStateException("broken");
        };
    assertEquals(Outcome.unavailable(Reason.UNSTABLE_ROUTE), awaited().join());
    assertEquals(List.of("the router threw"), errors.lines);
    assertForgotten();
  }

  // ---- returns

  @Test
  void aReturnIsSentOnAndItsHolderMayForgetItWhenTheBusHoldsItAgain() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    confirm("n2");
    returned("n2", Cause.ABSENT);
    dispatch("n3");
    assertEquals(Set.of("n2", "n3"), lastLeft().sentTo());
    assertEquals(List.of(), safe);
    confirm("n3");
    assertEquals(List.of("n2"), safe);
    outcome("n3", 1);
    assertEquals(Outcome.delivered(1), sent.join());
    assertEquals(1, metrics.of(Counter.REROUTES));
    assertEquals(1, metrics.of(Counter.RETURNS_IN));
  }

  @Test
  void aReturnDoesNotHideThatTheAddresseeCameBackToTheNode() {
    assertFalse(awaited().isDone());
    dispatch("n2");
    deliveries.onReturn(
        new ReturnItem(lastLeft(), "n2", Cause.ABSENT, Set.of("n2")), () -> safe.add("n2"));
    assertEquals(List.of(), notAt);
    assertEquals(Set.of("n2"), lastRouted().returnedBy());
    assertEquals(Set.of("n2"), lastRouted().alsoAt());
  }

  @Test
  void aMessageMayGoAgainToANodeThatReturnedItAndComeBackAgain() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    returned("n2", Cause.ABSENT);
    dispatch("n2");
    assertEquals(2, left.size());
    returned("n2", Cause.ABSENT);
    assertEquals(2, lastRouted().attempt());
    end(Outcome.offline());
    assertEquals(Outcome.offline(), sent.join());
    assertEquals(List.of("n2", "n2"), safe);
  }

  @Test
  void aMessageThatCameBackTwiceFromOneNodeIsSentOnTwiceThoughNobodyWaits() {
    assertFalse(unawaited().isDone());
    for (int attempt = 1; attempt <= 3; attempt++) {
      dispatch("n2");
      assertEquals(Set.of(), lastLeft().returnedBy(), "on its way there again");
      confirm("n2");
      returned("n2", Cause.ABSENT);
      assertEquals(attempt, lastRouted().attempt());
    }
    end(Outcome.offline());
    assertEquals(List.of("n2", "n2", "n2"), safe);
    assertEquals(List.of(Outcome.offline()), undeliverable);
    assertForgotten();
  }

  @Test
  void theSameReturnTwiceIsSentOnOnceAndBothHoldersMayForgetIt() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2");
    Envelope envelope = lastLeft();
    returned(envelope, "n2", Cause.ABSENT);
    returned(envelope, "n2", Cause.ABSENT);
    assertEquals(2, routed.size());
    dispatch("n3");
    outcome("n3", 1);
    assertEquals(List.of("n2", "n2"), safe);
    assertEquals(Outcome.delivered(1), sent.join());
  }

  @Test
  void returnsOfTwoNodesThatTheRouterMergesEndOnce() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3");
    Envelope envelope = lastLeft();
    returned(envelope, "n2", Cause.ABSENT);
    returned(envelope, "n3", Cause.ABSENT);
    assertEquals(Set.of("n2", "n3"), lastRouted().returnedBy());
    end(Outcome.offline());
    assertEquals(Outcome.offline(), sent.join());
    assertEquals(List.of(Outcome.offline()), undeliverable);
    assertEquals(List.of("n2", "n3"), safe);
  }

  @Test
  void returnsOfTwoNodesThatTheRouterAnswersOneByOneEndOnce() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3");
    Envelope envelope = lastLeft();
    returned(envelope, "n2", Cause.ABSENT);
    returned(envelope, "n3", Cause.ABSENT);
    deliveries.end(routed.get(1), Outcome.offline());
    assertFalse(sent.isDone(), "the way of the second is still being looked for");
    deliveries.dispatch(routed.get(2), Set.of("n4"), false);
    outcome("n4", 1);
    assertEquals(Outcome.delivered(1), sent.join());
    assertEquals(List.of(), undeliverable);
    assertForgotten();
  }

  @Test
  void aReturnAfterTheBusHadConfirmedIsBegunAnewAndTheHookHearsItsEnd() {
    CompletableFuture<Outcome> sent = unawaited();
    dispatch("n2");
    confirm("n2");
    assertEquals(Outcome.accepted(), sent.join());
    assertForgotten();
    returned("n2", Cause.ABSENT);
    assertEquals(1, deliveries.routing());
    end(Outcome.offline());
    assertEquals(List.of(Outcome.offline()), undeliverable);
    assertEquals(List.of("n2"), safe);
    assertForgotten();
  }

  @Test
  void aLateReturnOfOneNodeIsNotTheEndWhileAnotherMayHaveDelivered() {
    CompletableFuture<Outcome> sent = unawaited();
    dispatch("n2", "n3");
    Envelope envelope = lastLeft();
    confirm("n2", "n3");
    assertEquals(Outcome.accepted(), sent.join());
    returned(envelope, "n2", Cause.ABSENT);
    end(Outcome.offline());
    assertEquals(List.of(), undeliverable);
    assertEquals(List.of("n2"), safe);
    assertEquals(1, deliveries.pending(), "remembers that one sent it back");
    returned(envelope, "n3", Cause.ABSENT);
    end(Outcome.offline());
    assertEquals(List.of(Outcome.offline()), undeliverable, "both: it reached nobody");
    assertForgotten();
  }

  @Test
  void theHookHearsOnceOfWhatComesBackAgainAlthoughItCouldNotLeave() {
    CompletableFuture<Outcome> sent = unawaited();
    dispatch("n2");
    Envelope envelope = lastLeft();
    deliveries.onFirstReturn(
        new ReturnItem(envelope, "n2", Cause.ABSENT, Set.of()), () -> safe.add("unroutable"));
    end(Outcome.offline());
    assertEquals(Outcome.offline(), sent.join());
    assertEquals(List.of(Outcome.offline()), undeliverable);
    returned(envelope, "n2", Cause.ABSENT);
    assertEquals(2, routed.size(), "it knows of that");
    assertEquals(List.of(Outcome.offline()), undeliverable);
    assertEquals(List.of("unroutable", "n2"), safe);
    deliveries.close();
    assertEquals(List.of(Outcome.offline()), undeliverable);
  }

  /** The repetition of a batch of which the node had got the first one already. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void whatCouldNotLeaveOnceMoreAfterItWasAnsweredOrSentBackIsDoneWith(boolean answered) {
    CompletableFuture<Outcome> sent = answered ? awaited() : unawaited();
    dispatch("n2");
    Envelope envelope = lastLeft();
    if (answered) {
      outcome("n2", 0);
    } else {
      returned(envelope, "n2", Cause.ABSENT);
      end(Outcome.offline());
    }
    assertEquals(Outcome.offline(), sent.join());
    int before = routed.size();
    deliveries.onFirstReturn(
        new ReturnItem(envelope, "n2", Cause.ABSENT, Set.of()), () -> safe.add("unroutable"));
    assertEquals(before, routed.size());
    assertEquals(List.of(Outcome.offline()), undeliverable);
    assertTrue(safe.contains("unroutable"));
    assertForgotten();
  }

  @Test
  void whatCouldNotLeaveOnceMoreIsDoneWithWhileOthersAreStillWaitedFor() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3");
    Envelope envelope = lastLeft();
    outcome("n2", 1);
    deliveries.onFirstReturn(
        new ReturnItem(envelope, "n2", Cause.ABSENT, Set.of()), () -> safe.add("unroutable"));
    assertEquals(1, routed.size(), "n2 wrote it");
    outcome("n3", 1);
    assertEquals(Outcome.delivered(2), sent.join());
    assertForgotten();
  }

  /** Nobody waits here for an order to close a connection that a newer one displaced. */
  @Test
  void anOrderThatCouldNotLeaveIsSentAgain() {
    Envelope order = TestEnvelopes.disconnect(TestEnvelopes.BOB, "4003 replaced", "c1");
    deliveries.onFirstReturn(
        new ReturnItem(order, "n2", Cause.ABSENT, Set.of()), () -> safe.add("unroutable"));
    assertEquals(1, routed.size());
  }

  @Test
  void aCopyThatComesBackAfterItsLifeDoesNotHideThatAnotherArrived() {
    CompletableFuture<Outcome> sent =
        deliveries.accept(TestEnvelopes.of(1, TestEnvelopes.BOB, "1", false, 5_000));
    dispatch("n1", "n2");
    here.get(0).accept(LocalResult.failed(Cause.ABSENT));
    dispatch("n1");
    confirm("n2");
    here.get(1).accept(LocalResult.written(1));
    assertEquals(Outcome.delivered(1), sent.join());
    deliveries.tick(5_000);
    returned(left.get(1).envelope, "n2", Cause.EXPIRED);
    assertEquals(List.of(), undeliverable);
  }

  @Test
  void aLateReturnThatIsDeliveredAfterAllIsNotForTheHook() {
    assertFalse(unawaited().isDone());
    dispatch("n2");
    confirm("n2");
    returned("n2", Cause.ABSENT);
    dispatch("n3");
    confirm("n3");
    assertEquals(List.of("n2"), safe);
    assertEquals(List.of(), undeliverable);
  }

  @Test
  void aMessageOfADeadNodeIsSentOnInItsPlace() {
    Envelope adopted = TestEnvelopes.unawaited(9).dispatched(Set.of("n2"), false, false);
    deliveries.onReturn(
        new ReturnItem(adopted.adopted("n1"), "n2", Cause.ABSENT, Set.of()), () -> safe.add("n2"));
    assertEquals(Set.of("n2"), lastRouted().returnedBy());
    assertEquals(List.of(), safe);
    end(Outcome.offline());
    assertEquals(List.of("n2"), safe);
    assertEquals(List.of(Outcome.offline()), undeliverable);
    assertForgotten();
  }

  // ---- what others cannot know

  /** Sent by a node that is gone; this one acts in its place. */
  private void returnedToDeputy(String by) {
    Envelope adopted =
        TestEnvelopes.of(9, TestEnvelopes.BOB, "1", false, 5_000)
            .dispatched(Set.of("n2", "n3"), false, false)
            .adopted("n1");
    deliveries.onReturn(new ReturnItem(adopted, by, Cause.ABSENT, Set.of()), () -> safe.add(by));
  }

  @Test
  void theHookHearsAtTheEndOfItsLifeIfNobodyKnowsWhetherAMessageOfADeadNodeArrived() {
    returnedToDeputy("n2");
    end(Outcome.offline());
    assertEquals(List.of("n2"), safe);
    deliveries.tick(5_000);
    assertEquals(List.of(), undeliverable);
    manual.advance(Duration.ofSeconds(30));
    deliveries.tick(35_000);
    assertEquals(List.of(Outcome.unavailable(Reason.UNSTABLE_ROUTE)), undeliverable);
    assertForgotten();
  }

  @Test
  void theHookHearsAtTheCloseIfNobodyKnowsWhetherAMessageOfADeadNodeArrived() {
    returnedToDeputy("n2");
    end(Outcome.offline());
    deliveries.close();
    assertEquals(List.of(Outcome.unavailable(Reason.UNSTABLE_ROUTE)), undeliverable);
  }

  @Test
  void whoeverGetsAMessageOfADeadNodeAnswers() {
    returnedToDeputy("n2");
    dispatch("n4");
    assertTrue(lastLeft().answerWanted());
    confirm("n4");
    deliveries.onOutcome("n4", lastLeft().id(), 1);
    manual.advance(Duration.ofSeconds(30));
    deliveries.tick(35_000);
    assertEquals(List.of(), undeliverable);
    assertForgotten();
  }

  @ParameterizedTest
  @EnumSource(names = {"LANE_FULL", "NODE_BUSY", "EXPIRED"})
  void theHookHearsOfAMessageThatAllNodesRefusedThoughNobodyWaited(Cause cause) {
    assertFalse(unawaited().isDone());
    dispatch("n2", "n3");
    Envelope envelope = lastLeft();
    confirm("n2", "n3");
    assertForgotten();
    returned(envelope, "n2", cause);
    assertEquals(List.of(), undeliverable);
    returned(envelope, "n3", cause);
    assertEquals(1, undeliverable.size());
    assertForgotten();
  }

  @Test
  void twoReturnsThatFindTheSameWaySendItOnce() {
    CompletableFuture<Outcome> sent = awaited();
    dispatch("n2", "n3");
    Envelope envelope = lastLeft();
    returned(envelope, "n2", Cause.ABSENT);
    returned(envelope, "n3", Cause.ABSENT);
    deliveries.dispatch(routed.get(1), Set.of("n4"), false);
    deliveries.dispatch(routed.get(2), Set.of("n4"), false);
    assertEquals(List.of("n2", "n3", "n4"), left.stream().map(Left::node).sorted().toList());
    outcome("n4", 1);
    assertEquals(Outcome.delivered(1), sent.join());
    assertForgotten();
  }

  @Test
  void whatSomeWereMerelyAskedAboutIsHeldHereThoughAnotherReturnsIt() {
    assertFalse(unawaited().isDone());
    dispatch("n2");
    Envelope envelope = lastLeft();
    confirm("n2");
    returned(envelope, "n2", Cause.ABSENT);
    ask("n3");
    confirm("n3");
    returned(envelope, "n2", Cause.ABSENT);
    assertEquals(1, deliveries.routing());
    deliveries.close();
    assertEquals(1, undeliverable.size());
  }

  // ---- forgetting

  @Test
  void forgetsWhatTheBusHoldsWhenItsLifeIsOver() {
    CompletableFuture<Outcome> sent =
        deliveries.accept(TestEnvelopes.of(1, TestEnvelopes.BOB, "1", true, 5_000));
    dispatch("n2");
    confirm("n2");
    deliveries.tick(6_000);
    assertEquals(1, deliveries.pending(), "not before the outcome");
    manual.advance(Duration.ofSeconds(10));
    deliveries.tick(4_999);
    assertEquals(Outcome.accepted(), sent.join());
    assertEquals(1, deliveries.pending());
    deliveries.tick(5_000);
    assertForgotten();
  }

  @Test
  void doesNotForgetWhatIsNowhereElse() {
    CompletableFuture<Outcome> sent =
        deliveries.accept(TestEnvelopes.of(1, TestEnvelopes.BOB, "1", true, 5_000));
    dispatch("n2");
    manual.advance(Duration.ofSeconds(10));
    deliveries.tick(6_000);
    assertTrue(sent.isDone());
    assertEquals(1, deliveries.pending());
    deliveries.onExpired("n2", lastLeft());
    assertForgotten();
    assertEquals(List.of(Outcome.expired()), undeliverable);
  }

  @Test
  void answersOfMessagesThatAreForgottenChangeNothing() {
    outcome("n2", 1);
    confirm("n2");
    assertForgotten();
    assertEquals(List.of(), undeliverable);
  }

  @Test
  void countsEachOutcomeOnce() {
    assertFalse(awaited().isDone());
    dispatch("n2");
    outcome("n2", 1);
    assertFalse(deliveries.accept(TestEnvelopes.awaited(2)).isDone());
    end(Outcome.offline());
    assertEquals(2, metrics.of(Counter.MESSAGES_ACCEPTED));
    assertEquals(1, metrics.of(Counter.MESSAGES_DELIVERED));
    assertEquals(1, metrics.of(Counter.MESSAGES_OFFLINE));
  }
}
