package org.distributedsockets.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.distributedsockets.StartException;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.InboxHeldException;
import org.distributedsockets.spi.RegistryException;

/**
 * The steps of a start, each tried again while what is in the way may go away by itself, until the
 * time is over. Runs on the blocking executor.
 */
final class Joining {
  private static final long PAUSE_NANOS = 250_000_000L;

  /** A step that is held up by another live member of the same id. */
  static final class HeldException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final String nodeId;
  private final NodeRuntime runtime;
  private final long deadlineNanos;

  Joining(String nodeId, NodeRuntime runtime, long timeoutNanos) {
    this.nodeId = nodeId;
    this.runtime = runtime;
    this.deadlineNanos = runtime.nanoTime() + timeoutNanos;
  }

  /** Does one step; the stage fails with a {@link StartException}. */
  <T> CompletionStage<T> step(Supplier<T> action) {
    CompletableFuture<T> result = new CompletableFuture<>();
    attempt(action, result::complete, result);
    return result;
  }

  private <T> void attempt(Supplier<T> action, Consumer<T> done, CompletableFuture<T> result) {
    runtime
        .blocking()
        .execute(
            () -> {
              try {
                done.accept(action.get());
              } catch (Throwable e) {
                // Errors as well, such as that of a driver that is not on the class path: whoever
                // starts the node waits for the end of this.
                if (mayGoAway(e) && runtime.nanoTime() - deadlineNanos < 0) {
                  runtime.timers().schedule(PAUSE_NANOS, () -> attempt(action, done, result));
                } else {
                  result.completeExceptionally(asStartException(e));
                }
              }
            });
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
