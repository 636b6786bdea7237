package org.distributedsockets.examples.jettychat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNodeBuilder;
import org.distributedsockets.rabbitmq.RabbitMessageBusProvider;
import org.distributedsockets.rabbitmq.RabbitSettings;
import org.distributedsockets.redis.RedisConnectionRegistryProvider;
import org.distributedsockets.redis.RedisSettings;
import org.distributedsockets.testkit.GroupsAndPresenceContract;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Groups, presence, control and requests over a Redis and a RabbitMQ. */
class GroupsAndPresenceIT extends GroupsAndPresenceContract {
  private static RedisServer redis;
  private static RabbitServer rabbit;

  @BeforeAll
  static void startServers() {
    redis = RedisServer.start();
    rabbit = RabbitServer.own();
  }

  @AfterAll
  static void stopServers() {
    rabbit.list("list_queues", "name").forEach(rabbit::deleteQueue);
    redis.close();
  }

  @Override
  protected void join(SocketNodeBuilder node, Settings.Builder settings, String cluster) {
    settings
        .set(RedisSettings.ADDRESSES, List.of(redis.address()))
        .set(RedisSettings.KEY_PREFIX, cluster + ":")
        .set(RedisSettings.GRACE, Duration.ZERO)
        .set(RabbitSettings.ADDRESSES, List.of(rabbit.address()))
        .set(RabbitSettings.USER, rabbit.user())
        .set(RabbitSettings.PASSWORD, Optional.of(rabbit.password()));
    node.registry(new RedisConnectionRegistryProvider()).bus(new RabbitMessageBusProvider());
  }
}
