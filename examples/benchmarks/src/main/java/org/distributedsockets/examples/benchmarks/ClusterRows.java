package org.distributedsockets.examples.benchmarks;

import static org.distributedsockets.examples.benchmarks.Row.Target.atMost;
import static org.distributedsockets.examples.benchmarks.Row.Target.ratio;
import static org.distributedsockets.examples.benchmarks.Row.Target.sample;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.distributedsockets.examples.benchmarks.Row.Contestant;
import org.distributedsockets.spi.ClientSession;

/** What depends on the size of the cluster: counts, and a registry that lost everything. */
final class ClusterRows {
  private static final List<Integer> SIZES = List.of(2, 4, 8, 16);
  private static final String FRAMES = "AMQP messages each";
  private static final String COMMANDS = "Redis commands each";
  private static final String ALLOCATED = "bytes allocated each";
  private static final String BACK = "all back after s";
  private static final String WORST = "worst ms meanwhile";
  private static final String EMPTIED = "emptied";

  private static final int MESSAGES = 5_000;
  private static final int REGISTRATIONS = 100_000;
  private static final int RATE = 500;
  private static final int LIMIT_SECONDS = 60;
  private static final String BODY = "x".repeat(Bench.BODY_BYTES - 2);

  private final Bench bench;

  private ClusterRows(Bench bench) {
    this.bench = bench;
  }

  static List<Row> all(Bench bench) {
    ClusterRows rows = new ClusterRows(bench);
    return List.of(rows.sizes(), rows.emptied());
  }

  private static String name(int nodes) {
    return nodes + " nodes";
  }

  private Row sizes() {
    String least = name(SIZES.get(0));
    String most = name(SIZES.get(SIZES.size() - 1));
    return new Row(
        "nodes",
        "what one direct message costs by the number of nodes",
        SIZES.stream().map(n -> new Contestant(name(n), () -> direct(n))).toList(),
        List.of(
            atMost("AMQP messages, 16 nodes : 2", 1.05, ratio(FRAMES, most, least)),
            atMost("bytes allocated, 16 nodes : 2", 1.05, ratio(ALLOCATED, most, least)),
            atMost(
                "Redis commands each, 16 nodes (0, rounded)",
                0.01,
                run -> sample(run, most).get(COMMANDS))));
  }

  /** One message at a time, so that no two share anything. */
  private Sample direct(int size) {
    try (InProcessCluster cluster = new InProcessCluster(bench.backends(), size)) {
      Semaphore arrived = new Semaphore(0);
      ClientSession alice = cluster.connect(1, "alice", text -> {});
      ClientSession unused = cluster.connect(2, "bob", text -> arrived.release());
      Counts warmUp = count(cluster, () -> send(alice, arrived));
      Counts sent = count(cluster, () -> send(alice, arrived));
      Counts idle = count(cluster, () -> park(sent.nanos()));
      return Sample.NONE
          .with(FRAMES, (double) (sent.frames() - idle.frames()) / MESSAGES)
          .with(COMMANDS, (double) Math.max(0, sent.commands() - idle.commands()) / MESSAGES)
          .with(ALLOCATED, (double) (sent.bytes() - idle.bytes()) / MESSAGES)
          .with("ms each", sent.nanos() / 1e6 / MESSAGES)
          .with("ms each, first time", warmUp.nanos() / 1e6 / MESSAGES);
    }
  }

  private static void send(ClientSession alice, Semaphore arrived) {
    for (int i = 0; i < MESSAGES; i++) {
      alice.text("{\"to\":\"bob\",\"body\":\"" + BODY + "\"}", true);
      arrived.acquireUninterruptibly();
    }
  }

  private record Counts(long frames, long commands, long bytes, long nanos) {}

  private Counts count(InProcessCluster cluster, Runnable work) {
    long start = System.nanoTime();
    long frames = cluster.framesOut();
    long commands = bench.backends().redisCommands();
    long bytes = allocated();
    work.run();
    return new Counts(
        cluster.framesOut() - frames,
        bench.backends().redisCommands() - commands,
        allocated() - bytes,
        System.nanoTime() - start);
  }

  /** By all threads that live; those of nodes live as long as these. */
  private static long allocated() {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return LongStream.of(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
        .filter(bytes -> bytes > 0)
        .sum();
  }

  private Row emptied() {
    return new Row(
        "registry-emptied",
        "100,000 registrations lost",
        List.of(new Contestant(EMPTIED, this::empty)),
        List.of(
            atMost("all back after s", 10, run -> sample(run, EMPTIED).get(BACK)),
            atMost("worst ms meanwhile", 50, run -> sample(run, EMPTIED).get(WORST))));
  }

  private Sample empty() {
    try (InProcessCluster cluster = new InProcessCluster(bench.backends(), 2)) {
      IntStream.range(0, REGISTRATIONS).forEach(i -> cluster.connect(1, "idle" + i, text -> {}));
      try (Conversation conversation = new Conversation(cluster)) {
        await("all to be registered", this::allRegistered);
        conversation.restart();
        park(TimeUnit.SECONDS.toNanos(bench.seconds()));
        double worstBefore = conversation.restart();
        long start = System.nanoTime();
        String unused = bench.backends().redis().cli("FLUSHALL");
        await("all to be registered again", this::allRegistered);
        double seconds = (System.nanoTime() - start) / 1e9;
        return Sample.NONE
            .with(BACK, seconds)
            .with(WORST, conversation.restart())
            .with("worst ms before", worstBefore);
      }
    }
  }

  private boolean allRegistered() {
    return Integer.parseInt(bench.backends().redis().cli("DBSIZE")) >= REGISTRATIONS;
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException("waited in vain for " + what);
      }
      park(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private static void park(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Somebody on the one node writes to somebody on the other, at a fixed rate. */
  private static final class Conversation implements AutoCloseable {
    private final Histogram latency = new ConcurrentHistogram(3);
    private final ClientSession alice;
    private final Thread thread = new Thread(this::talk, "conversation");
    private volatile boolean ended;

    Conversation(InProcessCluster cluster) {
      alice = cluster.connect(1, "alice", text -> {});
      ClientSession unused = cluster.connect(2, "bob", this::arrived);
      thread.start();
    }

    private void talk() {
      long interval = TimeUnit.SECONDS.toNanos(1) / RATE;
      for (long due = System.nanoTime(); !ended; due += interval) {
        park(due - System.nanoTime());
        alice.text(String.format(Locale.ROOT, "{\"to\":\"bob\",\"body\":%d}", due), true);
      }
    }

    private void arrived(String text) {
      int body = text.indexOf("\"body\":") + "\"body\":".length();
      long due = Long.parseLong(text, body, text.length() - 1, 10);
      latency.recordValue(Math.max(0, System.nanoTime() - due));
    }

    /** The worst latency so far, which is forgotten. */
    double restart() {
      double worst = latency.getMaxValue() / 1e6;
      latency.reset();
      return worst;
    }

    @Override
    public void close() {
      ended = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
