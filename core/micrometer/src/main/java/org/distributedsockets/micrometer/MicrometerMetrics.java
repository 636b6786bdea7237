package org.distributedsockets.micrometer;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.Gauge;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.metrics.Timer;

/**
 * Gives what one node counts to a {@link MeterRegistry}: {@code SocketNode.builder().metrics(new
 * MicrometerMetrics(registry, "n1"))}.
 *
 * <p>A meter is called like its constant, {@link Counter#FRAMES_IN} is {@code
 * distributed.sockets.frames.in}, and has the tag {@code node}. In Prometheus that gives the names
 * that {@link org.distributedsockets.metrics.PrometheusMetrics} writes, buckets included.
 *
 * <p>All meters but the gauges are made at once: counting looks nothing up and allocates nothing.
 * Thread-safe.
 */
public final class MicrometerMetrics implements MetricsListener, AutoCloseable {
  private static final String PREFIX = "distributed.sockets.";
  private static final String NODE_TAG = "node";

  private final MeterRegistry registry;
  private final String nodeId;
  private final Map<Counter, io.micrometer.core.instrument.Counter> counters =
      new EnumMap<>(Counter.class);
  private final Map<Timer, io.micrometer.core.instrument.Timer> timers = new EnumMap<>(Timer.class);
  private final List<Meter> gauges = new ArrayList<>(); // guarded by itself

  /**
   * Makes the meters.
   *
   * @param registry where
   * @param nodeId the value of the tag {@code node}; one object for each node of a registry
   */
  public MicrometerMetrics(MeterRegistry registry, String nodeId) {
    this.registry = registry;
    this.nodeId = nodeId;
    for (Counter counter : Counter.values()) {
      counters.put(
          counter,
          io.micrometer.core.instrument.Counter.builder(name(counter))
              .description(counter.description())
              .tag(NODE_TAG, nodeId)
              .register(registry));
    }
    Duration[] buckets = Timer.BUCKETS.toArray(Duration[]::new);
    for (Timer timer : Timer.values()) {
      timers.put(
          timer,
          io.micrometer.core.instrument.Timer.builder(name(timer))
              .description(timer.description())
              .tag(NODE_TAG, nodeId)
              .serviceLevelObjectives(buckets)
              .register(registry));
    }
  }

  private static String name(Enum<?> constant) {
    return PREFIX + constant.name().toLowerCase(Locale.ROOT).replace('_', '.');
  }

  @Override
  public void count(Counter counter, long times) {
    Objects.requireNonNull(counters.get(counter)).increment((double) times);
  }

  @Override
  public void time(Timer timer, long nanos) {
    Objects.requireNonNull(timers.get(timer)).record(nanos, TimeUnit.NANOSECONDS);
  }

  /** The registry keeps the reading, and with it the node, until {@link #close}. */
  @Override
  public void gauge(Gauge gauge, LongSupplier reading) {
    Meter meter =
        io.micrometer.core.instrument.Gauge.builder(name(gauge), reading::getAsLong)
            .description(gauge.description())
            .tag(NODE_TAG, nodeId)
            .strongReference(true)
            .register(registry);
    synchronized (gauges) {
      gauges.add(meter);
    }
  }

  /** Takes the meters out of the registry, so that a node of the same id can begin anew. */
  @Override
  public void close() {
    counters.values().forEach(registry::remove);
    timers.values().forEach(registry::remove);
    synchronized (gauges) {
      gauges.forEach(registry::remove);
      gauges.clear();
    }
  }
}
