package org.distributedsockets.engine;

import java.util.concurrent.atomic.AtomicLongArray;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;

/** Keeps what was counted. Thread-safe. */
class CountingMetrics implements MetricsListener {
  private final AtomicLongArray counts = new AtomicLongArray(Counter.values().length);

  @Override
  @SuppressWarnings("EnumOrdinal") // an index into an array as long as the enum
  public void count(Counter counter, long times) {
    counts.addAndGet(counter.ordinal(), times);
  }

  @SuppressWarnings("EnumOrdinal") // an index into an array as long as the enum
  long of(Counter counter) {
    return counts.get(counter.ordinal());
  }
}
