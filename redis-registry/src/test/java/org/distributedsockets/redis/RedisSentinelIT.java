package org.distributedsockets.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.distributedsockets.Address;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryException;
import org.distributedsockets.testkit.Eventually;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The registry on a Redis watched by a Sentinel")
@Timeout(90)
final class RedisSentinelIT {
  private static final NodeIdentity SELF = NodeIdentity.of("a", 7);
  private static final Duration LEASE = Duration.ofMinutes(1);
  private static final Address ALICE = Address.user("alice");

  private SentinelledRedis redis;

  @BeforeEach
  void start() {
    redis = new SentinelledRedis();
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  @Test
  @DisplayName("goes on at the new primary when the old one dies, with its data")
  void followsAFailover() {
    try (ConnectionRegistry registry = Registries.open("a", redis.settings("main"))) {
      String epoch = registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch();
      register(registry, "c1");
      Eventually.holds(
          "the replica has it", () -> redis.replica().cli("KEYS", "ds:u:*").contains("ds:u:"));
      long start = System.nanoTime();

      redis.primary().kill();

      assertTrue(assertThrows(RegistryException.class, () -> register(registry, "c2")).retryable());
      Eventually.succeeds("a registration", () -> register(registry, "c2"));
      System.out.printf("failover took %.1f s%n", (System.nanoTime() - start) / 1e9);
      assertEquals(epoch, registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch());
      assertEquals(Location.at(Set.of("a")), registry.locate(List.of(ALICE)).get(0));
      assertEquals(2, registry.entries(List.of(ALICE)).get(0).size());
    }
  }

  @Test
  @DisplayName("leaves a primary that the Sentinel demoted while it lives")
  void followsASwitch() {
    try (ConnectionRegistry registry = Registries.open("a", redis.settings("main"))) {
      registry.renew(LeaseRequest.joining(SELF, LEASE));
      register(registry, "c1");

      // It refuses until it has heard of the replica.
      Eventually.holds(
          "the switch begins",
          () -> redis.sentinel().cli("SENTINEL", "FAILOVER", "main").equals("OK"));

      Eventually.holds(
          "the replica is the primary", () -> replicaSays("role:master", "INFO", "replication"));
      Eventually.succeeds("a registration", () -> register(registry, "c2"));
      Eventually.holds("the new primary has it", () -> replicaSays("ds:u:", "KEYS", "ds:u:*"));
    }
  }

  /** A Sentinel cuts the connections to a server that it promotes, so to ask it may fail. */
  private boolean replicaSays(String part, String... command) {
    try {
      return redis.replica().cli(command).contains(part);
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  @Test
  @DisplayName("fails with one line when the Sentinel does not know the primary, or is not there")
  void namesWrongSettings() {
    RegistryException unknown =
        assertThrows(RegistryException.class, () -> Registries.open("a", redis.settings("other")));
    assertTrue(unknown.getMessage().contains("not monitored"), unknown.getMessage());
    assertFalse(unknown.getMessage().contains(SentinelledRedis.PASSWORD));

    redis.sentinel().kill();
    RegistryException down =
        assertThrows(RegistryException.class, () -> Registries.open("a", redis.settings("main")));
    assertTrue(down.retryable());
    assertTrue(down.getMessage().contains("entinel"), down.getMessage());
  }

  private static boolean register(ConnectionRegistry registry, String entry) {
    return registry
        .register(SELF, List.of(new Registration(ALICE, entry, 1, "")), RegistrationLimit.NONE)
        .get(0)
        .accepted();
  }
}
