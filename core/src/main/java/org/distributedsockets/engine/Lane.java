package org.distributedsockets.engine;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.distributedsockets.spi.GatheringChannel;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The bounded way out to one connection: in order, one send under way at a time, a deadline for
 * each. Thread-safe; never blocks; calls the channel and the owner outside its lock.
 */
final class Lane {

  /** What became of an offer. */
  enum Offer {
    TAKEN,
    /** Not now: too much waits. */
    LANE_FULL,
    /** Never: an empty lane has no room for it. */
    TOO_LARGE,
    NODE_BUSY,
    CLOSED
  }

  /** Told what became of one entry, exactly once. */
  interface Receipt {
    void written();

    /** It was not given to the channel. */
    void unsent();

    /** It was given to the channel, and the send failed: the client may have it or not. */
    default void broken() {
      unsent();
    }
  }

  /** Told of what leaves and of what ends the connection. */
  interface Owner {
    /** A text was written. */
    default void onWritten() {}

    /** A send failed, of which the receipts will hear next. */
    default void onSendFailing() {}

    /** A send failed, and its receipts have heard: the connection is gone. */
    void onSendFailed(Throwable failure);
  }

  /** What all lanes of a node share. */
  static final class Budget {
    private static final int ANSWERS_SHARE = 16;

    private final long maxBytes;
    private final BooleanSupplier crowded;
    private final AtomicLong used = new AtomicLong();

    /**
     * Makes a budget.
     *
     * @param maxBytes what all lanes together may hold; a sixteenth more of answers
     * @param crowded whether so much of the inbox waits for lanes that no more may queue up
     */
    Budget(long maxBytes, BooleanSupplier crowded) {
      this.maxBytes = maxBytes;
      this.crowded = crowded;
    }

    private boolean take(long bytes, boolean answer) {
      long most = answer ? maxBytes + maxBytes / ANSWERS_SHARE : maxBytes;
      if (used.addAndGet(bytes) > most) {
        used.addAndGet(-bytes);
        return false;
      }
      return true;
    }

    private void give(long bytes) {
      used.addAndGet(-bytes);
    }

    long usedBytes() {
      return used.get();
    }
  }

  /** Added to each entry, so that many small ones are bounded too. */
  private static final int ENTRY_OVERHEAD_BYTES = 64;

  /**
   * What leaves in one write at the most, unless it is one text: a slow client must do it in time.
   */
  private static final long TOGETHER_BYTES = 16 << 10;

  /** How long a send may still be under way after its lane was closed. */
  private static final long LAST_SEND_NANOS = 5_000_000_000L;

  private static final Receipt NO_RECEIPT =
      new Receipt() {
        @Override
        public void written() {}

        @Override
        public void unsent() {}
      };

  /** Without a text it is not sent, but marks a place in the order. */
  private record Entry(@Nullable String text, Receipt receipt, long bytes) {}

  private record Mark(Runnable action) implements Receipt {
    @Override
    public void written() {
      action.run();
    }

    @Override
    public void unsent() {
      action.run();
    }
  }

  private final long maxBytes;
  private final Budget budget;
  private final Cork cork;
  private final NodeRuntime runtime;
  private final Owner owner;

  // Guarded by "this". An idle lane holds no queue.
  private @Nullable ArrayDeque<Entry> waiting;
  private long waitingBytes;
  private @Nullable WebSocketChannel channel;
  private boolean busy;

  /** Nothing waits for the client, but for the rest of a batch. */
  private boolean held;

  private long busySinceNanos;
  private boolean closed;
  private @Nullable Runnable closeWhenEmpty;
  private @Nullable Send underWay;

  Lane(long maxBytes, Budget budget, Cork cork, NodeRuntime runtime, Owner owner) {
    this.maxBytes = maxBytes;
    this.budget = budget;
    this.cork = cork;
    this.runtime = runtime;
    this.owner = owner;
  }

  /** The way out is there: what waits begins to leave. */
  void open(WebSocketChannel opened) {
    synchronized (this) {
      channel = opened;
      if (closed || busy || waiting == null) {
        return;
      }
      busy = true;
      busySinceNanos = runtime.nanoTime();
    }
    sendWaiting(opened);
  }

  /** Takes an answer to the client, for which there is room also where messages find none. */
  Offer offer(String answer) {
    return offer(answer, Utf8.length(answer), NO_RECEIPT);
  }

  /**
   * Takes a message; the receipt hears of it only if the answer is TAKEN.
   *
   * @param utf8Bytes the length of the text in UTF-8
   */
  Offer offer(String text, long utf8Bytes, Receipt receipt) {
    Entry entry = new Entry(text, receipt, utf8Bytes + ENTRY_OVERHEAD_BYTES);
    WebSocketChannel out;
    synchronized (this) {
      if (closed || closeWhenEmpty != null) {
        return Offer.CLOSED;
      }
      if (entry.bytes > maxBytes) {
        return Offer.TOO_LARGE;
      }
      if (waitingBytes + entry.bytes > maxBytes) {
        return Offer.LANE_FULL;
      }
      boolean answer = receipt == NO_RECEIPT;
      boolean queues = waiting != null && !waiting.isEmpty() && !held;
      if (queues && !answer && budget.crowded.getAsBoolean()) {
        return Offer.NODE_BUSY;
      }
      if (!budget.take(entry.bytes, answer)) {
        return Offer.NODE_BUSY;
      }
      if (waiting == null) {
        waiting = new ArrayDeque<>(4);
      }
      waiting.add(entry);
      waitingBytes += entry.bytes;
      out = channel;
      if (busy || out == null) {
        return Offer.TAKEN;
      }
      busy = true;
      held = cork.isHeldHere();
      busySinceNanos = runtime.nanoTime();
    }
    WebSocketChannel to = out;
    cork.run(() -> sendWaiting(to));
    return Offer.TAKEN;
  }

  /** Runs something, possibly inside this call, once all that waits is written, or unsent. */
  void afterWaiting(Runnable action) {
    synchronized (this) {
      if (!closed && (busy || waiting != null)) {
        if (waiting == null) {
          waiting = new ArrayDeque<>(4);
        }
        waiting.add(new Entry(null, new Mark(action), 0));
        return;
      }
    }
    action.run();
  }

  /**
   * Sends one after the other, or what waits together if the channel can. Whoever made the lane
   * busy runs this; a send that ends later runs it again.
   */
  private void sendWaiting(WebSocketChannel out) {
    while (true) {
      Entry mark = null;
      Send send = null;
      Runnable afterLast = null;
      synchronized (this) {
        held = false;
        ArrayDeque<Entry> queue = closed ? null : waiting;
        Entry first = queue == null ? null : queue.poll();
        if (queue == null || first == null) {
          busy = false;
          waiting = null;
          afterLast = closeWhenEmpty;
          closeWhenEmpty = null;
        } else if (first.text == null) {
          mark = first;
        } else {
          send = new Send(together(first, queue, out), out);
          waitingBytes -= send.bytes;
          busySinceNanos = runtime.nanoTime();
        }
        underWay = send;
      }
      if (mark != null) {
        mark.receipt.written();
      } else if (send == null) {
        if (afterLast != null) {
          afterLast.run();
        }
        return;
      } else if (!send.endsInsideTheCall()) {
        return;
      }
    }
  }

  /** Guarded by "this". What leaves together: an entry alone, or with what waits behind it. */
  private List<Entry> together(Entry first, ArrayDeque<Entry> behind, WebSocketChannel out) {
    if (!(out instanceof GatheringChannel) || !isText(behind.peek())) {
      return List.of(first);
    }
    List<Entry> together = new ArrayList<>();
    together.add(first);
    long bytes = first.bytes;
    Entry next = behind.peek();
    while (next != null && isText(next) && bytes + next.bytes <= TOGETHER_BYTES) {
      together.add(behind.remove());
      bytes += next.bytes;
      next = behind.peek();
    }
    return together;
  }

  private static boolean isText(@Nullable Entry entry) {
    return entry != null && entry.text != null;
  }

  /**
   * One send under way. Ends once; if it ends inside the call that began it, the loop there goes
   * on.
   */
  private final class Send implements Consumer<@Nullable Throwable> {
    private static final int CALLING = 0;
    private static final int LATER = 1;
    private static final int ENDED = 2;

    private final List<Entry> entries;
    private final long bytes;
    private final WebSocketChannel out;
    private final AtomicInteger state = new AtomicInteger(CALLING);

    Send(List<Entry> entries, WebSocketChannel out) {
      this.entries = entries;
      this.bytes = bytesOf(entries);
      this.out = out;
    }

    /** Begins it. */
    boolean endsInsideTheCall() {
      try {
        if (out instanceof GatheringChannel gathering) {
          gathering.send(texts(), this);
        } else {
          out.send(texts().get(0), this);
        }
      } catch (RuntimeException e) {
        accept(e);
      }
      return !state.compareAndSet(CALLING, LATER);
    }

    private List<String> texts() {
      if (entries.size() == 1) {
        return List.of(Objects.requireNonNull(entries.get(0).text));
      }
      List<String> texts = new ArrayList<>(entries.size());
      for (Entry entry : entries) {
        texts.add(Objects.requireNonNull(entry.text));
      }
      return texts;
    }

    @Override
    public void accept(@Nullable Throwable failure) {
      int before = state.getAndSet(ENDED);
      if (before == ENDED) {
        return;
      }
      budget.give(bytes);
      try {
        tell(failure);
      } finally {
        if (before == LATER) {
          sendWaiting(out);
        }
      }
    }

    private void tell(@Nullable Throwable failure) {
      if (failure != null) {
        owner.onSendFailing();
      }
      for (Entry entry : entries) {
        if (failure == null) {
          owner.onWritten();
          entry.receipt.written();
        } else {
          entry.receipt.broken();
        }
      }
      if (failure != null) {
        owner.onSendFailed(failure);
      }
    }
  }

  private static long bytesOf(List<Entry> entries) {
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.bytes;
    }
    return bytes;
  }

  /**
   * Pings if nothing is under way; a send under way longer than its deadline is the better sign of
   * a dead client. The ping counts as under way, so that nothing is sent beside it.
   *
   * @return whether a ping will leave
   */
  boolean ping() {
    WebSocketChannel out;
    synchronized (this) {
      out = channel;
      if (busy || closed || out == null) {
        return false;
      }
      busy = true;
      busySinceNanos = runtime.nanoTime();
    }
    WebSocketChannel to = out;
    runtime
        .sockets()
        .execute(
            () -> {
              try {
                to.ping();
              } catch (IOException | RuntimeException e) {
                owner.onSendFailed(e);
              }
              sendWaiting(to);
            });
    return true;
  }

  /** Whether something has been under way for longer than the deadline. */
  synchronized boolean stalled(long nowNanos, long deadlineNanos) {
    return busy && nowNanos - busySinceNanos > deadlineNanos;
  }

  /**
   * Ends the lane: nothing more is taken, what waits is unsent. A send under way has a last moment
   * to end by itself; some containers never call back for a session that was closed.
   */
  void close() {
    List<Entry> unsent = List.of();
    Send last;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      last = busy ? underWay : null;
      closeWhenEmpty = null;
      if (waiting != null) {
        unsent = new ArrayList<>(waiting);
        waiting = null;
        waitingBytes = 0;
      }
    }
    for (Entry entry : unsent) {
      budget.give(entry.bytes);
      entry.receipt.unsent();
    }
    if (last != null) {
      runtime.timers().schedule(LAST_SEND_NANOS, () -> last.accept(new IOException("closed")));
    }
  }

  /**
   * Takes nothing more, and runs the action once what waits is written; at once if nothing is under
   * way.
   */
  void closeWhenEmpty(Runnable action) {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (busy || waiting != null) {
        closeWhenEmpty = action;
        return;
      }
    }
    action.run();
  }
}
