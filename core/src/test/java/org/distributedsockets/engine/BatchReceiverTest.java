package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.distributedsockets.engine.wire.BatchEncoder;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.Item.ProbeItem;
import org.distributedsockets.metrics.Counter;
import org.junit.jupiter.api.Test;

class BatchReceiverTest {
  private final CountingMetrics metrics = new CountingMetrics();
  private final RecordingErrors errors = new RecordingErrors();
  private final List<String> handled = new ArrayList<>();
  private final List<Runnable> open = new ArrayList<>();
  private final List<String> acknowledged = new ArrayList<>();
  private BatchReceiver.ItemHandler handler =
      (from, item, settled) -> {
        handled.add(from + " " + ((ProbeItem) item).token());
        open.add(settled);
      };
  private final BatchReceiver receiver =
      new BatchReceiver(
          (from, item, settled) -> handler.onItem(from, item, settled), metrics, errors);

  private static byte[] frame(String from, long incarnation, long number, long... tokens) {
    BatchEncoder encoder = new BatchEncoder(from, incarnation, number, 0);
    for (long token : tokens) {
      Item item = new ProbeItem(token, false);
      assertTrue(encoder.add(item, Integer.MAX_VALUE, true));
    }
    return encoder.toByteArray();
  }

  private void receive(String name, byte[] frame) {
    receiver.onFrame(frame, () -> acknowledged.add(name));
  }

  private void settleAll() {
    List.copyOf(open).forEach(Runnable::run);
  }

  @Test
  void handsOnTheItemsInOrderAndAcknowledgesWhenAllAreSettled() {
    receive("a", frame("n2", 1, 1, 10, 11));
    assertEquals(List.of("n2 10", "n2 11"), handled);
    open.get(1).run();
    assertEquals(List.of(), acknowledged);
    assertEquals(1, receiver.unsettledBatches());
    open.get(0).run();
    assertEquals(List.of("a"), acknowledged);
    assertEquals(0, receiver.unsettledBatches());
  }

  @Test
  void countsWhatItAcknowledgesAfterItsInboxWasTakenOver() {
    receive("before", frame("n2", 1, 1, 10));
    settleAll();
    receive("open", frame("n2", 1, 2, 11));
    receiver.inboxTakenOver();
    receive("after", frame("n2", 1, 3, 12));
    assertEquals(0, metrics.of(Counter.LATE_ACKNOWLEDGEMENTS));

    settleAll();

    assertEquals(1, metrics.of(Counter.LATE_ACKNOWLEDGEMENTS));
    assertEquals(List.of("before", "open", "after"), acknowledged);
  }

  @Test
  void acknowledgesABatchOfNothingAtOnce() {
    receive("a", frame("n2", 1, 1));
    assertEquals(List.of("a"), acknowledged);
  }

  @Test
  void anItemThatSettlesTwiceCountsOnce() {
    receive("a", frame("n2", 1, 1, 10, 11));
    open.get(0).run();
    open.get(0).run();
    assertEquals(List.of(), acknowledged);
  }

  @Test
  void itemsThatSettleInsideTheCallDoNotEndTheBatchTooEarly() {
    handler =
        (from, item, settled) -> {
          assertEquals(List.of(), acknowledged);
          settled.run();
        };
    receive("a", frame("n2", 1, 1, 10, 11));
    assertEquals(List.of("a"), acknowledged);
  }

  @Test
  void aBatchDeliveredAgainBeforeItIsSettledIsAcknowledgedWithTheFirst() {
    byte[] frame = frame("n2", 1, 1, 10);
    receive("a", frame);
    receive("b", frame);
    assertEquals(List.of("n2 10"), handled);
    assertEquals(List.of(), acknowledged);
    settleAll();
    assertEquals(List.of("a", "b"), acknowledged);
    assertEquals(1, metrics.of(Counter.BATCHES_DUPLICATE));
  }

  @Test
  void aBatchDeliveredAgainAfterItWasSettledIsAcknowledgedAtOnce() {
    byte[] frame = frame("n2", 1, 1, 10);
    receive("a", frame);
    settleAll();
    receive("b", frame);
    assertEquals(List.of("n2 10"), handled);
    assertEquals(List.of("a", "b"), acknowledged);
  }

  @Test
  void streamsAreToldApartByNodeAndIncarnation() {
    receive("a", frame("n2", 1, 1, 10));
    receive("b", frame("n2", 2, 1, 11));
    receive("c", frame("n3", 1, 1, 12));
    assertEquals(List.of("n2 10", "n2 11", "n3 12"), handled);
  }

  @Test
  void anOlderBatchThatWasRefusedWhileALaterOneWasTakenIsNotLost() {
    receive("a", frame("n2", 1, 2, 11));
    receive("b", frame("n2", 1, 1, 10));
    assertEquals(List.of("n2 11", "n2 10"), handled);
  }

  @Test
  void anItemWhoseHandlerThrowsIsReportedAndSettled() {
    BatchReceiver.ItemHandler recording = handler;
    handler =
        (from, item, settled) -> {
          if (((ProbeItem) item).token() == 10) {
            throw new IllegalStateException("broken");
          }
          recording.onItem(from, item, settled);
        };
    receive("a", frame("n2", 1, 1, 10, 11));
    assertEquals(List.of("n2 11"), handled);
    assertEquals(List.of("could not handle an item from node n2"), errors.lines);
    settleAll();
    assertEquals(List.of("a"), acknowledged);
  }

  @Test
  void aHandlerThatSettlesAndThenThrowsSettlesOnce() {
    handler =
        (from, item, settled) -> {
          if (((ProbeItem) item).token() == 10) {
            settled.run();
            throw new IllegalStateException("broken");
          }
        };
    receive("a", frame("n2", 1, 1, 10, 11));
    assertEquals(List.of(), acknowledged);
  }

  @Test
  void aFrameThatIsNoBatchIsCountedReportedAndAcknowledged() {
    byte[] cut = frame("n2", 1, 1, 10);
    receive("a", Arrays.copyOf(cut, cut.length - 1));
    receive("b", new byte[0]);
    receive("c", new byte[] {9});
    assertEquals(List.of("a", "b", "c"), acknowledged);
    assertEquals(3, metrics.of(Counter.BATCHES_BAD));
    assertEquals(3, metrics.of(Counter.BATCHES_IN));
    assertEquals(3, errors.lines.size());
    assertEquals(List.of(), handled);
  }

  @Test
  void itemsOfUnknownKindsAreReportedAndTheOthersHandedOn() {
    byte[] known = frame("n2", 1, 1, 10);
    byte[] frame = Arrays.copyOf(known, known.length + 5);
    frame[known.length + 3] = 1;
    frame[known.length + 4] = 99;
    receive("a", frame);
    assertEquals(List.of("n2 10"), handled);
    assertEquals(List.of("1 items that this version cannot read from node n2"), errors.lines);
  }

  @Test
  void forgetsTheStreamThatWasUsedLeastRecentlyWhenThereAreTooMany() {
    receive("first", frame("n2", 0, 1));
    receive("second", frame("n2", 1, 1));
    for (int i = 2; i < 10_000; i++) {
      receive("x", frame("n2", i, 1));
    }
    receive("first again", frame("n2", 0, 1));
    receive("one more", frame("n2", 10_000, 1));
    assertEquals(1, metrics.of(Counter.BATCHES_DUPLICATE));
    receive("first, remembered", frame("n2", 0, 1));
    assertEquals(2, metrics.of(Counter.BATCHES_DUPLICATE));
    receive("second, forgotten", frame("n2", 1, 1));
    assertEquals(2, metrics.of(Counter.BATCHES_DUPLICATE));
  }
}
