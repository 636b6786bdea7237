package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.distributedsockets.spi.InboundHandler.Acknowledgement;

/**
 * Acknowledges a batch once each of its items is settled. The batch may be delivered again
 * meanwhile (its inbox was lost): then both deliveries are acknowledged at that moment.
 * Thread-safe.
 */
final class Settlement {
  private final AtomicInteger open;
  private final Runnable afterwards;

  // Guarded by "this".
  private final List<Acknowledgement> acknowledgements = new ArrayList<>(1);
  private boolean settled;

  Settlement(int items, Acknowledgement acknowledgement, Runnable afterwards) {
    this.open = new AtomicInteger(items);
    this.afterwards = afterwards;
    acknowledgements.add(acknowledgement);
  }

  /** To be called exactly once per item. */
  void itemSettled() {
    if (open.decrementAndGet() == 0) {
      List<Acknowledgement> due;
      synchronized (this) {
        settled = true;
        due = List.copyOf(acknowledgements);
      }
      afterwards.run();
      due.forEach(Acknowledgement::acknowledge);
    }
  }

  void deliveredAgain(Acknowledgement acknowledgement) {
    synchronized (this) {
      if (!settled) {
        acknowledgements.add(acknowledgement);
        return;
      }
    }
    acknowledgement.acknowledge();
  }
}
