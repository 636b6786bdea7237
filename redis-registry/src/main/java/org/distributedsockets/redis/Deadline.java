package org.distributedsockets.redis;

import org.distributedsockets.spi.TimeSource;

/** When a caller stops waiting. Immutable. */
record Deadline(TimeSource time, long atNanos) {
  static Deadline after(TimeSource time, long nanos) {
    return new Deadline(time, time.nanoTime() + nanos);
  }

  long remainingNanos() {
    return atNanos - time.nanoTime();
  }

  boolean isOver() {
    return remainingNanos() <= 0;
  }
}
