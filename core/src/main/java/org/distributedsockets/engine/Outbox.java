package org.distributedsockets.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.distributedsockets.engine.wire.BatchEncoder;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.Item.AnnounceItem;
import org.distributedsockets.engine.wire.Item.AnswerItem;
import org.distributedsockets.engine.wire.Item.Held;
import org.distributedsockets.engine.wire.Item.MessageItem;
import org.distributedsockets.engine.wire.Item.ReplyItem;
import org.distributedsockets.engine.wire.Item.ReturnItem;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.metrics.Timer;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.PublishResult;
import org.jspecify.annotations.Nullable;

/**
 * What waits to leave for other nodes: one ordered stream per node that batches itself. A lone item
 * leaves at once; what is offered while {@code maxUnconfirmed} batches are unconfirmed leaves as
 * the next batch. A batch that was refused or whose connection was lost is published again, under
 * its number and before anything newer.
 *
 * <p>Thread-safe. Nothing blocks; the bus and the listener are called outside all locks.
 */
final class Outbox {

  /**
   * Something on its way.
   *
   * @param item what it says
   * @param settled run when the bus holds it; not run if it turns out unroutable, but handed on
   *     with it
   * @param bytes how much room it takes, roughly
   */
  record Entry(Item item, Runnable settled, long bytes) {
    /** Nothing else depends on it. */
    static final Runnable NOTHING = () -> {};

    private static final int OVERHEAD_BYTES = 128;

    /** A connection id and a time. */
    private static final int HELD_BYTES = 48;

    Entry(Item item, Runnable settled) {
      this(item, settled, payloadBytes(item) + OVERHEAD_BYTES);
    }

    private static long payloadBytes(Item item) {
      if (item instanceof MessageItem message) {
        return Utf8.length(message.envelope().payload());
      }
      if (item instanceof ReturnItem returned) {
        return Utf8.length(returned.envelope().payload());
      }
      if (item instanceof ReplyItem reply && reply.payload() != null) {
        return Utf8.length(reply.payload());
      }
      return item instanceof AnswerItem answer ? heldBytes(answer.held()) : 0;
    }

    private static long heldBytes(List<Held> all) {
      return all.stream()
          .mapToLong(held -> held.user().length() + held.metadata().length() + HELD_BYTES)
          .sum();
    }

    static Entry of(Item item) {
      return new Entry(item, NOTHING);
    }
  }

  /** Told what became of items. Called on any thread, outside locks. */
  interface Listener {
    void onConfirmed(String node, Item item);

    /**
     * The node has no queue.
     *
     * @param mayHaveLeft whether it had one when this was published before, for all anybody knows
     */
    void onUnroutable(String node, Entry entry, boolean mayHaveLeft);

    void onExpired(String node, Item item);

    /** Whether another node is a member, as far as this one knows. */
    boolean lives(String node);
  }

  record Limits(
      long targetBytes, long totalBytes, int maxUnconfirmed, int batchBytes, int batchItems) {
    Limits {
      if (maxUnconfirmed < 1 || maxUnconfirmed > SeenWindow.MAX_OUTSTANDING) {
        throw new IllegalArgumentException(
            "must be 1 to "
                + SeenWindow.MAX_OUTSTANDING
                + ": unconfirmed batches "
                + maxUnconfirmed);
      }
    }
  }

  private static final long FIRST_RETRY_NANOS = 20_000_000L;
  private static final long LAST_RETRY_NANOS = 1_000_000_000L;

  private final Supplier<NodeIdentity> self;
  private final BiFunction<String, byte[], CompletionStage<PublishResult>> publish;
  private final Limits limits;
  private final NodeRuntime runtime;
  private final MetricsListener metrics;
  private final Listener listener;

  /**
   * One stream per node ever sent to. Never removed: a stream that began its numbers anew would be
   * taken for an old one.
   */
  private final ConcurrentMap<String, Stream> streams = new ConcurrentHashMap<>();

  private final AtomicLong totalBytes = new AtomicLong();
  private volatile boolean up;

  /** How often the bus came up. */
  private final AtomicInteger era = new AtomicInteger();

  Outbox(
      Supplier<NodeIdentity> self,
      BiFunction<String, byte[], CompletionStage<PublishResult>> publish,
      Limits limits,
      NodeRuntime runtime,
      MetricsListener metrics,
      Listener listener) {
    this.self = self;
    this.publish = publish;
    this.limits = limits;
    this.runtime = runtime;
    this.metrics = metrics;
    this.listener = listener;
  }

  /**
   * Takes an item for a node on which nothing depends. Messages are refused when the outbox is
   * full, hints (outcomes, probes, announcements) when it is half full, so that they leave room for
   * messages.
   *
   * @return false if it was refused
   */
  boolean offer(String node, Item item) {
    return stream(node).offer(Entry.of(item));
  }

  /**
   * Takes an item for a node, and runs the action once the bus holds it. What is handed back like
   * this is bounded by what arrived, and is always taken.
   */
  void offer(String node, Item item, Runnable settled) {
    stream(node).offer(new Entry(item, settled));
  }

  private Stream stream(String node) {
    Stream stream = streams.get(node);
    return stream != null ? stream : streams.computeIfAbsent(node, Stream::new);
  }

  void busUp() {
    era.incrementAndGet();
    up = true;
    streams.values().forEach(Stream::pump);
  }

  void busDown() {
    up = false;
  }

  boolean isUp() {
    return up;
  }

  long bytes() {
    return totalBytes.get();
  }

  boolean isEmpty() {
    return streams.values().stream().allMatch(Stream::isEmpty);
  }

  /** Drops waiting messages whose life has ended. */
  void expire(long clusterMillis) {
    streams.values().forEach(stream -> stream.expire(clusterMillis));
  }

  private static final class Batch {
    final byte[] bytes;
    final List<Entry> entries;
    final long countedBytes;
    boolean underWay = true;
    boolean repeated;
    boolean mayBeTaken;
    int publishedInEra;
    long publishedNanos;

    Batch(byte[] bytes, List<Entry> entries, long countedBytes) {
      this.bytes = bytes;
      this.entries = entries;
      this.countedBytes = countedBytes;
    }
  }

  private final class Stream {
    private final String node;

    // Guarded by "this".
    private final ArrayDeque<Entry> waiting = new ArrayDeque<>();
    private final ArrayDeque<Batch> unconfirmed = new ArrayDeque<>();

    /** The announcements that wait: one says as much as two. */
    private final Set<AnnounceItem> announcing = new HashSet<>();

    private long streamBytes;
    private long lastNumber;
    private boolean publishing;
    private long retryNanos = FIRST_RETRY_NANOS;
    private boolean retryScheduled;

    Stream(String node) {
      this.node = node;
    }

    synchronized boolean isEmpty() {
      return waiting.isEmpty() && unconfirmed.isEmpty();
    }

    boolean offer(Entry entry) {
      synchronized (this) {
        if (entry.settled == Entry.NOTHING && !hasRoom(entry)) {
          return false;
        }
        if (entry.item instanceof AnnounceItem announce && !announcing.add(announce)) {
          return true;
        }
        waiting.add(entry);
        account(entry.bytes);
      }
      pump();
      return true;
    }

    /** Guarded by "this". */
    private boolean hasRoom(Entry entry) {
      int share = entry.item instanceof MessageItem ? 1 : 2;
      return streamBytes + entry.bytes <= limits.targetBytes / share
          && totalBytes.get() + entry.bytes <= limits.totalBytes / share;
    }

    private void account(long bytes) {
      streamBytes += bytes;
      totalBytes.addAndGet(bytes);
    }

    /**
     * Publishes whatever may leave now. One thread pumps at a time, so that batches leave in their
     * order.
     */
    void pump() {
      while (true) {
        Batch batch;
        synchronized (this) {
          batch = up && !publishing ? nextBatch() : null;
          if (batch == null) {
            return;
          }
          publishing = true;
        }
        publish(batch);
        synchronized (this) {
          publishing = false;
        }
      }
    }

    /**
     * Guarded by "this". Repetitions go one at a time, the oldest first, and nothing newer leaves
     * before the last of them is confirmed, nor while the result of what was published before the
     * bus came up again is still on its way: so nothing overtakes.
     */
    private @Nullable Batch nextBatch() {
      Batch repeat = null;
      boolean underWay = false;
      boolean newerWait = false;
      for (Batch batch : unconfirmed) {
        underWay |= batch.underWay;
        newerWait |= batch.repeated || batch.publishedInEra != era.get();
        if (!batch.underWay && repeat == null) {
          repeat = batch;
        }
      }
      if (repeat != null) {
        if (underWay || retryScheduled) {
          return null;
        }
        repeat.underWay = true;
        repeat.repeated = true;
        metrics.count(Counter.BATCHES_REPEATED, 1);
        return repeat;
      }
      return !newerWait && unconfirmed.size() < limits.maxUnconfirmed && !waiting.isEmpty()
          ? newBatch()
          : null;
    }

    private Batch newBatch() {
      NodeIdentity identity = self.get();
      long number = ++lastNumber;
      BatchEncoder encoder =
          new BatchEncoder(
              identity.nodeId(),
              identity.incarnationNumber(),
              number,
              (int) Math.min(streamBytes + 64, limits.batchBytes + 4096L));
      List<Entry> entries = new ArrayList<>(Math.min(waiting.size(), limits.batchItems));
      long bytes = 0;
      while (!waiting.isEmpty() && entries.size() < limits.batchItems) {
        Item item = waiting.peek().item;
        if (!encoder.add(item, limits.batchBytes, entries.isEmpty())) {
          break;
        }
        Entry entry = waiting.remove();
        entries.add(entry);
        bytes += entry.bytes;
        if (item instanceof AnnounceItem announce) {
          announcing.remove(announce);
        }
      }
      Batch batch = new Batch(encoder.toByteArray(), entries, bytes);
      unconfirmed.add(batch);
      return batch;
    }

    private void publish(Batch batch) {
      metrics.count(Counter.BATCHES_OUT, 1);
      batch.publishedNanos = runtime.nanoTime();
      batch.publishedInEra = era.get();
      CompletionStage<PublishResult> result;
      try {
        result = publish.apply(node, batch.bytes);
      } catch (RuntimeException e) {
        // The bus was closed, or breaks its promise: nobody knows whether it was taken.
        onResult(batch, PublishResult.UNKNOWN);
        return;
      }
      result.whenComplete(
          (r, failure) ->
              onResult(batch, failure != null || r == null ? PublishResult.UNKNOWN : r));
    }

    private void onResult(Batch batch, PublishResult result) {
      switch (result) {
        case CONFIRMED -> {
          metrics.time(Timer.CONFIRM, runtime.nanoTime() - batch.publishedNanos);
          remove(batch);
          for (Entry entry : batch.entries) {
            listener.onConfirmed(node, entry.item);
            entry.settled.run();
          }
        }
        case UNROUTABLE -> {
          metrics.count(Counter.BATCHES_UNROUTABLE, 1);
          if (batch.mayBeTaken && listener.lives(node)) {
            // Only under its number does the node know that it has it already.
            repeatLater(batch);
          } else {
            remove(batch);
            batch.entries.forEach(entry -> listener.onUnroutable(node, entry, batch.mayBeTaken));
          }
        }
        case REFUSED -> repeatLater(batch);
        case UNKNOWN -> {
          batch.mayBeTaken = true;
          repeatLater(batch);
        }
      }
      pump();
    }

    private synchronized void remove(Batch batch) {
      unconfirmed.remove(batch);
      account(-batch.countedBytes);
      retryNanos = FIRST_RETRY_NANOS;
    }

    /** A pause before the repetition, growing while the bus refuses. */
    private void repeatLater(Batch batch) {
      long pause;
      synchronized (this) {
        batch.underWay = false;
        if (retryScheduled) {
          return;
        }
        retryScheduled = true;
        pause = retryNanos;
        retryNanos = Math.min(retryNanos * 2, LAST_RETRY_NANOS);
      }
      runtime
          .timers()
          .schedule(
              pause,
              () -> {
                synchronized (this) {
                  retryScheduled = false;
                }
                pump();
              });
    }

    void expire(long clusterMillis) {
      List<Item> expired = new ArrayList<>();
      synchronized (this) {
        for (Iterator<Entry> i = waiting.iterator(); i.hasNext(); ) {
          Entry entry = i.next();
          if (entry.item instanceof MessageItem message
              && message.envelope().expiresAtMillis() <= clusterMillis) {
            i.remove();
            expired.add(message);
            account(-entry.bytes);
          }
        }
      }
      expired.forEach(item -> listener.onExpired(node, item));
    }
  }
}
