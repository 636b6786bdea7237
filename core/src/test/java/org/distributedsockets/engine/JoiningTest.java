package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.distributedsockets.StartException;
import org.distributedsockets.spi.RegistryException;
import org.junit.jupiter.api.Test;

class JoiningTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final ManualRuntime manual = new ManualRuntime();
  private final Joining joining = new Joining("n1", manual.runtime(), TIMEOUT.toNanos());

  private static <T> Supplier<T> failing(RuntimeException failure) {
    return () -> {
      throw failure;
    };
  }

  private <T> CompletableFuture<T> step(Supplier<T> action) {
    return joining.step("opening the registry", action).toCompletableFuture();
  }

  private static StartException failure(CompletableFuture<?> step) {
    CompletionException failure =
        assertThrows(CompletionException.class, () -> step.getNow(null), "has not ended");
    return assertInstanceOf(StartException.class, failure.getCause());
  }

  @Test
  void aCallThatHangsIsNotWaitedForLongerThanTheStartMayTake() {
    CompletableFuture<Integer> step = step(() -> 1);
    Queue<Runnable> hanging = manual.takeBlocking();
    manual.advance(TIMEOUT.minus(MOMENT));
    assertFalse(step.isDone());
    manual.advance(MOMENT);
    assertEquals("opening the registry did not end within 20000 ms", failure(step).getMessage());
    hanging.forEach(Runnable::run);
    failure(step);
  }

  @Test
  void theTimeIsOneForAllSteps() {
    CompletableFuture<Integer> first = step(() -> 1);
    manual.advance(TIMEOUT.minus(MOMENT));
    manual.runAll();
    assertEquals(1, first.getNow(0));
    CompletableFuture<Integer> second = step(() -> 2);
    manual.advance(MOMENT);
    failure(second);
  }

  @Test
  void whatIsInTheWayIsToldThoughTheLastCallHangs() {
    CompletableFuture<Integer> step = step(failing(new RegistryException("away", true, null)));
    manual.live(TIMEOUT.minus(Duration.ofSeconds(1)));
    manual.advance(Duration.ofSeconds(1));
    assertEquals("away", failure(step).getMessage());
  }

  @Test
  void nothingIsTriedWhenTheTimeIsOver() {
    CompletableFuture<Integer> step = step(failing(new RegistryException("away", true, null)));
    manual.live(TIMEOUT);
    assertEquals("away", failure(step).getMessage());
    manual.live(TIMEOUT);
    assertEquals(0, manual.waitingTimers());
  }

  @Test
  void aLiveNodeOfTheSameIdIsNamed() {
    CompletableFuture<Integer> step = step(failing(new Joining.HeldException()));
    manual.live(TIMEOUT);
    assertEquals("SERVER_ID n1 is held by a live node", failure(step).getMessage());
  }

  @Test
  void whatDoesNotGoAwayByItselfEndsTheStartAtOnce() {
    CompletableFuture<Integer> step =
        step(failing(new RegistryException("no such user", false, null)));
    manual.runAll();
    assertEquals("no such user", failure(step).getMessage());
  }
}
