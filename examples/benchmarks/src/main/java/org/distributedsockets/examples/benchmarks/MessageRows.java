package org.distributedsockets.examples.benchmarks;

import static org.distributedsockets.examples.benchmarks.Row.Target.atLeast;
import static org.distributedsockets.examples.benchmarks.Row.Target.atMost;
import static org.distributedsockets.examples.benchmarks.Row.Target.ratio;
import static org.distributedsockets.examples.benchmarks.Row.Target.sample;

import java.util.List;
import org.distributedsockets.examples.benchmarks.Row.Contestant;
import org.distributedsockets.examples.benchmarks.Row.Trial;
import org.distributedsockets.examples.benchmarks.load.Dialect;

/** Messages from one user to another. */
final class MessageRows {
  private static final int PAIRS = 50;
  private static final int QUIET_RATE = 1_000;
  private static final int BUSY_RATE = 5_000;
  private static final int HOP_WINDOW = 64;
  private static final List<Integer> BATCHES = List.of(1, 16, 64, 256);

  private static final String OURS = "Distributed Sockets";
  private static final String OURS_TOMCAT = "Distributed Sockets on Tomcat";
  private static final String OURS_WITH_RECEIPTS = "Distributed Sockets, receipts";
  private static final String VERTX = "Vert.x event bus";
  private static final String SOCKET_IO = "Socket.IO, Redis adapter";
  private static final String JETTY = "bare Jetty relay";
  private static final String TOMCAT = "bare Tomcat relay";
  private static final String HOP = "bare durable hop";

  private final Bench bench;

  private MessageRows(Bench bench) {
    this.bench = bench;
  }

  static List<Row> all(Bench bench) {
    MessageRows rows = new MessageRows(bench);
    return List.of(
        rows.acrossNodes(8),
        rows.acrossNodes(32),
        rows.latency(),
        rows.busy(),
        rows.local(),
        rows.hop());
  }

  private Row acrossNodes(int window) {
    return new Row(
        "across-" + window,
        "from node to node, 50 pairs, window " + window,
        List.of(
            new Contestant(OURS, closed(this::twoNodes, Dialect.JSON, window, false)),
            new Contestant(OURS_WITH_RECEIPTS, closed(this::twoNodes, Dialect.JSON, window, true)),
            new Contestant(VERTX, closed(this::vertx, Dialect.JSON, window, false)),
            new Contestant(SOCKET_IO, closed(this::socketIo, Dialect.SOCKET_IO, window, false)),
            new Contestant(JETTY, closed(this::jettyRelay, Dialect.JSON, window, false))),
        List.of(
            atLeast("throughput : Vert.x", 1.0, ratio(Measures.RATE, OURS, VERTX)),
            atLeast("throughput : Socket.IO", 3.5, ratio(Measures.RATE, OURS, SOCKET_IO)),
            atMost("CPU : Vert.x", 1.0, ratio(Measures.CPU, OURS, VERTX)),
            atLeast(
                "throughput with receipts : without",
                0.6,
                ratio(Measures.RATE, OURS_WITH_RECEIPTS, OURS))));
  }

  private Row latency() {
    return new Row(
        "latency",
        "50 pairs at 1,000/s",
        List.of(
            new Contestant(OURS, open(this::twoNodes, Dialect.JSON, QUIET_RATE)),
            new Contestant(JETTY, open(this::jettyRelay, Dialect.JSON, QUIET_RATE)),
            new Contestant(HOP, () -> Measures.ofHop(bench.hop(1, HOP_WINDOW, QUIET_RATE))),
            new Contestant(SOCKET_IO, open(this::socketIo, Dialect.SOCKET_IO, QUIET_RATE)),
            new Contestant(VERTX, open(this::vertx, Dialect.JSON, QUIET_RATE))),
        List.of(
            atMost(
                "median : durable hop + relay",
                1.2,
                run ->
                    sample(run, OURS).get(Measures.MEDIAN)
                        / (sample(run, HOP).get(Measures.MEDIAN)
                            + sample(run, JETTY).get(Measures.MEDIAN))),
            atMost("median : Socket.IO", 1.1, ratio(Measures.MEDIAN, OURS, SOCKET_IO)),
            atMost("p99 : Socket.IO", 1.0, ratio(Measures.P99, OURS, SOCKET_IO)),
            atMost(
                "p99 : durable hop + relay",
                1.0,
                run ->
                    sample(run, OURS).get(Measures.P99)
                        / (sample(run, HOP).get(Measures.P99)
                            + sample(run, JETTY).get(Measures.P99)))));
  }

  private Row busy() {
    return new Row(
        "fixed-rate",
        "50 pairs at 5,000/s",
        List.of(
            new Contestant(OURS, open(this::twoNodes, Dialect.JSON, BUSY_RATE)),
            new Contestant(SOCKET_IO, open(this::socketIo, Dialect.SOCKET_IO, BUSY_RATE)),
            new Contestant(JETTY, open(this::jettyRelay, Dialect.JSON, BUSY_RATE)),
            new Contestant(HOP, () -> Measures.ofHop(bench.hop(1, HOP_WINDOW, BUSY_RATE)))),
        List.of(
            atMost("CPU : Socket.IO", 1.3, ratio(Measures.CPU, OURS, SOCKET_IO)),
            atMost(
                "CPU : durable hop + relay",
                Double.POSITIVE_INFINITY,
                run ->
                    sample(run, OURS).get(Measures.CPU)
                        / (sample(run, HOP).get(Measures.CPU)
                            + sample(run, JETTY).get(Measures.CPU)))));
  }

  private Row local() {
    int window = 8;
    return new Row(
        "local",
        "within one node, 50 pairs, window " + window,
        List.of(
            new Contestant(OURS, closed(() -> chat("jetty-chat", 1), Dialect.JSON, window, false)),
            new Contestant(JETTY, closed(this::jettyRelay, Dialect.JSON, window, false)),
            new Contestant(
                OURS_TOMCAT, closed(() -> chat("tomcat-chat", 1), Dialect.JSON, window, false)),
            new Contestant(
                TOMCAT, closed(() -> systems().tomcatRelays(1), Dialect.JSON, window, false))),
        List.of(
            atLeast("throughput : bare Jetty relay", 0.85, ratio(Measures.RATE, OURS, JETTY)),
            atLeast(
                "throughput : bare Tomcat relay",
                0.85,
                ratio(Measures.RATE, OURS_TOMCAT, TOMCAT))));
  }

  private Row hop() {
    return new Row(
        "durable-hop",
        "what a durable hop costs, by the messages that share a frame",
        BATCHES.stream()
            .map(
                batch ->
                    new Contestant(
                        HOP + ", " + batch, () -> Measures.ofHop(bench.hop(batch, HOP_WINDOW, 0))))
            .toList(),
        List.of());
  }

  private Trial closed(Bench.Start start, Dialect dialect, int window, boolean receipts) {
    return () -> {
      try (Running running = start.start()) {
        return Measures.of(bench.pairs(running, dialect, PAIRS, window, receipts));
      }
    };
  }

  private Trial open(Bench.Start start, Dialect dialect, int rate) {
    return () -> {
      try (Running running = start.start()) {
        return Measures.of(bench.pairsAt(running, dialect, PAIRS, rate));
      }
    };
  }

  private Systems systems() {
    return bench.systems();
  }

  private Running chat(String example, int nodes) throws Exception {
    return systems().chat(example, nodes);
  }

  private Running twoNodes() throws Exception {
    return chat("jetty-chat", 2);
  }

  private Running jettyRelay() throws Exception {
    return systems().jettyRelays(1);
  }

  private Running vertx() throws Exception {
    return systems().vertx();
  }

  private Running socketIo() throws Exception {
    return systems().socketIo();
  }
}
