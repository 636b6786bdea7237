package org.distributedsockets.examples.benchmarks.load;

import com.google.gson.Gson;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.distributedsockets.examples.benchmarks.Report;
import org.distributedsockets.examples.chat.testkit.ClientLoop;

/**
 * Users who do something to servers, and what they saw. One thread does it all, so that it takes
 * little from what is measured. A life: {@link #start}, {@link #begin}, {@link #stop}, {@link
 * #result}.
 */
public abstract class Load {
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** Connects everybody. */
  abstract void start();

  /** Whether all are connected. */
  abstract boolean ready();

  /** They begin, but it does not count yet. */
  abstract void go();

  /** It counts from now. */
  abstract void begin();

  /** They stop; what is under way still counts as not lost. */
  abstract void stop();

  /** Whether nothing is under way. */
  abstract boolean quiet();

  /** What they saw. */
  abstract LoadResult result();

  /**
   * Runs a load in a process of its own.
   *
   * @param arguments the {@link LoadPlan} as JSON
   * @throws java.io.IOException if the own input cannot be read
   */
  public static void main(String[] arguments) throws java.io.IOException {
    LoadPlan plan = new Gson().fromJson(arguments[0], LoadPlan.class);
    if (plan.kind() == LoadPlan.Kind.IDLE) {
      IdleLoad.run(plan);
      return;
    }
    Report.print(run(plan));
  }

  /**
   * Runs a load to its end.
   *
   * @param plan what it does; not {@link LoadPlan.Kind#IDLE}
   * @return what it saw
   */
  public static LoadResult run(LoadPlan plan) {
    try (ClientLoop loop = new ClientLoop()) {
      Load load = of(plan, loop);
      loop.run(load::start);
      await("all to be connected", LIMIT_NANOS, () -> loop.call(load::ready));
      loop.run(load::go);
      pause(plan.warmUpMillis());
      loop.run(load::begin);
      System.out.println("ready: it counts from now");
      pause(plan.millis());
      loop.run(load::stop);
      // What does not come by then is lost, and said to be.
      poll(TimeUnit.MILLISECONDS.toNanos(plan.drainMillis()), () -> loop.call(load::quiet));
      return loop.call(load::result);
    }
  }

  private static Load of(LoadPlan plan, ClientLoop loop) {
    return switch (plan.kind()) {
      case PAIRS -> new PairsLoad(plan, loop);
      case BROADCAST -> new BroadcastLoad(plan, loop);
      case CONNECT -> new ConnectLoad(plan, loop);
      case IDLE -> throw new IllegalArgumentException("has no result");
    };
  }

  private static void pause(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  static void await(String what, long nanos, BooleanSupplier condition) {
    if (!poll(nanos, condition)) {
      throw new IllegalStateException("waited in vain for " + what);
    }
  }

  private static boolean poll(long nanos, BooleanSupplier condition) {
    long end = System.nanoTime() + nanos;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }
}
