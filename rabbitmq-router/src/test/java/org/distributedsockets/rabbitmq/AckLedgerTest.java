package org.distributedsockets.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.distributedsockets.rabbitmq.AckLedger.Batch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The ledger of acknowledgements")
final class AckLedgerTest {
  private static final Batch NOTHING = new Batch(0, List.of());

  private final AckLedger ledger = new AckLedger();

  @Test
  @DisplayName("tells many in a row as one")
  void tellsARowAsOne() {
    deliver(5);
    assertTrue(ledger.acknowledge(2));
    assertFalse(ledger.acknowledge(1));
    assertFalse(ledger.acknowledge(3));

    assertEquals(new Batch(3, List.of()), ledger.take());
    assertEquals(NOTHING, ledger.take());
    assertEquals(2, ledger.unacknowledged());
  }

  @Test
  @DisplayName("tells those behind a gap singly, and never names one twice")
  void tellsBehindAGap() {
    deliver(5);
    ledger.acknowledge(3);
    ledger.acknowledge(4);
    assertEquals(new Batch(0, List.of(3L, 4L)), ledger.take());

    ledger.acknowledge(1);
    ledger.acknowledge(2);
    assertEquals(new Batch(2, List.of()), ledger.take());
    assertTrue(ledger.acknowledge(5));
    assertEquals(new Batch(5, List.of()), ledger.take());
    assertEquals(0, ledger.unacknowledged());
  }

  @Test
  @DisplayName("ignores what was acknowledged before, and everything after the end")
  void ignoresRepetitions() {
    deliver(3);
    ledger.acknowledge(1);
    assertFalse(ledger.acknowledge(1));
    ledger.take();
    assertFalse(ledger.acknowledge(1));
    assertEquals(2, ledger.unacknowledged());

    ledger.acknowledge(2);
    ledger.close();
    assertEquals(NOTHING, ledger.take());
    assertFalse(ledger.acknowledge(3));
  }

  /** The broker as an oracle: it ends the channel when a tag is named that it does not have. */
  @Test
  @DisplayName("never names a tag that the broker does not have, and forgets none")
  void agreesWithABroker() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      AckLedger tried = new AckLedger();
      TreeSet<Long> atBroker = new TreeSet<>();
      TreeSet<Long> open = new TreeSet<>();
      long last = 0;
      for (int step = 0; step < 300; step++) {
        switch (random.nextInt(3)) {
          case 0 -> {
            tried.delivered(++last);
            atBroker.add(last);
            open.add(last);
          }
          case 1 -> {
            if (!open.isEmpty()) {
              long tag = open.stream().skip(random.nextInt(open.size())).findFirst().orElseThrow();
              open.remove(tag);
              tried.acknowledge(tag);
            }
          }
          default -> apply(tried.take(), atBroker);
        }
        assertEquals(open.size(), tried.unacknowledged());
      }
      apply(tried.take(), atBroker);
      assertEquals(open, atBroker);
    }
  }

  private static void apply(Batch batch, NavigableSet<Long> atBroker) {
    if (batch.upTo() > 0) {
      assertTrue(atBroker.contains(batch.upTo()), () -> batch + " of " + atBroker);
      atBroker.headSet(batch.upTo(), true).clear();
    }
    for (long tag : batch.single()) {
      assertTrue(atBroker.remove(tag), () -> batch + " of " + atBroker);
    }
  }

  private void deliver(int count) {
    LongStream.rangeClosed(1, count).forEach(ledger::delivered);
  }
}
