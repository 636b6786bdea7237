package org.distributedsockets.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.distributedsockets.StartException;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.InboxHeldException;
import org.distributedsockets.spi.RegistryException;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a start, each tried again while what is in the way may go away by itself, until the
 * time is over. Runs on the blocking executor. A call that has not come back by then is not waited
 * for; whatever comes of it is for {@link EngineNode#close} to take back.
 */
final class Joining {
  private static final long PAUSE_NANOS = 250_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  /** A step that is held up by another live member of the same id. */
  static final class HeldException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final String nodeId;
  private final NodeRuntime runtime;
  private final long timeoutNanos;
  private final long startNanos;

  Joining(String nodeId, NodeRuntime runtime, long timeoutNanos) {
    this.nodeId = nodeId;
    this.runtime = runtime;
    this.timeoutNanos = timeoutNanos;
    this.startNanos = runtime.nanoTime();
  }

  /**
   * Does one step; the stage fails with a {@link StartException}, when the time is over at the
   * latest.
   *
   * @param what its name, for who reads why it did not end
   * @param action to be done
   */
  <T> CompletionStage<T> step(String what, Supplier<T> action) {
    Step<T> step = new Step<>(what, action);
    long leftNanos = timeoutNanos - (runtime.nanoTime() - startNanos);
    runtime.timers().schedule(Math.max(0, leftNanos), step::timeIsOver);
    step.attempt();
    return step.result;
  }

  private final class Step<T> {
    final CompletableFuture<T> result = new CompletableFuture<>();
    private final String what;
    private final Supplier<T> action;
    private volatile @Nullable Throwable lastFailure;

    Step(String what, Supplier<T> action) {
      this.what = what;
      this.action = action;
    }

    void attempt() {
      runtime.blocking().execute(this::tryNow);
    }

    private void tryNow() {
      if (result.isDone()) {
        return;
      }
      try {
        result.complete(action.get());
      } catch (Throwable e) {
        // Errors as well, such as that of a driver that is not on the class path: whoever starts
        // the node waits for the end of this.
        lastFailure = e;
        if (mayGoAway(e)) {
          runtime.timers().schedule(PAUSE_NANOS, this::attempt);
        } else {
          result.completeExceptionally(asStartException(e));
        }
      }
    }

    void timeIsOver() {
      Throwable failure = lastFailure;
      result.completeExceptionally(
          failure != null
              ? asStartException(failure)
              : new StartException(
                  what + " did not end within " + timeoutNanos / NANOS_PER_MILLI + " ms", null));
    }
  }

  private static boolean mayGoAway(Throwable e) {
    return e instanceof HeldException
        || (e instanceof RegistryException registry && registry.retryable())
        || (e instanceof BusException bus && bus.retryable());
  }

  private StartException asStartException(Throwable e) {
    if (e instanceof HeldException || e instanceof InboxHeldException) {
      return new StartException("SERVER_ID " + nodeId + " is held by a live node", e);
    }
    String message = e.getMessage();
    if (e instanceof Error) {
      // Its message alone may be no more than the name of a class.
      return new StartException(e.toString(), e);
    }
    return new StartException(message == null ? e.getClass().getSimpleName() : message, e);
  }
}
