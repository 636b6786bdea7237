package org.distributedsockets.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.distributedsockets.Address;
import org.distributedsockets.memory.MemoryCluster;
import org.distributedsockets.memory.RegistryFaults;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A fault of the registry in memory")
final class RegistryFaultsTest {
  private static final Duration LEASE = Duration.ofMinutes(1);
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final Address ALICE = Address.user("alice");
  private static final Address BOB = Address.user("bob");
  private static final NodeIdentity A = NodeIdentity.of("a", 1);

  private final ManualScheduler scheduler = new ManualScheduler();
  private final MemoryCluster cluster = new MemoryCluster(scheduler, GRACE);
  private final RegistryFaults faults = cluster.registryFaults();
  private final ConnectionRegistry a = cluster.openRegistry("a", TIMEOUT);
  private final ConnectionRegistry b = cluster.openRegistry("b", TIMEOUT);

  @BeforeEach
  void joinAndRegisterAlice() {
    a.renew(LeaseRequest.joining(A, LEASE));
    register(ALICE);
  }

  @Test
  @DisplayName("may be that it is away: calls fail without effect, and nothing is lost")
  void away() {
    faults.goAway();
    assertTrue(assertThrows(RegistryException.class, () -> register(BOB)).retryable());
    assertThrows(RegistryException.class, () -> locate(b, ALICE));

    faults.comeBack();

    assertEquals(Location.at(Set.of("a")), locate(b, ALICE));
    assertEquals(Location.ABSENT, locate(b, BOB));
  }

  @Test
  @DisplayName("may concern one node only")
  void awayForOne() {
    faults.cutOff("b");

    assertThrows(RegistryException.class, () -> locate(b, ALICE));
    assertEquals(Location.at(Set.of("a")), locate(a, ALICE));
  }

  @Test
  @DisplayName(
      "may be that it is slow, and too slow for the operation timeout although the work is done")
  void slow() {
    long before = scheduler.nanoTime();
    faults.answerAfter(Duration.ofSeconds(1));
    register(BOB);
    assertEquals(Duration.ofSeconds(1).toNanos(), scheduler.nanoTime() - before);

    faults.answerAfter(Duration.ofMinutes(1));
    assertThrows(RegistryException.class, () -> a.unregister(A, List.of(registration(BOB))));
    assertEquals(Duration.ofSeconds(3).toNanos(), scheduler.nanoTime() - before);

    faults.answerAfter(Duration.ZERO);
    assertEquals(Location.ABSENT, locate(b, BOB));
  }

  @Test
  @DisplayName("may be a lost answer: the call was applied, and repeating it changes nothing")
  void lostAnswer() {
    faults.loseNextAnswers(1);

    assertThrows(RegistryException.class, () -> register(BOB));

    assertEquals(Location.at(Set.of("a")), locate(b, BOB));
    register(BOB);
    assertEquals(1, b.entries(List.of(BOB)).get(0).size());
  }

  @Test
  @DisplayName("may be a failover that loses the last writes, noticed by its epoch")
  void failover() {
    String epoch = a.renew(LeaseRequest.joining(A, LEASE)).epoch();
    faults.stopReplicating();
    register(BOB);

    faults.failOver();

    assertEquals(Location.at(Set.of("a")), locate(b, ALICE));
    assertEquals(Location.UNKNOWN, locate(b, BOB));
    assertNotEquals(epoch, a.renew(LeaseRequest.joining(A, LEASE)).epoch());
    scheduler.advance(GRACE);
    assertEquals(Location.ABSENT, locate(b, BOB));
  }

  @Test
  @DisplayName("may be a failover that nobody notices")
  void unnoticedFailover() {
    String epoch = a.renew(LeaseRequest.joining(A, LEASE)).epoch();
    faults.stopReplicating();
    register(BOB);

    faults.failOverUnnoticed();

    assertEquals(Location.ABSENT, locate(b, BOB));
    assertEquals(epoch, a.renew(LeaseRequest.joining(A, LEASE)).epoch());
  }

  @Test
  @DisplayName("may be the loss of everything; a new cluster's registry has lost nothing")
  void clear() {
    assertEquals(Location.ABSENT, locate(b, BOB));

    faults.clear();

    assertEquals(Location.UNKNOWN, locate(b, ALICE));
    assertEquals(
        List.of(),
        b.renew(LeaseRequest.joining(NodeIdentity.of("b", 2), LEASE)).members().stream()
            .filter(A::equals)
            .toList());
  }

  @Test
  @DisplayName("is not that entries of nodes are kept for ever that never come back")
  void sweepsTheDead() {
    scheduler.advance(Duration.ofHours(3));
    b.renew(LeaseRequest.joining(NodeIdentity.of("b", 2), LEASE));

    a.renew(LeaseRequest.joining(A, LEASE));

    assertEquals(Location.ABSENT, locate(b, ALICE));
  }

  private void register(Address address) {
    a.register(A, List.of(registration(address)), RegistrationLimit.NONE);
  }

  private static Registration registration(Address address) {
    return new Registration(address, "c1", 1, "");
  }

  private static Location locate(ConnectionRegistry registry, Address address) {
    return registry.locate(List.of(address)).get(0);
  }
}
