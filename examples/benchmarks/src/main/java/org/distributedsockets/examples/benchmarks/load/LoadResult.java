package org.distributedsockets.examples.benchmarks.load;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * What the users saw while it counted.
 *
 * @param seconds how long that was
 * @param done messages that arrived, or connections that were opened
 * @param ever messages that were sent, or connections that were begun, in the whole time
 * @param lost messages that never arrived, of the whole time; or connections that failed
 * @param doubled messages that arrived once more
 * @param outOfOrder messages that arrived after a later one
 * @param refused receipts that did not say delivered, and errors
 * @param medianMicros the median latency, from the time when the message was due
 * @param p99Micros the 99th percentile
 * @param p999Micros the 99.9th percentile
 * @param maxMicros the longest
 * @param latenessMicros the 99th percentile of how late the load itself was, in an open loop
 * @param processorMicros the processor time that each process used, the load's own as {@code load}
 * @param residentKilobytes the memory that each had at the end
 */
public record LoadResult(
    double seconds,
    long done,
    long ever,
    long lost,
    long doubled,
    long outOfOrder,
    long refused,
    double medianMicros,
    double p99Micros,
    double p999Micros,
    double maxMicros,
    double latenessMicros,
    Map<String, Double> processorMicros,
    Map<String, Long> residentKilobytes) {

  /** What was counted, without times. */
  public record Counts(
      long done, long ever, long lost, long doubled, long outOfOrder, long refused) {}

  /**
   * Puts a result together.
   *
   * @param counts what was counted
   * @param latency in nanoseconds
   * @param lateness in nanoseconds
   * @param usage what the processes used
   * @return the result
   */
  public static LoadResult of(
      Counts counts, Histogram latency, Histogram lateness, Usage.Difference usage) {
    return new LoadResult(
        usage.seconds(),
        counts.done(),
        counts.ever(),
        counts.lost(),
        counts.doubled(),
        counts.outOfOrder(),
        counts.refused(),
        micros(latency, 50),
        micros(latency, 99),
        micros(latency, 99.9),
        micros(latency, 100),
        micros(lateness, 99),
        new TreeMap<>(usage.processorMicros()),
        new TreeMap<>(usage.residentKilobytes()));
  }

  private static double micros(Histogram nanos, double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1_000.0;
  }
}
