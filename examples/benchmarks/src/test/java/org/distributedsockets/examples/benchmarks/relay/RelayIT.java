package org.distributedsockets.examples.benchmarks.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.distributedsockets.examples.benchmarks.load.Dialect;
import org.distributedsockets.examples.benchmarks.load.Load;
import org.distributedsockets.examples.benchmarks.load.LoadPlan;
import org.distributedsockets.examples.benchmarks.load.LoadResult;
import org.distributedsockets.testkit.servers.RedisServer;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.Test;

/** Whether a load sees what a server does to its messages. */
class RelayIT {
  private static final int PAIRS = 1;
  private static final int RATE = 2_000;

  /** Loses, doubles and delays some, and keeps count of it. */
  private static final class BadRelay extends Relay {
    final AtomicInteger passed = new AtomicInteger();
    int lost;
    int doubled;
    int late;
    private String held = "";

    @Override
    synchronized void pass(String frame, Consumer<String> to) {
      int number = passed.getAndIncrement();
      if (number % 100 == 10) {
        lost++;
      } else if (number % 100 == 20) {
        held = frame;
        // Until another one comes, which may never be.
        lost++;
      } else {
        to.accept(frame);
        if (number % 100 == 30) {
          to.accept(frame);
          doubled++;
        }
        if (!held.isEmpty()) {
          to.accept(held);
          held = "";
          lost--;
          late++;
        }
      }
    }
  }

  private static LoadResult load(Relay relay, int window, int rate) throws Exception {
    int port = RedisServer.freePort();
    Server server = JettyRelay.start(port, relay);
    try {
      return Load.run(
          new LoadPlan(
              LoadPlan.Kind.PAIRS,
              Dialect.JSON,
              List.of(port),
              1,
              PAIRS,
              200,
              window,
              rate,
              false,
              200,
              1_000,
              3_000,
              Map.of()));
    } finally {
      server.stop();
    }
  }

  @Test
  void shouldCountWhatABadRelayDoes() throws Exception {
    BadRelay relay = new BadRelay();

    LoadResult result = load(relay, 0, RATE);

    assertTrue(
        relay.lost > 5 && relay.doubled > 5 && relay.late > 5, () -> "after " + relay.passed);
    assertEquals(relay.lost, result.lost(), "lost");
    assertEquals(relay.doubled, result.doubled(), "doubled");
    assertEquals(relay.late, result.outOfOrder(), "out of order");
  }

  @Test
  void shouldFindNothingWrongWithAGoodOne() throws Exception {
    LoadResult result = load(new Relay(), 8, 0);

    assertTrue(result.done() > 0);
    assertEquals(0, result.lost() + result.doubled() + result.outOfOrder() + result.refused());
  }

  @Test
  void shouldCountTheTimeThatAMessageWaitsToBeSent() throws Exception {
    Relay slow =
        new Relay() {
          private boolean stood;

          @Override
          synchronized void pass(String frame, Consumer<String> to) {
            if (!stood && frame.contains("#0000000600")) {
              stood = true;
              java.util.concurrent.locks.LockSupport.parkNanos(400_000_000L);
            }
            super.pass(frame, to);
          }
        };

    LoadResult result = load(slow, 0, RATE);

    // While it stood 800 were due, a third or more of what was counted; only the first met it.
    assertTrue(result.maxMicros() > 300_000, () -> "max " + result.maxMicros());
    assertTrue(result.p99Micros() > 200_000, () -> "p99 " + result.p99Micros());
  }
}
