package org.distributedsockets.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryException;
import org.distributedsockets.testkit.ConnectionRegistryContract;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.util.JedisClusterCRC16;

@DisplayName("The registry on a Redis Cluster")
final class RedisClusterIT extends ConnectionRegistryContract {
  private static RedisCluster cluster;

  @BeforeAll
  static void start() {
    cluster = new RedisCluster();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Override
  protected ConnectionRegistry open(String nodeId) {
    return Registries.open(
        nodeId,
        builder ->
            builder
                .set(RedisSettings.MODE, RedisMode.CLUSTER)
                .set(RedisSettings.ADDRESSES, cluster.addresses()));
  }

  @Override
  protected void elapse(Duration duration) {
    Eventually.elapsed(duration);
  }

  @Override
  protected void loseData() {
    cluster.flush();
  }

  @Test
  @DisplayName("follows slots that move to another server, and does so within one call")
  void followsSlots() {
    NodeIdentity self = NodeIdentity.of("mover", 3);
    List<Registration> batch =
        IntStream.range(0, 200)
            .mapToObj(i -> new Registration(Address.user("moved" + i), "c1", 1, ""))
            .toList();
    List<Address> addresses = batch.stream().map(Registration::address).toList();
    RedisKeys keys = new RedisKeys("ds:");
    try (ConnectionRegistry registry = open("mover")) {
      registry.renew(LeaseRequest.joining(self, Duration.ofMinutes(1)));
      registry.register(self, batch, RegistrationLimit.NONE);
      // The slots of some users, and that of the leases.
      addresses.subList(0, 3).forEach(a -> cluster.moveSlot(slot(keys.entries(a))));
      cluster.moveSlot(slot(keys.leases()));

      registry.renew(LeaseRequest.joining(self, Duration.ofMinutes(1)));
      List<RegisterAnswer> answers = registry.register(self, batch, RegistrationLimit.NONE);

      assertTrue(answers.stream().allMatch(RegisterAnswer::accepted));
      assertTrue(
          registry.locate(addresses).stream().allMatch(Location.at(Set.of("mover"))::equals));
      registry.unregister(self, batch);
      registry.leave(self);
    }
  }

  private static int slot(String key) {
    return JedisClusterCRC16.getSlot(key);
  }

  @Test
  @DisplayName("fails in time while one of its servers is frozen, and goes on after it")
  void survivesAFrozenServer() {
    NodeIdentity self = NodeIdentity.of("frozen", 4);
    List<Address> addresses =
        IntStream.range(0, 50).mapToObj(i -> Address.user("cold" + i)).toList();
    RedisServer one = cluster.servers().get(1);
    try (ConnectionRegistry registry = open("frozen")) {
      registry.renew(LeaseRequest.joining(self, Duration.ofMinutes(1)));
      one.pause();
      try {
        long start = System.nanoTime();
        RegistryException thrown =
            assertThrows(RegistryException.class, () -> registry.locate(addresses));
        assertTrue(thrown.retryable(), thrown.getMessage());
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(3).toNanos());
      } finally {
        one.resume();
      }
      assertEquals(50, Eventually.succeeds("a look-up", () -> registry.locate(addresses)).size());
      registry.leave(self);
    }
  }

  @Test
  @DisplayName("needs no more rights than the documented ones")
  void needsFewRights() {
    String rights =
        Documentation.acl().replace("user ", "ACL SETUSER ") + " +cluster|slots +asking";
    for (RedisServer server : cluster.servers()) {
      assertEquals("OK", server.cli(rights.split(" ", -1)));
    }
    NodeIdentity self = NodeIdentity.of("humble", 5);
    List<Registration> batch =
        IntStream.range(0, 20)
            .mapToObj(i -> new Registration(Address.user("humble" + i), "c1", 1, ""))
            .toList();
    try (ConnectionRegistry registry =
        Registries.open(
            "humble",
            builder ->
                builder
                    .set(RedisSettings.MODE, RedisMode.CLUSTER)
                    .set(RedisSettings.ADDRESSES, cluster.addresses())
                    .set(RedisSettings.USER, Optional.of("sockets"))
                    .set(RedisSettings.PASSWORD, Optional.of("PASSWORD")))) {
      registry.renew(LeaseRequest.joining(self, Duration.ofMinutes(1)));
      assertEquals(20, registry.register(self, batch, RegistrationLimit.NONE).size());
      registry.unregister(self, batch);
      registry.leave(self);
    }
  }

  @Test
  @DisplayName("is not taken for a single Redis")
  void isNoSingleRedis() {
    RegistryException thrown =
        assertThrows(
            RegistryException.class,
            () -> {
              // One of the two is not where the leases are.
              Registries.open("x", cluster.addresses().get(0)).close();
              Registries.open("x", cluster.addresses().get(1)).close();
            });
    assertTrue(thrown.getMessage().contains("redis.mode=cluster"), thrown.getMessage());
  }
}
