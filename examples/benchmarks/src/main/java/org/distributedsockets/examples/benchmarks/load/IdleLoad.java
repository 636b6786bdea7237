package org.distributedsockets.examples.benchmarks.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.distributedsockets.examples.chat.testkit.ClientLoop;

/** Connections that say nothing until this process may end. */
final class IdleLoad {
  private static final int AT_ONCE = 200;
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(3);

  private final LoadPlan plan;
  private final ClientLoop loop;
  private final List<Peer> peers = new ArrayList<>();
  private int open;

  private IdleLoad(LoadPlan plan, ClientLoop loop) {
    this.plan = plan;
    this.loop = loop;
  }

  /** Says {@code ready: } once all are open, and ends with a line or the end of the own input. */
  static void run(LoadPlan plan) throws IOException {
    try (ClientLoop loop = new ClientLoop()) {
      IdleLoad load = new IdleLoad(plan, loop);
      loop.run(load::begin);
      Load.await("all to be connected", LIMIT_NANOS, () -> loop.call(load::allOpen));
      System.out.println("ready: " + plan.users());
      int unused = System.in.read();
      loop.run(load::check);
    }
  }

  private void begin() {
    for (int i = 0; i < AT_ONCE; i++) {
      connect();
    }
  }

  private void connect() {
    if (peers.size() < plan.users()) {
      int port = plan.ports().get(0);
      Peer peer = new Peer(loop, port, plan.dialect(), "u" + peers.size(), utf8 -> {});
      peers.add(peer.then(this::opened, () -> {}));
    }
  }

  private void opened() {
    open++;
    connect();
  }

  private boolean allOpen() {
    return open == plan.users();
  }

  private void check() {
    if (!peers.stream().allMatch(Peer::isOpen)) {
      throw new IllegalStateException("some were closed");
    }
  }
}
