package org.distributedsockets.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.routing.ManualRouterContext.Call;
import org.distributedsockets.spi.Envelope;
import org.junit.jupiter.api.Test;

class AskAllRouterTest {
  private static final Address BOB = Address.user("bob");

  private final ManualRouterContext context = new ManualRouterContext();
  private final AskAllRouter router = new AskAllRouter(context);

  @Test
  void asksEveryMemberAndNeverTheRegistry() {
    Envelope envelope = ManualRouterContext.envelope(1, BOB);
    router.route(envelope);
    assertEquals(
        List.of(new Call(envelope, Set.of("self", "a", "b", "c"), true, null)),
        context.takeCalls());
    assertEquals(0, context.lookUps);
  }

  @Test
  void asksMembersThatWereNotAskedYetOrReturnedIt() {
    Envelope back =
        ManualRouterContext.envelope(1, BOB)
            .dispatched(Set.of("self", "a", "b"), true, true)
            .returned(Set.of("a"), Set.of("c"));
    router.route(back);
    assertEquals(List.of(new Call(back, Set.of("a", "c"), true, null)), context.takeCalls());
  }

  @Test
  void endsOfflineWhenAllWereAsked() {
    Envelope back =
        ManualRouterContext.envelope(1, BOB)
            .dispatched(Set.of("self", "a", "b", "c", "d"), true, true)
            .returned(Set.of(), Set.of());
    router.route(back);
    assertEquals(List.of(new Call(back, Set.of(), false, Outcome.offline())), context.takeCalls());
  }

  @Test
  void endsOfflineAfterItsOwnReturns() {
    Envelope back = ManualRouterContext.envelope(1, BOB);
    for (int attempt = 0; attempt < 4; attempt++) {
      back =
          back.dispatched(Set.of("self", "a", "b", "c"), true, true)
              .returned(Set.of("self"), Set.of());
    }
    router.route(back);
    assertEquals(List.of(new Call(back, Set.of(), false, Outcome.offline())), context.takeCalls());
  }

  @Test
  void doesNotCallOfflineWhomANodeMayHoldThatCouldNotBeAsked() {
    Envelope back = ManualRouterContext.envelope(1, BOB);
    for (int attempt = 0; attempt < 4; attempt++) {
      back =
          back.dispatched(Set.of("self", "a", "b", "c"), true, true)
              .returned(Set.of("self", "a"), Set.of());
    }
    router.route(back);
    assertEquals(
        List.of(
            new Call(back, Set.of(), false, Outcome.unavailable(Outcome.Reason.UNSTABLE_ROUTE))),
        context.takeCalls());
  }
}
