package org.distributedsockets.engine;

import java.util.List;
import java.util.SplittableRandom;

/** One simulation, from its seed to the verdict. */
final class SimRun {
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;
  private static final long LONGEST_QUIET_NANOS = 300 * SECOND;

  /** What came of one seed. */
  record Result(
      long seed,
      long hash,
      long events,
      double seconds,
      int messages,
      int doubles,
      List<String> failures,
      List<String> trace) {
    boolean failed() {
      return !failures.isEmpty();
    }
  }

  private SimRun() {}

  static Result run(long seed, boolean traced) {
    return run(seed, traced, false);
  }

  /**
   * Runs one seed.
   *
   * @param watched whether each process watches everybody, which makes events of its own
   */
  static Result run(long seed, boolean traced, boolean watched) {
    SplittableRandom chance = new SplittableRandom(seed);
    boolean longOne = chance.nextInt(20) == 0;
    boolean quick = chance.nextInt(4) > 0;
    long[] jitters = {60_000, MILLI, 10 * MILLI};
    long jitter = jitters[chance.nextInt(jitters.length)];
    SimEvents events = new SimEvents(chance.split(), jitter, traced);
    SimWorld world = new SimWorld(events, chance.split(), quick, jitter, SimVariation.of(seed));
    events.trace("%s", world.variation());
    if (watched) {
      world.watch();
    }
    int actions = longOne ? 200 + chance.nextInt(200) : 20 + chance.nextInt(40);
    long pause = MILLI * (1 + chance.nextInt(longOne ? 1_000 : 500));
    try {
      new SimSchedule(world, chance.split(), actions, pause).run();
      calmDown(world);
    } catch (RuntimeException e) {
      world.oracle().fail("the simulation broke", e);
    } finally {
      world.stop();
    }
    return new Result(
        seed,
        events.hash(),
        events.events(),
        events.sinceStartNanos() / 1e9,
        world.oracle().sent().size(),
        world.oracle().doubles(),
        world.oracle().failures(),
        events.trace());
  }

  private static void calmDown(SimWorld world) {
    long end = world.now() + LONGEST_QUIET_NANOS;
    do {
      world.events().runUntil(world.now() + 2 * SECOND);
      world.endTheDown();
    } while (!world.leftovers().isEmpty() && world.now() < end);
    world.leftovers().forEach(left -> world.oracle().fail("left over: " + left));
    world.oracle().checkAll();
  }

  /** Runs the seeds from the first argument to the second; one alone with its trace. */
  public static void main(String[] arguments) {
    long from = Long.parseLong(arguments[0]);
    long to = arguments.length > 1 ? Long.parseLong(arguments[1]) : from;
    long begin = System.nanoTime();
    long failed = 0;
    double seconds = 0;
    long events = 0;
    long hash = 0;
    for (long seed = from; seed <= to; seed++) {
      Result result = run(seed, from == to);
      seconds += result.seconds();
      hash = hash * 31 + result.hash();
      events += result.events();
      if (from == to) {
        result.trace().forEach(System.out::println);
        System.out.println("hash " + result.hash());
      }
      if (result.failed()) {
        failed++;
        String first = result.failures().get(0);
        System.out.println(
            "SEED="
                + seed
                + " "
                + result.failures().size()
                + " "
                + first.lines().limit(from == to ? 99 : 4).reduce("", (a, b) -> a + b + "\n"));
      }
    }
    double wall = (System.nanoTime() - begin) / 1e9;
    double cpu =
        java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e9;
    System.out.printf(
        "%d seeds, %d failed, %.1f s wall (%.0f/s), %.1f s cpu (%.0f/s), %.0f s virtual each, %d events each, hash %x%n",
        to - from + 1,
        failed,
        wall,
        (to - from + 1) / wall,
        cpu,
        (to - from + 1) / cpu,
        seconds / (to - from + 1),
        events / (to - from + 1),
        hash);
  }
}
