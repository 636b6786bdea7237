package org.distributedsockets.jetty;

import java.time.Duration;
import java.util.Objects;
import org.distributedsockets.SocketNode;
import org.eclipse.jetty.util.component.LifeCycle;

/** Drains a node while its server still runs. */
final class DrainOnStop implements LifeCycle.Listener {
  private final SocketNode node;
  private final Duration limit;

  DrainOnStop(SocketNode node, Duration limit) {
    this.node = Objects.requireNonNull(node, "node");
    this.limit = Objects.requireNonNull(limit, "limit");
  }

  @Override
  public void lifeCycleStopping(LifeCycle server) {
    node.drain(limit);
  }
}
