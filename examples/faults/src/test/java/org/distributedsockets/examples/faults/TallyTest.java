package org.distributedsockets.examples.faults;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.distributedsockets.examples.chat.testkit.Client;
import org.junit.jupiter.api.Test;

/** The oracle sees what it is there to see. */
class TallyTest {
  private static final int GOING_AWAY = 1001;

  private final Ledger ledger = new Ledger();
  private final Device alice = ledger.opened("alice", "n1", true);
  private final Device bob = ledger.opened("bob", "n2", true);

  private Letter letter() {
    return ledger.sent(alice, "bob");
  }

  private void receipt(Letter letter, String rest) {
    ledger.received(alice, "{\"receipt\":\"" + letter.number() + "\",\"status\":\"" + rest + "}");
  }

  private void arrives(Letter letter, Device at) {
    ledger.received(at, "{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"" + letter.number() + "\"}");
  }

  private Tally tally() {
    return new Tally(ledger, Map.of());
  }

  private List<Letter> lost() {
    return tally().lost().stream().map(Tally.Lost::letter).toList();
  }

  @Test
  void findsNothingWhereAllIsWell() {
    Letter letter = letter();
    arrives(letter, bob);
    receipt(letter, "delivered\",\"connections\":1");

    Tally tally = tally();
    assertEquals(List.of(), tally.lost());
    assertEquals(List.of(), tally.silent());
    assertEquals(1, tally.count("delivered"));
  }

  @Test
  void findsWhatWasDeliveredAndNeverCame() {
    Letter letter = letter();
    receipt(letter, "delivered\",\"connections\":1");
    assertEquals(List.of(letter), lost());
  }

  @Test
  void leavesToTcpWhatDiedWithItsSocket() {
    Letter letter = letter();
    receipt(letter, "delivered\",\"connections\":1");
    bob.close(System.nanoTime(), Client.LOST);

    Tally tally = tally();
    assertEquals(List.of(), tally.lost());
    assertEquals(1, tally.diedWithSocket());
  }

  @Test
  void leavesNothingToTcpIfTheSocketWasClosedInGoodOrder() {
    Letter letter = letter();
    receipt(letter, "delivered\",\"connections\":1");
    bob.close(System.nanoTime(), GOING_AWAY);
    assertEquals(List.of(letter), lost());
  }

  @Test
  void findsWhatWasAcceptedAndNeitherCameNorWentToTheHook() {
    Letter letter = letter();
    receipt(letter, "accepted\"");
    assertEquals(List.of(letter), lost());

    Tally told = new Tally(ledger, Map.of(letter.number(), List.of("offline")));
    assertEquals(List.of(), told.lost());
    assertEquals(1, told.toHook());
  }

  @Test
  void findsSilence() {
    Letter silent = letter();
    assertEquals(List.of(silent), tally().silent());

    alice.close(System.nanoTime(), Client.LOST);
    assertEquals(List.of(), tally().silent());
    assertEquals(1, tally().askerGone());
  }

  @Test
  void findsTwoReceipts() {
    Letter letter = letter();
    receipt(letter, "unavailable\",\"reason\":\"bus_unavailable\"");
    receipt(letter, "unavailable\",\"reason\":\"bus_unavailable\"");
    assertEquals(List.of(letter), tally().answeredTwice());
  }

  @Test
  void findsDoublesAndTellsThemFromOtherDevices() {
    Letter letter = letter();
    arrives(letter, bob);
    arrives(letter, bob);
    receipt(letter, "delivered\",\"connections\":1");
    assertEquals(1, tally().doubled());
    assertEquals(0, tally().again());

    arrives(letter, ledger.opened("bob", "n3", true));
    assertEquals(1, tally().doubled());
    assertEquals(1, tally().again());
  }

  @Test
  void findsWhatWasOvertaken() {
    Letter first = letter();
    Letter second = letter();
    arrives(second, bob);
    arrives(first, bob);
    assertEquals(1, tally().late().size());
  }

  @Test
  void findsWhoWasTakenForOffline() {
    Letter letter = letter();
    receipt(letter, "offline\"");
    assertEquals(1, tally().offlineToNewcomer());
    assertEquals(List.of(letter), tally().hookNotCalled());

    Device longThere = new Device(9, "bob", "n2", true, System.nanoTime() - SECONDS.toNanos(60));
    ledger.devicesOf("bob").add(longThere);
    assertEquals(1, tally().wronglyOffline().size());
  }

  @Test
  void excusesTheSocketsOfAFrozenNode() {
    ledger.excuse("n2");
    Letter letter = letter();
    receipt(letter, "offline\"");
    assertEquals(0, tally().offlineToNewcomer());

    ledger.excuseUntil("n2", System.nanoTime());
    Letter later = letter();
    receipt(later, "offline\"");
    assertEquals(1, tally().offlineToNewcomer());
  }

  @Test
  void findsWhatCameThoughNobodyWasThere() {
    Letter letter = letter();
    receipt(letter, "offline\"");
    arrives(letter, bob);
    assertEquals(letter, tally().offlineButArrived().get(0).letter());
  }

  @Test
  void findsWhatIsNotForWhoGotIt() {
    arrives(letter(), ledger.opened("carol", "n1", true));
    assertTrue(tally().surprises().get(0).contains("carol"));
  }

  @Test
  void doesNotMissWhoWasLeaving() {
    bob.leave(System.nanoTime());
    Letter letter = letter();
    receipt(letter, "offline\"");
    bob.close(System.nanoTime(), GOING_AWAY);
    assertEquals(0, tally().offlineToNewcomer());
  }
}
