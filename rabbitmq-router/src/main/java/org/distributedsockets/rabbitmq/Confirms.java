package org.distributedsockets.rabbitmq;

import java.util.ArrayList;
import java.util.List;
import org.distributedsockets.spi.PublishResult;
import org.jspecify.annotations.Nullable;

/**
 * The frames that one channel wrote and that the broker has not answered, by their sequence
 * numbers: these begin at 1 and have no gaps. Answers come in any order, several at once. Keeps the
 * frames' results, not their bytes. Thread-safe.
 */
final class Confirms {
  private static final int FIRST_CAPACITY = 64;

  // The fields below are guarded by this.
  private @Nullable Entry[] ring = new Entry[FIRST_CAPACITY];

  /** The oldest number that may be unanswered. */
  private long head = 1;

  /** The number that comes next. */
  private long tail = 1;

  private int unanswered;
  private long unansweredBytes;

  private static final class Entry {
    final Publish publish;
    final long writtenNanos;
    boolean returned;

    Entry(Publish publish, long writtenNanos) {
      this.publish = publish;
      this.writtenNanos = writtenNanos;
    }
  }

  /** A frame with its result. Told by the caller, without a lock. */
  record Settled(Publish publish, PublishResult result) {
    void tell() {
      publish.complete(result);
    }
  }

  /** The frame is about to be written. */
  synchronized void add(long number, Publish publish, long nowNanos) {
    if (number != tail) {
      throw new IllegalStateException("must be " + tail + ": number=" + number);
    }
    if (tail - head == ring.length) {
      grow();
    }
    ring[index(tail)] = new Entry(publish, nowNanos);
    tail++;
    unanswered++;
    unansweredBytes += publish.cost();
  }

  /** The broker has no queue for it; it says so before it answers. */
  synchronized void returned(long number) {
    Entry entry = number >= head && number < tail ? ring[index(number)] : null;
    if (entry != null) {
      entry.returned = true;
    }
  }

  /**
   * The broker answered.
   *
   * @param number which
   * @param multiple whether all older ones are meant, too
   * @param taken whether it took responsibility
   * @return what is settled by this, oldest first
   */
  synchronized List<Settled> answered(long number, boolean multiple, boolean taken) {
    List<Settled> settled = new ArrayList<>();
    for (long at = multiple ? head : number; at <= number; at++) {
      settle(at, taken, settled);
    }
    while (head < tail && ring[index(head)] == null) {
      head++;
    }
    return settled;
  }

  private void settle(long number, boolean taken, List<Settled> settled) {
    if (number < head || number >= tail) {
      return;
    }
    int index = index(number);
    Entry entry = ring[index];
    if (entry == null) {
      return;
    }
    ring[index] = null;
    unanswered--;
    unansweredBytes -= entry.publish.cost();
    PublishResult result =
        !taken
            ? PublishResult.REFUSED
            : entry.returned ? PublishResult.UNROUTABLE : PublishResult.CONFIRMED;
    settled.add(new Settled(entry.publish, result));
  }

  /** The channel is gone: nobody will ever know. Returns them oldest first. */
  synchronized List<Settled> lost() {
    List<Settled> settled = new ArrayList<>();
    for (; head < tail; head++) {
      Entry entry = ring[index(head)];
      if (entry != null) {
        ring[index(head)] = null;
        settled.add(new Settled(entry.publish, PublishResult.UNKNOWN));
      }
    }
    unanswered = 0;
    unansweredBytes = 0;
    return settled;
  }

  synchronized int unanswered() {
    return unanswered;
  }

  /** What the broker may not even have read yet. */
  synchronized long unansweredBytes() {
    return unansweredBytes;
  }

  /** How long the oldest one has been waiting for its answer since the given time, or 0. */
  synchronized long waitingNanos(long nowNanos, long notBeforeNanos) {
    Entry oldest = head < tail ? ring[index(head)] : null;
    if (oldest == null) {
      return 0;
    }
    return Math.min(nowNanos - oldest.writtenNanos, nowNanos - notBeforeNanos);
  }

  private int index(long number) {
    return (int) (number & (ring.length - 1));
  }

  private void grow() {
    @Nullable Entry[] larger = new Entry[2 * ring.length];
    for (long number = head; number < tail; number++) {
      larger[(int) (number & (larger.length - 1))] = ring[index(number)];
    }
    ring = larger;
  }
}
