package org.distributedsockets.rabbitmq;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Which deliveries of one channel were acknowledged, and which of that the broker was told.
 * Delivery tags begin at 1 and have no gaps; acknowledgements come in any order. Thread-safe.
 *
 * <p>The broker is told at once, also of those behind a gap: a connection that is lost would bring
 * them back. What has no gap before it goes as one.
 */
final class AckLedger {
  // The fields below are guarded by this; bit 0 of the sets is the tag "base".
  private long base = 1;
  private long delivered;
  private final BitSet acknowledged = new BitSet();
  private final BitSet told = new BitSet();
  private boolean toTell;
  private boolean closed;

  /**
   * What to tell the broker.
   *
   * @param upTo all up to this one, or 0
   * @param single these, too
   */
  record Batch(long upTo, List<Long> single) {}

  /** A delivery came. */
  synchronized void delivered(long tag) {
    delivered = tag;
  }

  /**
   * A delivery was dealt with. Without effect the second time, or after {@link #close}.
   *
   * @return whether somebody must come for the batch: nobody is on the way
   */
  synchronized boolean acknowledge(long tag) {
    if (closed || tag < base || acknowledged.get(bit(tag))) {
      return false;
    }
    acknowledged.set(bit(tag));
    boolean first = !toTell;
    toTell = true;
    return first;
  }

  /** Whether something waits to be told. */
  synchronized boolean hasToTell() {
    return toTell;
  }

  /** What the broker was not told yet. Counts as told from now on. */
  synchronized Batch take() {
    toTell = false;
    if (closed) {
      return new Batch(0, List.of());
    }
    int prefix = acknowledged.nextClearBit(0);
    // The last one named must be one the broker still has: it does not know told ones any more.
    int last = prefix == 0 ? -1 : told.previousClearBit(prefix - 1);
    long upTo = last < 0 ? 0 : base + last;
    List<Long> single = new ArrayList<>();
    for (int bit = acknowledged.nextSetBit(prefix);
        bit >= 0;
        bit = acknowledged.nextSetBit(bit + 1)) {
      if (!told.get(bit)) {
        told.set(bit);
        single.add(base + bit);
      }
    }
    shift(prefix);
    return new Batch(upTo, single);
  }

  private void shift(int bits) {
    if (bits == 0) {
      return;
    }
    shift(acknowledged, bits);
    shift(told, bits);
    base += bits;
  }

  private static void shift(BitSet set, int bits) {
    BitSet rest = set.get(bits, Math.max(bits, set.length()));
    set.clear();
    set.or(rest);
  }

  private int bit(long tag) {
    return Math.toIntExact(tag - base);
  }

  /** How many deliveries were not acknowledged. */
  synchronized long unacknowledged() {
    return delivered - base + 1 - acknowledged.cardinality();
  }

  /** The channel is gone: acknowledgements mean nothing any more. */
  synchronized void close() {
    closed = true;
  }

  synchronized boolean isClosed() {
    return closed;
  }
}
