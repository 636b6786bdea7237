package org.distributedsockets.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what another thread completes. */
@FunctionalInterface
interface Waits {
  /** Blocks the calling thread. */
  Waits BLOCKING =
      (future, nanos) -> {
        try {
          future.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
          // The caller looks for itself.
        }
      };

  /**
   * Waits until a future is done, whatever came of it, or the time is over.
   *
   * @param future what is waited for
   * @param nanos how long at the most
   * @throws InterruptedException if the thread was interrupted
   */
  void await(CompletableFuture<?> future, long nanos) throws InterruptedException;
}
