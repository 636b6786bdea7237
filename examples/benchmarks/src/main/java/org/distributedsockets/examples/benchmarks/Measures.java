package org.distributedsockets.examples.benchmarks;

import org.distributedsockets.examples.benchmarks.load.LoadResult;

/** What the columns of the tables are called, and how they follow from what a load saw. */
final class Measures {
  static final String RATE = "per second";
  static final String CPU = "CPU µs each";
  static final String MEDIAN = "p50 ms";
  static final String P99 = "p99 ms";

  private static final String LOAD = "load";
  private static final String NODE = "node";
  private static final double MICROS_PER_MILLI = 1_000;
  private static final double MICROS_PER_SECOND = 1_000_000;

  private Measures() {}

  /** Of a load that does not count its own processor time. */
  static Sample of(LoadResult result) {
    return measured(result, LOAD);
  }

  /** Of a program that is load and node in one. */
  static Sample ofHop(LoadResult result) {
    return measured(result, "");
  }

  private static Sample measured(LoadResult result, String without) {
    double all = cpu(result, "") - (without.isEmpty() ? 0 : cpu(result, without));
    double done = Math.max(1, result.done());
    return Sample.NONE
        .with(RATE, result.done() / result.seconds())
        .with(CPU, all / done)
        .with("of it nodes", cpu(result, NODE) / done)
        .with("RabbitMQ", cpu(result, Backends.RABBIT) / done)
        .with("Redis", cpu(result, Backends.REDIS) / done)
        .with(MEDIAN, result.medianMicros() / MICROS_PER_MILLI)
        .with(P99, result.p99Micros() / MICROS_PER_MILLI)
        .with("p99.9 ms", result.p999Micros() / MICROS_PER_MILLI)
        .with("lost", (double) result.lost())
        .with("doubled", (double) result.doubled())
        .with("reordered", (double) result.outOfOrder())
        .with("refused", (double) result.refused())
        .with("load's cores", cpu(result, LOAD) / result.seconds() / MICROS_PER_SECOND)
        .with("load late p99 ms", result.latenessMicros() / MICROS_PER_MILLI)
        .with("nodes' MiB", megabytes(result));
  }

  private static double cpu(LoadResult result, String prefix) {
    return result.processorMicros().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .mapToDouble(entry -> entry.getValue())
        .sum();
  }

  private static double megabytes(LoadResult result) {
    return result.residentKilobytes().entrySet().stream()
            .filter(entry -> entry.getKey().startsWith(NODE))
            .mapToDouble(entry -> entry.getValue())
            .sum()
        / 1024;
  }
}
