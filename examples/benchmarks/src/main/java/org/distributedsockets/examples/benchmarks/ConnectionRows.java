package org.distributedsockets.examples.benchmarks;

import static org.distributedsockets.examples.benchmarks.Row.Target.atLeast;
import static org.distributedsockets.examples.benchmarks.Row.Target.atMost;
import static org.distributedsockets.examples.benchmarks.Row.Target.ratio;
import static org.distributedsockets.examples.benchmarks.Row.Target.sample;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.distributedsockets.examples.benchmarks.Row.Contestant;
import org.distributedsockets.examples.benchmarks.load.Dialect;
import org.distributedsockets.examples.benchmarks.load.LoadPlan;
import org.distributedsockets.examples.benchmarks.load.LoadResult;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.examples.chat.testkit.Footprint;

/** Many connections, what they cost, and what the registry has to do for them. */
final class ConnectionRows {
  private static final String OURS = "Distributed Sockets";
  private static final String OURS_TOMCAT = "Distributed Sockets on Tomcat";
  private static final String JETTY = "bare Jetty";
  private static final String TOMCAT = "bare Tomcat";
  private static final String BY_HAND = "written by hand, on each node its own";
  private static final String HOT = "50 conversations at 1,000/s";
  private static final String COLD = "each message to somebody new, 200/s";

  private static final String BYTES_EACH = "heap bytes each";
  private static final String COMMANDS_EACH = "Redis commands each";

  private static final int MEMBERS = 5_000;
  private static final int BROADCASTS_UNDER_WAY = 4;
  private static final int IDLE = 15_000;
  private static final int CONNECTING = 16;
  private static final int HOT_RATE = 1_000;
  private static final int HOT_PAIRS = 50;
  private static final int COLD_RATE = 200;

  private final Bench bench;

  private ConnectionRows(Bench bench) {
    this.bench = bench;
  }

  static List<Row> all(Bench bench) {
    ConnectionRows rows = new ConnectionRows(bench);
    return List.of(rows.broadcast(), rows.idle(), rows.connect(), rows.conversations());
  }

  private Row broadcast() {
    return new Row(
        "broadcast",
        "to a group of 5,000 on two nodes",
        List.of(
            new Contestant(OURS, () -> broadcast(() -> chat("jetty-chat", 2), 1)),
            new Contestant(BY_HAND, () -> broadcast(() -> bench.systems().jettyRelays(2), 2))),
        List.of(
            atLeast("deliveries/s : by hand", 0.9, ratio(Measures.RATE, OURS, BY_HAND)),
            atMost("CPU each : by hand", 1.15, ratio(Measures.CPU, OURS, BY_HAND))));
  }

  private Sample broadcast(Bench.Start start, int senders) throws Exception {
    try (Running running = start.start()) {
      return Measures.of(
          bench.load(
              bench
                  .plan(
                      running,
                      LoadPlan.Kind.BROADCAST,
                      Dialect.JSON,
                      MEMBERS,
                      BROADCASTS_UNDER_WAY,
                      0,
                      false)
                  .withSenders(senders)));
    }
  }

  private Row idle() {
    return new Row(
        "idle",
        "15,000 idle connections to one node",
        List.of(
            new Contestant(OURS, () -> idle(() -> chat("jetty-chat", 1))),
            new Contestant(JETTY, () -> idle(() -> bench.systems().jettyRelays(1))),
            new Contestant(OURS_TOMCAT, () -> idle(() -> chat("tomcat-chat", 1))),
            new Contestant(TOMCAT, () -> idle(() -> bench.systems().tomcatRelays(1)))),
        List.of(
            atMost("heap each : bare Jetty", 1.15, ratio(BYTES_EACH, OURS, JETTY)),
            atMost("heap each : bare Tomcat", 1.15, ratio(BYTES_EACH, OURS_TOMCAT, TOMCAT))));
  }

  private Sample idle(Bench.Start start) throws Exception {
    try (Running running = start.start()) {
      LiveHeap heap = new LiveHeap(running.pidOfFirst());
      long before = heap.bytes();
      long residentBefore = Footprint.residentKilobytes(running.pidOfFirst());
      LoadPlan plan = bench.plan(running, LoadPlan.Kind.IDLE, Dialect.JSON, IDLE, 0, 0, false);
      try (ChatProcess load = bench.start(plan)) {
        String unused = load.awaitReady();
        long after = heap.bytes();
        long open = Footprint.connectionsAt(running.ports().get(0));
        if (open < IDLE) {
          throw new IllegalStateException("only " + open + " are open");
        }
        long resident = Footprint.residentKilobytes(running.pidOfFirst()) - residentBefore;
        return Sample.NONE
            .with(BYTES_EACH, (double) (after - before) / IDLE)
            .with("resident bytes each", 1024.0 * resident / IDLE);
      }
    }
  }

  private Row connect() {
    return new Row(
        "connect",
        "connect, register, disconnect",
        List.of(
            new Contestant(OURS, () -> connect(() -> chat("jetty-chat", 2), true)),
            new Contestant(JETTY, () -> connect(() -> bench.systems().jettyRelays(1), false))),
        List.of(
            atLeast("connections/s : bare Jetty", 0.7, ratio(Measures.RATE, OURS, JETTY)),
            atMost("Redis commands each", 2, run -> sample(run, OURS).get(COMMANDS_EACH))));
  }

  private Sample connect(Bench.Start start, boolean registers) throws Exception {
    try (Running running = start.start()) {
      long before = registers ? bench.backends().redisCommands() : 0;
      LoadResult result =
          bench.load(
              bench.plan(running, LoadPlan.Kind.CONNECT, Dialect.JSON, 0, CONNECTING, 0, false));
      Sample sample = Measures.of(result);
      return registers
          ? sample.with(
              COMMANDS_EACH, (double) (bench.backends().redisCommands() - before) / result.ever())
          : sample;
    }
  }

  private Row conversations() {
    int newPeople = Math.toIntExact(COLD_RATE * (bench.warmUpSeconds() + bench.seconds() + 4L));
    return new Row(
        "conversations",
        "Redis commands for a message",
        List.of(
            new Contestant(HOT, () -> conversation(HOT_PAIRS, HOT_RATE)),
            new Contestant(COLD, () -> conversation(newPeople, COLD_RATE))),
        List.of(
            atMost(
                "steady: Redis commands each (0, rounded)",
                0.01,
                run -> sample(run, HOT).get(COMMANDS_EACH)),
            atMost("cold: Redis commands each", 2, run -> sample(run, COLD).get(COMMANDS_EACH))));
  }

  /** What Redis has to do while it counts, less what it has to do anyway. */
  private Sample conversation(int pairs, int rate) throws Exception {
    try (Running running = chat("jetty-chat", 2)) {
      double idle = commandsPerSecond();
      LoadPlan plan = bench.plan(running, LoadPlan.Kind.PAIRS, Dialect.JSON, pairs, 0, rate, false);
      try (ChatProcess load = bench.start(plan)) {
        String unused = load.awaitReady();
        double busy = commandsPerSecond();
        LoadResult result = JavaProgram.result(load, LoadResult.class);
        return Sample.NONE
            .with(COMMANDS_EACH, (busy - idle) / rate)
            .with("Redis commands a second", busy)
            .with("of it without messages", idle)
            .with("lost", (double) result.lost());
      }
    }
  }

  /** Over most of the time in which a load counts. */
  private double commandsPerSecond() {
    long start = System.nanoTime();
    long end = start + TimeUnit.MILLISECONDS.toNanos(bench.millis() * 3 / 4);
    long before = bench.backends().redisCommands();
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    long commands = bench.backends().redisCommands() - before;
    return commands * 1e9 / (System.nanoTime() - start);
  }

  private Running chat(String example, int nodes) throws Exception {
    return bench.systems().chat(example, nodes);
  }
}
