package org.distributedsockets.redis;

import java.time.Duration;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.testkit.ConnectionRegistryContract;
import org.distributedsockets.testkit.Eventually;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The registry on a Redis that a Sentinel finds")
final class RedisSentinelContractIT extends ConnectionRegistryContract {
  private static SentinelledRedis redis;

  @BeforeAll
  static void start() {
    redis = new SentinelledRedis();
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  @Override
  protected ConnectionRegistry open(String nodeId) {
    return Registries.open(nodeId, redis.settings("main"));
  }

  @Override
  protected void elapse(Duration duration) {
    Eventually.elapsed(duration);
  }

  @Override
  protected void loseData() {
    String unused = redis.primary().cli("FLUSHALL");
  }
}
