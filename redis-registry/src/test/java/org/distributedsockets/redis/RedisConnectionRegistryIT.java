package org.distributedsockets.redis;

import java.time.Duration;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.testkit.ConnectionRegistryContract;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.RedisServer;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The registry on one Redis")
final class RedisConnectionRegistryIT extends ConnectionRegistryContract {
  private final RedisServer redis = RedisServer.shared();

  @Override
  protected ConnectionRegistry open(String nodeId) {
    return Registries.open(nodeId, redis.address());
  }

  @Override
  protected void elapse(Duration duration) {
    Eventually.elapsed(duration);
  }

  @Override
  protected void loseData() {
    String unused = redis.cli("FLUSHALL");
  }
}
