package org.distributedsockets.examples.benchmarks.load;

import org.distributedsockets.examples.chat.testkit.ClientLoop;

/** Connections that are opened and closed, so many at one time. Latency is that of the opening. */
final class ConnectLoad extends Load {
  private final LoadPlan plan;
  private final ClientLoop loop;
  private final Meter meter;
  private boolean stopped;
  private int underWay;
  private long users;
  private long failed;

  ConnectLoad(LoadPlan plan, ClientLoop loop) {
    this.plan = plan;
    this.loop = loop;
    this.meter = new Meter(plan.processes());
  }

  @Override
  void start() {
    // Connecting is what is measured.
  }

  @Override
  boolean ready() {
    return true;
  }

  @Override
  void go() {
    for (int i = 0; i < plan.window(); i++) {
      connect();
    }
  }

  private void connect() {
    underWay++;
    long start = System.nanoTime();
    boolean[] opened = new boolean[1];
    Peer[] peer = new Peer[1];
    peer[0] =
        new Peer(loop, plan.ports().get(0), plan.dialect(), "u" + users++, utf8 -> {})
            .then(
                () -> {
                  opened[0] = true;
                  meter.done(start);
                  peer[0].close();
                },
                () -> closed(opened[0]));
  }

  private void closed(boolean wasOpen) {
    underWay--;
    failed += wasOpen ? 0 : 1;
    if (!stopped) {
      // Not within the end of the last one: many failures would be a deep recursion.
      loop.later(0, this::connect);
    }
  }

  @Override
  void begin() {
    meter.begin();
  }

  @Override
  void stop() {
    stopped = true;
    meter.end();
  }

  @Override
  boolean quiet() {
    return underWay == 0;
  }

  @Override
  LoadResult result() {
    return meter.result(users, failed, 0, 0, 0);
  }
}
