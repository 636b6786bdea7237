package org.distributedsockets.engine;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Calls of the application's code that are made one at a time and in order, by an executor of many
 * threads. Adding one makes none, so it may be done under a lock that says the order. Thread-safe.
 */
final class OrderedCalls {

  // Guarded by "this".
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>(1);
  private boolean running;

  synchronized void add(Runnable call) {
    waiting.add(call);
  }

  /** Makes what was added so far, and is not being made. To be called outside locks. */
  void runOn(Executor executor) {
    synchronized (this) {
      if (running || waiting.isEmpty()) {
        return;
      }
      running = true;
    }
    executor.execute(this::run);
  }

  private void run() {
    for (Runnable call = next(); call != null; call = next()) {
      call.run();
    }
  }

  private synchronized @Nullable Runnable next() {
    Runnable call = waiting.poll();
    running = call != null;
    return call;
  }
}
