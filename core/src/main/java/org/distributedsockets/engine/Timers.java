package org.distributedsockets.engine;

/**
 * Runs things later, one at a time, on a thread that must not be blocked. What they throw is
 * reported, not lost.
 */
@FunctionalInterface
interface Timers {
  void schedule(long delayNanos, Runnable task);
}
