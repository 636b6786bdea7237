package org.distributedsockets.metrics;

import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;

/** What a node times. */
public enum Timer {
  /** Whatever the outcome. */
  SEND("From acceptance of a message to its outcome"),
  /** The round trip to the bus, and what it takes to make a batch durable. */
  CONFIRM("From publishing a batch to the bus's confirm"),
  /** Through publishing, the queue and the consumer: what every message of another node passes. */
  PROBE("The way of a probe through the bus to the node itself"),
  /** Look-ups, registrations and removals. */
  REGISTRY_CALL("A call to the registry");

  /** Upper bounds of the buckets to count times in, rising: 0.5 ms to 10 s. */
  public static final List<Duration> BUCKETS =
      LongStream.of(
              500,
              1_000,
              2_500,
              5_000,
              10_000,
              25_000,
              50_000,
              100_000,
              250_000,
              500_000,
              1_000_000,
              2_500_000,
              5_000_000,
              10_000_000)
          .mapToObj(micros -> Duration.ofNanos(micros * 1_000))
          .toList();

  private final String description;

  Timer(String description) {
    this.description = description;
  }

  /**
   * One line for people.
   *
   * @return the description
   */
  public String description() {
    return description;
  }
}
