package org.distributedsockets.micrometer;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.Gauge;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.metrics.PrometheusMetrics;
import org.distributedsockets.metrics.Timer;
import org.distributedsockets.testkit.Eventually;
import org.junit.jupiter.api.Test;

final class MicrometerMetricsTest {
  private final SimpleMeterRegistry simple = new SimpleMeterRegistry();
  private final MicrometerMetrics metrics = new MicrometerMetrics(simple, "n1");

  @Test
  void countsEachCounterByItself() {
    List<Counter> all = List.of(Counter.values());
    for (Counter counter : all) {
      metrics.count(counter, all.indexOf(counter) + 1);
    }
    for (Counter counter : all) {
      String name =
          "distributed.sockets." + counter.name().toLowerCase(Locale.ROOT).replace('_', '.');
      assertEquals(
          all.indexOf(counter) + 1, simple.get(name).tag("node", "n1").counter().count(), name);
    }
  }

  @Test
  void timesInNanoseconds() {
    metrics.time(Timer.SEND, 3_000_000);
    metrics.time(Timer.SEND, 5_000_000);

    io.micrometer.core.instrument.Timer timer = simple.get("distributed.sockets.send").timer();
    assertEquals(2, timer.count());
    assertEquals(8.0, timer.totalTime(MILLISECONDS), 1e-9);
    assertEquals(0, simple.get("distributed.sockets.probe").timer().count());
  }

  @Test
  void readsAGaugeWhenItIsAsked() {
    AtomicLong connections = new AtomicLong(1);
    metrics.gauge(Gauge.CONNECTIONS, connections::get);
    connections.set(7);

    assertEquals(7, simple.get("distributed.sockets.connections").gauge().value());
  }

  @Test
  void leavesNothingBehindAndLetsANodeOfTheSameIdBeginAnew() {
    metrics.gauge(Gauge.CONNECTIONS, () -> 1);
    metrics.count(Counter.FRAMES_IN, 1);
    metrics.close();
    assertEquals(0, simple.getMeters().size());

    MicrometerMetrics anew = new MicrometerMetrics(simple, "n1");
    anew.gauge(Gauge.CONNECTIONS, () -> 2);

    assertEquals(2, simple.get("distributed.sockets.connections").gauge().value());
    assertEquals(0, simple.get("distributed.sockets.frames.in").counter().count());
  }

  @Test
  void keepsTheNodesOfARegistryApart() {
    MicrometerMetrics other = new MicrometerMetrics(simple, "n2");
    metrics.count(Counter.FRAMES_IN, 1);
    other.count(Counter.FRAMES_IN, 2);

    assertEquals(
        1, simple.get("distributed.sockets.frames.in").tag("node", "n1").counter().count());
    assertEquals(
        2, simple.get("distributed.sockets.frames.in").tag("node", "n2").counter().count());
  }

  /** So one dashboard serves both. */
  @Test
  void givesPrometheusTheNamesThatTheCoreWrites() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    PrometheusMetrics core = new PrometheusMetrics("n1");
    feedEverything(new MicrometerMetrics(registry, "n1"));
    feedEverything(core);

    Set<String> missing = series(core.text());
    missing.removeAll(series(registry.scrape()));

    assertEquals(Set.of(), missing);
  }

  private static void feedEverything(MetricsListener listener) {
    for (Counter counter : Counter.values()) {
      listener.count(counter, 1);
    }
    for (Timer timer : Timer.values()) {
      listener.time(timer, 1);
    }
    for (Gauge gauge : Gauge.values()) {
      listener.gauge(gauge, () -> 1);
    }
  }

  /**
   * Names with labels, without the bounds of buckets, which one writes as 0.005 and one as 5.0E-3.
   */
  private static Set<String> series(String text) {
    return text.lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.substring(0, line.lastIndexOf(' ')).replaceAll(",?le=\"[^\"]*\"", ""))
        .map(line -> line.replace(",}", "}"))
        .collect(Collectors.toSet());
  }

  @Test
  void hearsOfANode() throws Exception {
    SocketNode node =
        SocketNode.builder()
            .nodeId("n1")
            .settings(Settings.builder().set(MemorySettings.CLUSTER, "micrometer").build())
            .registry(new MemoryConnectionRegistryProvider())
            .bus(new MemoryMessageBusProvider())
            .metrics(metrics)
            .build();
    try (node) {
      node.start();
      Outcome outcome =
          node.send(Address.user("nobody"), "1").toCompletableFuture().get(15, SECONDS);

      assertEquals(Outcome.offline(), outcome);
      // Counted once it is told, this last.
      Eventually.holds(
          "it is timed", () -> simple.get("distributed.sockets.send").timer().count() == 1);
      assertEquals(1, simple.get("distributed.sockets.messages.offline").counter().count());
      assertEquals(1, simple.get("distributed.sockets.members").gauge().value());
      assertEquals(0, simple.get("distributed.sockets.connections").gauge().value());
    }
  }
}
