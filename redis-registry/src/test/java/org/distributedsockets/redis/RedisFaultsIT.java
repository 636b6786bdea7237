package org.distributedsockets.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryException;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.RedisServer;
import org.distributedsockets.testkit.servers.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

@DisplayName("A registry whose Redis fails")
@Timeout(60)
final class RedisFaultsIT {
  private static final Duration LEASE = Duration.ofMinutes(1);

  /** The operation timeout, and what a busy machine adds. */
  private static final Duration IN_TIME = Registries.OPERATION_TIMEOUT.plusSeconds(1);

  private static final NodeIdentity SELF = NodeIdentity.of("a", 7);
  private static final Address ALICE = Address.user("alice");

  private static RedisServer redis;

  private TcpProxy network;
  private ConnectionRegistry registry;

  @BeforeAll
  static void start() {
    redis = RedisServer.start();
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  @BeforeEach
  void open() {
    redis.cli("FLUSHALL");
    network = TcpProxy.to(redis.address());
    registry = Registries.open("a", network.address());
    registry.renew(LeaseRequest.joining(SELF, LEASE));
    register("c1");
  }

  @AfterEach
  void close() {
    registry.close();
    network.close();
  }

  @Test
  @DisplayName("goes on when Redis was restarted, and says that the data was lost")
  void survivesARestart() {
    String epoch = registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch();

    redis.restart();

    assertEquals(Location.UNKNOWN, locate());
    assertNotEquals(epoch, registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch());
    register("c1");
    assertEquals(Location.at(Set.of("a")), locate());
  }

  @Test
  @DisplayName("says that Redis was emptied")
  void noticesAnEmptiedRedis() {
    String epoch = registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch();

    redis.cli("FLUSHALL");

    assertEquals(Location.UNKNOWN, locate());
    assertNotEquals(epoch, registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch());
    assertEquals(Location.UNKNOWN, locate());
    Eventually.holds("absent is believed", () -> locate().equals(Location.ABSENT));
  }

  @Test
  @DisplayName("says that data was lost when a replica that lags takes over, once")
  void noticesALaggingReplica() {
    String epoch = registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch();
    TcpProxy replication = TcpProxy.to(redis.address());
    String port = replication.address().substring(replication.address().indexOf(':') + 1);
    try (RedisServer replica = RedisServer.start("replicaof 127.0.0.1 " + port)) {
      Eventually.holds(
          "the replica to have it all",
          () -> replica.cli("HGET", "ds:{nodes}:writes", "a").equals("1"));
      replication.blackHole();
      register("lost");
      registry.renew(LeaseRequest.joining(SELF, LEASE));

      assertEquals("OK", replica.cli("REPLICAOF", "NO", "ONE"));
      network.redirect(replica.address());
      network.cut();

      String after = registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch();
      assertNotEquals(epoch, after);
      assertEquals(Location.UNKNOWN, registry.locate(List.of(Address.user("nobody"))).get(0));
      register("lost");
      assertEquals(after, registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch());
    } finally {
      replication.close();
    }
  }

  @Test
  @DisplayName("says that data was lost, also if it has written more than that since")
  void noticesALossBehindNewWrites() {
    String epoch = registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch();
    redis.cli("HSET", "ds:{nodes}:writes", "a", "0");
    for (int i = 0; i < 5; i++) {
      register("more" + i);
    }
    assertNotEquals(epoch, registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch());
  }

  @Test
  @DisplayName("takes a node that was forgotten for no loss")
  void doesNotTakeAForgottenLeaseForALoss() {
    String epoch = registry.renew(LeaseRequest.joining(SELF, Duration.ofMillis(10))).epoch();
    Eventually.holds(
        "the lease to be over",
        () -> {
          registry.forget("a");
          return redis.cli("HEXISTS", "ds:{nodes}:leases", "a").equals("0");
        });
    register("c2");
    assertEquals(epoch, registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch());
    register("c3");
    assertEquals(epoch, registry.renew(LeaseRequest.joining(SELF, LEASE)).epoch());
  }

  @Test
  @DisplayName("sends its scripts again when Redis forgot them")
  void sendsScriptsAgain() {
    redis.cli("SCRIPT", "FLUSH");
    assertEquals(Location.at(Set.of("a")), locate());
    redis.cli("SCRIPT", "FLUSH");
    register("c2");
    redis.cli("SCRIPT", "FLUSH");
    assertEquals(SELF.incarnation(), registry.renew(LeaseRequest.joining(SELF, LEASE)).holder());
    assertEquals(2, registry.entries(List.of(ALICE)).get(0).size());
  }

  @Test
  @DisplayName("fails in time while Redis is down, and goes on when it is up again")
  void survivesAnOutage() {
    redis.kill();
    try {
      assertFailsInTime(this::locate);
      assertFailsInTime(() -> register("c2"));
      assertFailsInTime(() -> registry.renew(LeaseRequest.joining(SELF, LEASE)));
    } finally {
      redis.restart();
    }

    assertEquals(SELF.incarnation(), registry.renew(LeaseRequest.joining(SELF, LEASE)).holder());
  }

  @Test
  @DisplayName("fails in time while Redis is frozen, and what nobody waits for is not done later")
  void survivesAFreeze() {
    redis.pause();
    try {
      assertFailsInTime(() -> register("late"));
      assertFailsInTime(this::locate);
    } finally {
      redis.resume();
    }

    assertEquals(Location.at(Set.of("a")), Eventually.succeeds("a look-up", this::locate));
    assertEquals(
        List.of("c1"),
        registry.entries(List.of(ALICE)).get(0).stream()
            .map(entry -> entry.registration().entry())
            .toList());
  }

  @Test
  @DisplayName("fails in time in a black hole, however many calls there are, and goes on after it")
  void survivesABlackHole() {
    network.blackHole();
    List<CompletableFuture<Void>> calls =
        IntStream.range(0, 30)
            .mapToObj(i -> CompletableFuture.runAsync(() -> assertFailsInTime(this::locate)))
            .toList();
    calls.forEach(call -> Eventually.result("a failure", call));
    assertFailsInTime(() -> register("c2"));

    network.restore();

    assertEquals(Location.at(Set.of("a")), Eventually.succeeds("a look-up", this::locate));
  }

  @Test
  @DisplayName("does not notice that idle connections were cut")
  void survivesACut() {
    for (int i = 0; i < 5; i++) {
      network.cut();

      assertEquals(Location.at(Set.of("a")), locate());
    }
  }

  @Test
  @DisplayName("works over a slow network")
  void worksSlowly() {
    network.delay(Duration.ofMillis(200));

    assertEquals(Location.at(Set.of("a")), locate());
  }

  @Test
  @DisplayName("leaves a server that is not the primary any more, and says that waiting helps")
  void leavesADemotedServer() {
    redis.cli("REPLICAOF", "127.0.0.1", "1");
    try {
      String message = assertFailsInTime(() -> register("c2")).getMessage();
      assertTrue(message.contains("READONLY"), message);
      Eventually.holds(
          "the connection is dropped", () -> !redis.cli("CLIENT", "LIST").contains("name=ds-a"));
    } finally {
      redis.cli("REPLICAOF", "NO", "ONE");
    }

    register("c2");
  }

  @Test
  @DisplayName("closes in time while Redis is frozen, and fails at once from then on")
  void closesInTime() {
    redis.pause();
    try {
      CompletableFuture<RegistryException> waiting =
          CompletableFuture.supplyAsync(() -> assertThrows(RegistryException.class, this::locate));
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      long start = System.nanoTime();

      registry.close();
      registry.close();

      assertTrue(System.nanoTime() - start < IN_TIME.toNanos());
      assertFalse(Eventually.result("a failure", waiting).retryable());
      assertFalse(assertThrows(RegistryException.class, this::locate).retryable());
    } finally {
      redis.resume();
    }
  }

  @Test
  @DisplayName("keeps the interrupt of a thread that waits")
  void keepsTheInterrupt() {
    Thread.currentThread().interrupt();
    RegistryException thrown = assertThrows(RegistryException.class, this::locate);

    assertTrue(Thread.interrupted());
    assertTrue(thrown.retryable());
    assertEquals(Location.at(Set.of("a")), locate());
  }

  @Test
  @DisplayName("leaves no thread and no connection behind")
  void leavesNothing() {
    registry.close();

    Eventually.holds(
        () -> "no thread is left: " + Thread.getAllStackTraces().keySet(),
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("ds-a-redis-")));
    Eventually.holds(
        "no connection is left", () -> !redis.cli("CLIENT", "LIST").contains("name=ds-a"));
  }

  private Location locate() {
    return registry.locate(List.of(ALICE)).get(0);
  }

  private void register(String entry) {
    registry.register(SELF, List.of(new Registration(ALICE, entry, 1, "")), RegistrationLimit.NONE);
  }

  private static RegistryException assertFailsInTime(Executable call) {
    long start = System.nanoTime();
    RegistryException thrown = assertThrows(RegistryException.class, call);
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertTrue(thrown.retryable(), thrown.getMessage());
    assertTrue(took.compareTo(IN_TIME) < 0, "took " + took);
    assertEquals(1, thrown.getMessage().lines().count());
    return thrown;
  }
}
