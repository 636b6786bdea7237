package org.distributedsockets.examples.springboot;

import org.distributedsockets.SocketNode;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * Shows the node's health in {@code /actuator/health}. What its states UP, DEGRADED, DRAINING and
 * DOWN mean for HTTP is in application.properties.
 */
@Component
class SocketsHealthIndicator implements HealthIndicator {
  private final SocketNode node;

  SocketsHealthIndicator(SocketNode node) {
    this.node = node;
  }

  @Override
  public Health health() {
    org.distributedsockets.Health health = node.health();
    return Health.status(health.status().name())
        .withDetail("node", health.node())
        .withDetail("reasons", health.reasons())
        .build();
  }
}
