package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.distributedsockets.Address;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.junit.jupiter.api.Test;

/** One connection too many of a user closes his oldest, wherever that is. */
class DisplacementTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Address USER = Address.user("u0");
  private static final int MORE_THAN_FIT_INTO_THE_OUTBOX = 600;

  private final SimEvents events = new SimEvents(new SplittableRandom(1), 60_000, false);
  private final SimWorld world =
      new SimWorld(
          events,
          new SplittableRandom(2),
          false,
          60_000,
          new SimVariation(false, false, false, true, true, true));
  private final SimProcess n1 = world.start("n1");
  private final SimProcess n2 = world.start("n2");

  private void run(long nanos) {
    events.runUntil(world.now() + nanos);
  }

  /** The user's oldest connections, all on the other node. */
  private List<SimClient> connectAsManyAsMayBe() {
    world.quiet();
    run(SECOND);
    for (int i = 0; i < SimVariation.CONNECTIONS_PER_USER; i++) {
      world.connect(USER.name(), n2);
      run(SECOND);
    }
    List<SimClient> clients = List.copyOf(world.clients());
    assertEquals(SimVariation.CONNECTIONS_PER_USER, clients.size());
    assertAllOpenBut(0, clients);
    return clients;
  }

  private static void assertAllOpenBut(int closed, List<SimClient> clients) {
    assertEquals(closed, clients.stream().filter(client -> !client.isOpen()).count());
  }

  @Test
  void theOldestIsClosedOnAnotherNode() {
    List<SimClient> clients = connectAsManyAsMayBe();
    world.connect(USER.name(), n1);
    run(SECOND);
    assertFalse(clients.get(0).isOpen());
    assertAllOpenBut(1, clients);
  }

  @Test
  void theOrderToCloseItWaitsForRoomInTheOutbox() {
    List<SimClient> clients = connectAsManyAsMayBe();
    world.cluster().busFaults().cut("n1", Duration.ofMinutes(1));
    for (int i = 0; i < MORE_THAN_FIT_INTO_THE_OUTBOX; i++) {
      world.send(n1, 0, USER, false);
    }
    run(SECOND);
    assertEquals(
        Outcome.Reason.BUS_UNAVAILABLE,
        world.oracle().sent().get(MORE_THAN_FIT_INTO_THE_OUTBOX - 1).outcome.reason(),
        "nothing more fits");
    world.connect(USER.name(), n1);
    run(3 * SECOND);
    assertEquals(clients.size() + 1, world.clients().size(), "the newer one is served");
    assertAllOpenBut(0, clients);
    world.cluster().busFaults().mend("n1");
    run(3 * SECOND);
    assertFalse(clients.get(0).isOpen());
    assertAllOpenBut(1, clients);
    assertTrue(world.clients().get(clients.size()).isOpen());
  }

  @Test
  void theOldestDoesNotDisplaceNewerOnesByRegisteringAgain() {
    List<SimClient> clients = connectAsManyAsMayBe();
    world.cluster().busFaults().cut("n1", Duration.ofHours(1));
    world.connect(USER.name(), n1);
    // The order to close the oldest waits, and every registration is written again meanwhile.
    run(NodeSettings.REASSERT_INTERVAL.defaultValue().plusSeconds(60).toNanos());
    assertFalse(clients.get(0).isOpen());
    assertAllOpenBut(1, clients);
    assertTrue(world.clients().get(clients.size()).isOpen());
  }
}
