package org.distributedsockets.metrics;

import java.util.function.LongSupplier;

/**
 * Hears what a node counts. Called from any thread, on the way of messages, so it must be quick,
 * must not block and must not throw.
 */
public interface MetricsListener {
  /** Hears nothing. */
  MetricsListener NONE = new MetricsListener() {};

  /**
   * Something happened.
   *
   * @param counter what
   * @param times how often, at least 1
   */
  default void count(Counter counter, long times) {}

  /**
   * Something took time.
   *
   * @param timer what
   * @param nanos how long
   */
  default void time(Timer timer, long nanos) {}

  /**
   * Something can be read at any time. Called once per gauge when the node starts.
   *
   * @param gauge what
   * @param reading gives the present value; thread-safe, does not block
   */
  default void gauge(Gauge gauge, LongSupplier reading) {}
}
