package org.distributedsockets.examples.benchmarks.load;

import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Counts and times what happens from {@link #begin} to {@link #end}. For one thread. */
final class Meter {
  private static final int DIGITS = 3;

  private final Map<String, Long> processes;
  private final Histogram latency = new Histogram(DIGITS);
  private final Histogram lateness = new Histogram(DIGITS);
  private @Nullable Usage before;
  private Usage.@Nullable Difference used;
  private long done;

  Meter(Map<String, Long> processes) {
    this.processes = processes;
  }

  void begin() {
    before = Usage.now(processes);
  }

  void end() {
    if (before != null) {
      used = before.since();
    }
  }

  private boolean counts() {
    return before != null && used == null;
  }

  /** Something that was due at a time is done. */
  void done(long dueNanos) {
    if (counts()) {
      done++;
      latency.recordValue(Math.max(0, System.nanoTime() - dueNanos));
    }
  }

  /** Something is begun that was due at a time. */
  void begun(long dueNanos, long nowNanos) {
    if (counts()) {
      lateness.recordValue(Math.max(0, nowNanos - dueNanos));
    }
  }

  LoadResult result(long ever, long lost, long doubled, long outOfOrder, long refused) {
    if (used == null) {
      throw new IllegalStateException("it has not ended");
    }
    return LoadResult.of(
        new LoadResult.Counts(done, ever, lost, doubled, outOfOrder, refused),
        latency,
        lateness,
        used);
  }
}
