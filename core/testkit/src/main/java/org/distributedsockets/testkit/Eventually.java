package org.distributedsockets.testkit;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Waits for something to become true. The only class of the tests that waits: what takes no time is
 * seen at once, and what never happens fails with words after {@link #BOUND}.
 */
public final class Eventually {
  /** Far more than anything takes that happens at all, also on a busy machine. */
  public static final Duration BOUND = Duration.ofSeconds(30);

  private static final long POLL_NANOS = MILLISECONDS.toNanos(2);

  private Eventually() {}

  /**
   * Waits until a condition holds.
   *
   * @param what the condition in words, for the failure
   * @param condition asked again and again
   * @throws AssertionError if it does not hold in time
   */
  public static void holds(String what, BooleanSupplier condition) {
    holds(() -> what, condition);
  }

  /**
   * Waits until a condition holds.
   *
   * @param what the condition in words and how far it got, for the failure
   * @param condition asked again and again
   * @throws AssertionError if it does not hold in time
   */
  public static void holds(Supplier<String> what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > BOUND.toNanos() || Thread.currentThread().isInterrupted()) {
        throw new AssertionError("not within " + BOUND.toSeconds() + " s: " + what.get());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /**
   * Waits until a call succeeds. Something else than success may only be a {@link
   * RuntimeException}. One that is not written yet and says so, with an {@link
   * UnsupportedOperationException}, is not waited for.
   *
   * @param what the call in words, for the failure
   * @param call made again and again
   * @param <T> the type of its answer
   * @return the first answer
   * @throws AssertionError if it does not succeed in time; the cause is what it threw last
   */
  public static <T> T succeeds(String what, Supplier<T> call) {
    long start = System.nanoTime();
    while (true) {
      try {
        return call.get();
      } catch (UnsupportedOperationException e) {
        throw new AssertionError(what + ": not supported", e);
      } catch (RuntimeException e) {
        if (System.nanoTime() - start > BOUND.toNanos() || Thread.currentThread().isInterrupted()) {
          throw new AssertionError("not within " + BOUND.toSeconds() + " s: " + what, e);
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  /**
   * Waits until a time has passed, for what only a server's own clock decides.
   *
   * @param time how long
   * @throws AssertionError if the thread is interrupted
   */
  public static void elapsed(Duration time) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < time.toNanos()) {
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted while " + time + " should pass");
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /**
   * Waits for a stage.
   *
   * @param what its result in words, for the failure
   * @param stage the stage
   * @param <T> the type of its result
   * @return its result
   * @throws AssertionError if it does not complete in time, or completes exceptionally
   */
  public static <T> T result(String what, CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(BOUND.toNanos(), NANOSECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("not within " + BOUND.toSeconds() + " s: " + what, e);
    } catch (ExecutionException e) {
      throw new AssertionError(what + " failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + what, e);
    }
  }
}
