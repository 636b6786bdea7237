package org.distributedsockets.tomcat;

import java.time.Duration;
import java.util.Objects;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleListener;
import org.distributedsockets.SocketNode;

/** Drains a node while the part of Tomcat that is about to stop still runs. */
final class DrainOnStop implements LifecycleListener {
  private final SocketNode node;
  private final Duration limit;

  DrainOnStop(SocketNode node, Duration limit) {
    this.node = Objects.requireNonNull(node, "node");
    this.limit = Objects.requireNonNull(limit, "limit");
  }

  @Override
  public void lifecycleEvent(LifecycleEvent event) {
    if (event.getType().equals(Lifecycle.BEFORE_STOP_EVENT)) {
      node.drain(limit);
    }
  }
}
