package org.distributedsockets.testkit;

import java.time.Duration;
import org.distributedsockets.memory.MemoryCluster;
import org.distributedsockets.spi.ConnectionRegistry;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The registry in memory")
final class MemoryConnectionRegistryTest extends ConnectionRegistryContract {
  private final ManualScheduler scheduler = new ManualScheduler();
  private final MemoryCluster cluster = new MemoryCluster(scheduler, Duration.ofSeconds(10));

  @Override
  protected ConnectionRegistry open(String nodeId) {
    return cluster.openRegistry(nodeId, Duration.ofSeconds(5));
  }

  @Override
  protected void elapse(Duration duration) {
    scheduler.advance(duration);
  }

  @Override
  protected void loseData() {
    cluster.registryFaults().clear();
  }
}
