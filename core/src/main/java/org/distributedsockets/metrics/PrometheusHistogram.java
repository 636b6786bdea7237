package org.distributedsockets.metrics;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** Counts times in {@link Timer#BUCKETS}. Thread-safe, lock-free. */
final class PrometheusHistogram {
  private static final int NANO_DIGITS = 9;
  private static final long[] BOUNDS_NANOS =
      Timer.BUCKETS.stream().mapToLong(Duration::toNanos).toArray();

  /** One per bound and one for what is beyond the last; each holds only what is in no lower one. */
  private final LongAdder[] buckets =
      Stream.generate(LongAdder::new).limit(BOUNDS_NANOS.length + 1L).toArray(LongAdder[]::new);

  private final LongAdder sumNanos = new LongAdder();

  void add(long nanos) {
    int bucket = 0;
    while (bucket < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bucket]) {
      bucket++;
    }
    buckets[bucket].increment();
    sumNanos.add(nanos);
  }

  /** Takes the count from the buckets, so that it always equals the last bucket. */
  void write(StringBuilder out, String name, String labels) {
    long count = 0;
    for (int bucket = 0; bucket < buckets.length; bucket++) {
      count += buckets[bucket].sum();
      String bound = bucket < BOUNDS_NANOS.length ? seconds(BOUNDS_NANOS[bucket]) : "+Inf";
      PrometheusMetrics.writeSample(
          out, name + "_bucket", labels + ",le=\"" + bound + "\"", Long.toString(count));
    }
    PrometheusMetrics.writeSample(out, name + "_sum", labels, seconds(sumNanos.sum()));
    PrometheusMetrics.writeSample(out, name + "_count", labels, Long.toString(count));
  }

  private static String seconds(long nanos) {
    return BigDecimal.valueOf(nanos, NANO_DIGITS).stripTrailingZeros().toPlainString();
  }
}
