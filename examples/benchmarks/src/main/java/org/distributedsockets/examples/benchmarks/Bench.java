package org.distributedsockets.examples.benchmarks;

import java.nio.file.Path;
import java.util.Map;
import org.distributedsockets.examples.benchmarks.load.AmqpHop;
import org.distributedsockets.examples.benchmarks.load.Dialect;
import org.distributedsockets.examples.benchmarks.load.HopPlan;
import org.distributedsockets.examples.benchmarks.load.Load;
import org.distributedsockets.examples.benchmarks.load.LoadPlan;
import org.distributedsockets.examples.benchmarks.load.LoadResult;
import org.distributedsockets.examples.chat.testkit.ChatProcess;

/**
 * Where all is measured: with which servers, how long. For one thread.
 *
 * @param examples the folder of the examples, built
 * @param folder where programs run
 * @param backends what contestants share
 * @param systems starts them
 * @param warmUpSeconds how long it runs before it counts: the compilers of a JVM need most of a
 *     machine for some time
 * @param seconds how long one run counts
 */
record Bench(
    Path examples,
    Path folder,
    Backends backends,
    Systems systems,
    int warmUpSeconds,
    int seconds) {
  static final int BODY_BYTES = 200;
  private static final long MILLIS = 1_000;
  private static final long DRAIN_MILLIS = 10_000;

  /** Starts servers. */
  interface Start {
    Running start() throws Exception;
  }

  long millis() {
    return seconds * MILLIS;
  }

  long warmUpMillis() {
    return warmUpSeconds * MILLIS;
  }

  LoadResult load(LoadPlan plan) throws Exception {
    try (ChatProcess load = start(plan)) {
      return JavaProgram.result(load, LoadResult.class);
    }
  }

  ChatProcess start(LoadPlan plan) throws Exception {
    return JavaProgram.start(examples, folder, Load.class, plan);
  }

  /** Pairs in a closed loop. */
  LoadResult pairs(Running running, Dialect dialect, int pairs, int window, boolean receipts)
      throws Exception {
    return load(plan(running, LoadPlan.Kind.PAIRS, dialect, pairs, window, 0, receipts));
  }

  /** Pairs in an open loop. */
  LoadResult pairsAt(Running running, Dialect dialect, int pairs, int rate) throws Exception {
    return load(plan(running, LoadPlan.Kind.PAIRS, dialect, pairs, 0, rate, false));
  }

  LoadPlan plan(
      Running running,
      LoadPlan.Kind kind,
      Dialect dialect,
      int users,
      int window,
      int rate,
      boolean receipts) {
    return new LoadPlan(
        kind,
        dialect,
        running.ports(),
        1,
        users,
        BODY_BYTES,
        window,
        rate,
        receipts,
        warmUpMillis(),
        millis(),
        DRAIN_MILLIS,
        running.pids());
  }

  /** A bare durable hop. */
  LoadResult hop(int batch, int window, int rate) throws Exception {
    backends.clear();
    String address = backends.rabbit().address();
    int colon = address.lastIndexOf(':');
    HopPlan plan =
        new HopPlan(
            address.substring(0, colon),
            Integer.parseInt(address.substring(colon + 1)),
            backends.rabbit().user(),
            backends.rabbit().password(),
            BODY_BYTES,
            batch,
            window,
            rate,
            warmUpMillis(),
            millis(),
            Map.of(Backends.RABBIT, backends.rabbitPid()));
    try (ChatProcess hop = JavaProgram.start(examples, folder, AmqpHop.class, plan)) {
      return JavaProgram.result(hop, LoadResult.class);
    }
  }
}
