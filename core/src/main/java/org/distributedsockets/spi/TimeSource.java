package org.distributedsockets.spi;

/** Monotonic time, for durations only. Thread-safe. */
@FunctionalInterface
public interface TimeSource {
  /** The JVM's own. */
  TimeSource SYSTEM = System::nanoTime;

  /**
   * The present reading, as {@link System#nanoTime}.
   *
   * @return nanoseconds since some arbitrary point
   */
  long nanoTime();
}
