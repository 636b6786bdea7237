package org.distributedsockets.examples.springboot;

import java.time.Duration;
import org.distributedsockets.SocketNode;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Starts the node after the web server and drains it before: its phase is the default, which is
 * above both phases of the web server.
 */
@Component
class SocketsLifecycle implements SmartLifecycle {
  /** Below {@code spring.lifecycle.timeout-per-shutdown-phase}, which is 30 s. */
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(20);

  private final SocketNode node;
  private volatile boolean running;

  SocketsLifecycle(SocketNode node) {
    this.node = node;
  }

  @Override
  public void start() {
    node.start();
    running = true;
  }

  @Override
  public void stop() {
    node.drain(DRAIN_LIMIT);
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
