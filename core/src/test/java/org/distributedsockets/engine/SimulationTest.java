package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.distributedsockets.Address;
import org.distributedsockets.metrics.Counter;
import org.junit.jupiter.api.Test;

/**
 * Simulates clusters and holds them against the rules; see docs/simulation.md. {@code -Dsim.seed=n}
 * runs one seed and prints its trace, {@code -Dsim.seeds=from..to} a range.
 */
class SimulationTest {
  /** Each once found a bug; docs/simulation.md tells them. */
  private static final List<Long> REGRESSIONS =
      List.of(
          5L, 10L, 20L, 26L, 33L, 34L, 61L, 62L, 66L, 77L, 100L, 101L, 286L, 465L, 474L, 672L, 808L,
          85L, 731L, 906L, 1179L, 1467L, 1724L, 1784L, 1794L, 1886L, 2686L, 3019L, 3235L, 3115L,
          3693L, 3740L, 4411L, 5704L, 6815L, 6913L, 10096L, 12397L, 17414L, 17468L, 18440L, 29309L,
          34771L, 315559L, 575892L, 707734L, 932136L, 987276L);

  private static final long SECOND = 1_000_000_000L;

  /** On a second JDK fewer: a seed makes the same run in any JVM. */
  private static final boolean AGAIN = Boolean.getBoolean("test.again");

  private static final long FIXED_SEEDS = AGAIN ? 400 : 4_000;
  private static final long FRESH_SEEDS = 20;
  private static final long WATCHED_SEEDS = AGAIN ? 30 : 300;
  private static final long LONGEST_NANOS = 25_000_000_000L;

  private final List<String> failed = new CopyOnWriteArrayList<>();
  private final AtomicLong run = new AtomicLong();

  @Test
  void keepsTheRules() throws Exception {
    String one = System.getProperty("sim.seed");
    String range = System.getProperty("sim.seeds");
    if (one != null) {
      run(Long.parseLong(one), true);
    } else if (range != null) {
      String[] ends = range.split("\\.\\.", -1);
      runAll(Long.parseLong(ends[0]), Long.parseLong(ends[1]), Long.MAX_VALUE);
    } else {
      runBounded();
    }
    assertTrue(failed.isEmpty(), () -> String.join("\n", failed));
  }

  private void runBounded() throws Exception {
    REGRESSIONS.forEach(seed -> run(seed, false));
    long begin = System.nanoTime();
    long fresh = System.currentTimeMillis() % 1_000_000_000L * 1_000;
    System.out.println("simulation: fresh seeds " + fresh + ".." + (fresh + FRESH_SEEDS - 1));
    runAll(fresh, fresh + FRESH_SEEDS - 1, LONGEST_NANOS);
    runAll(1, FIXED_SEEDS, LONGEST_NANOS - (System.nanoTime() - begin));
    System.out.printf(
        "simulation: %d seeds, %.0f a second%n",
        run.get(), run.get() * 1e9 / (System.nanoTime() - begin));
  }

  /** On all processors: runs share nothing. */
  private void runAll(long from, long to, long longestNanos) throws Exception {
    long begin = System.nanoTime();
    AtomicLong next = new AtomicLong(from);
    Callable<Void> runs =
        () -> {
          long seed = next.getAndIncrement();
          while (seed <= to && System.nanoTime() - begin < longestNanos) {
            run(seed, false);
            seed = next.getAndIncrement();
          }
          return null;
        };
    int processors = Runtime.getRuntime().availableProcessors();
    ExecutorService executor = Executors.newFixedThreadPool(processors);
    try {
      for (Future<Void> done : executor.invokeAll(Collections.nCopies(processors, runs))) {
        done.get();
      }
    } finally {
      executor.shutdown();
    }
  }

  private void run(long seed, boolean traced) {
    SimRun.Result result = SimRun.run(seed, traced);
    run.incrementAndGet();
    if (traced) {
      result.trace().forEach(System.out::println);
    }
    if (result.failed()) {
      failed.add("SEED=" + seed + " " + String.join("\n  ", result.failures()));
    }
  }

  /** After whatever happened, and again in calm, each node's watches tell the truth. */
  @Test
  void watchersSeeTheTruthInTheEnd() {
    long from = Long.getLong("sim.watched.from", 1);
    long to = Long.getLong("sim.watched.to", WATCHED_SEEDS);
    long begin = System.nanoTime();
    for (long seed = from; seed <= to && System.nanoTime() - begin < LONGEST_NANOS; seed++) {
      SimRun.Result result = SimRun.run(seed, from == to, true);
      result.trace().forEach(System.out::println);
      if (result.failed()) {
        failed.add("WATCHED SEED=" + seed + " " + String.join("\n  ", result.failures()));
      }
    }
    assertTrue(failed.isEmpty(), () -> String.join("\n", failed));
  }

  @Test
  void asksTheRegistryOncePerCacheTimeInAConversation() {
    SimEvents events = new SimEvents(new SplittableRandom(1), 60_000, false);
    SimWorld world =
        new SimWorld(events, new SplittableRandom(2), false, 60_000, SimVariation.NONE);
    world.quiet();
    SimProcess n1 = world.start("n1");
    SimProcess n2 = world.start("n2");
    events.runUntil(world.now() + SECOND);
    world.connect("u0", n1);
    world.connect("u1", n2);
    world.connect("u2", n1);
    events.runUntil(world.now() + SECOND);
    long lookups = n1.count(Counter.LOOKUPS) + n2.count(Counter.LOOKUPS);
    for (int i = 0; i < 200; i++) {
      world.send(n1, 0, Address.user("u1"), true);
      world.send(n2, 0, Address.user("u0"), true);
      events.runUntil(world.now() + SECOND / 10);
    }
    long asked = n1.count(Counter.LOOKUPS) + n2.count(Counter.LOOKUPS) - lookups;
    assertTrue(asked <= 2 * 5, "look-ups in 20 s with a cache of 5 s, by two nodes: " + asked);
    checkLocalDelivery(world, n1);
    world.oracle().checkAll();
    assertEquals(List.of(), world.oracle().failures());
  }

  /** Neither the registry nor the bus hears of a message that stays on its node. */
  private static void checkLocalDelivery(SimWorld world, SimProcess n1) {
    long lookups = n1.count(Counter.LOOKUPS);
    long batches = n1.count(Counter.BATCHES_OUT);
    for (int i = 0; i < 100; i++) {
      world.send(n1, 0, Address.user("u2"), true);
    }
    world.events().runUntil(world.now() + SECOND / 2);
    assertEquals(lookups, n1.count(Counter.LOOKUPS));
    long more = n1.count(Counter.BATCHES_OUT) - batches;
    assertTrue(more <= 2, "batches but for a probe: " + more);
  }

  @Test
  void replaysExactly() {
    for (long seed = 1; seed <= 20; seed++) {
      SimRun.Result first = SimRun.run(seed, true);
      SimRun.Result second = SimRun.run(seed, false);
      assertEquals(first.hash(), second.hash(), "SEED=" + seed);
      assertFalse(first.trace().isEmpty());
    }
  }
}
