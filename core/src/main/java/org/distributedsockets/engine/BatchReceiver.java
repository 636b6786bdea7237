package org.distributedsockets.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.engine.wire.Batch;
import org.distributedsockets.engine.wire.BatchDecoder;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.MalformedBatchException;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.spi.InboundHandler;
import org.jspecify.annotations.Nullable;

/**
 * Takes the batches of one inbox: reads them, drops those seen before, hands on the items and
 * acknowledges a batch after all its items are settled. Called by one thread at a time, as {@link
 * InboundHandler} says; items settle on any thread.
 */
final class BatchReceiver implements InboundHandler {

  /** Gets the items in order. */
  interface ItemHandler {
    /**
     * An item arrived.
     *
     * @param from the node that sent it
     * @param item what it says
     * @param settled to be called exactly once, on any thread, when the item needs the batch no
     *     longer
     */
    void onItem(String from, Item item, Runnable settled);
  }

  /**
   * Streams remembered at the most. Each incarnation of a node is a stream of its own, so old ones
   * are forgotten first.
   */
  private static final int MAX_STREAMS = 10_000;

  private record StreamKey(String node, long incarnation) {}

  private static final class Stream {
    final SeenWindow window = new SeenWindow();
    final ConcurrentHashMap<Long, Settlement> open = new ConcurrentHashMap<>();
  }

  private final ItemHandler handler;
  private final MetricsListener metrics;
  private final ErrorListener errors;
  private final AtomicInteger unsettled = new AtomicInteger();
  private final AtomicInteger takeovers = new AtomicInteger();
  private final AtomicLong batches = new AtomicLong();

  /** In order of last use. Only touched by the inbox's thread. */
  private final Map<StreamKey, Stream> streams =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<StreamKey, Stream> eldest) {
          return size() > MAX_STREAMS;
        }
      };

  BatchReceiver(ItemHandler handler, MetricsListener metrics, ErrorListener errors) {
    this.handler = handler;
    this.metrics = metrics;
    this.errors = errors;
  }

  /** Batches whose items are not all settled. */
  int unsettledBatches() {
    return unsettled.get();
  }

  /** How many batches came in. */
  long batches() {
    return batches.get();
  }

  /** What was delivered before is delivered again to whoever has the inbox now. */
  void inboxTakenOver() {
    takeovers.incrementAndGet();
  }

  @Override
  public void onFrame(byte[] frame, Acknowledgement acknowledgement) {
    metrics.count(Counter.BATCHES_IN, 1);
    batches.incrementAndGet();
    Batch batch = decode(frame);
    if (batch == null) {
      acknowledgement.acknowledge();
      return;
    }
    Stream stream =
        streams.computeIfAbsent(
            new StreamKey(batch.from(), batch.incarnation()), key -> new Stream());
    if (stream.window.firstSight(batch.number())) {
      handle(batch, stream, acknowledgement);
    } else {
      metrics.count(Counter.BATCHES_DUPLICATE, 1);
      Settlement open = stream.open.get(batch.number());
      if (open == null) {
        acknowledgement.acknowledge();
      } else {
        open.deliveredAgain(acknowledgement);
      }
    }
  }

  private void handle(Batch batch, Stream stream, Acknowledgement acknowledgement) {
    unsettled.incrementAndGet();
    int takeoversBefore = takeovers.get();
    // One more than there are items, so that the batch cannot end before all were handed on.
    Settlement settlement =
        new Settlement(
            batch.items().size() + 1,
            acknowledgement,
            () -> {
              stream.open.remove(batch.number());
              unsettled.decrementAndGet();
              if (takeovers.get() != takeoversBefore) {
                metrics.count(Counter.LATE_ACKNOWLEDGEMENTS, 1);
              }
            });
    stream.open.put(batch.number(), settlement);
    for (Item item : batch.items()) {
      handOn(batch.from(), item, settlement);
    }
    settlement.itemSettled();
  }

  private void handOn(String from, Item item, Settlement settlement) {
    AtomicInteger once = new AtomicInteger();
    Runnable settled =
        () -> {
          if (once.getAndIncrement() == 0) {
            settlement.itemSettled();
          }
        };
    try {
      handler.onItem(from, item, settled);
    } catch (RuntimeException e) {
      errors.onError("could not handle an item from node " + from, e);
      settled.run();
    }
  }

  private @Nullable Batch decode(byte[] frame) {
    try {
      Batch batch = BatchDecoder.decode(frame);
      if (batch.unknownItems() > 0) {
        errors.onError(
            batch.unknownItems() + " items that this version cannot read from node " + batch.from(),
            null);
      }
      return batch;
    } catch (MalformedBatchException e) {
      metrics.count(Counter.BATCHES_BAD, 1);
      errors.onError(
          "dropped a frame of " + frame.length + " bytes from the bus: " + e.getMessage(), null);
      return null;
    }
  }
}
