package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.distributedsockets.memory.MemoryCluster;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time: one queue of events, ordered by time and then by arrival. Everything that happens
 * in a simulation happens in one of them, on the thread that calls {@link #runUntil}, or on a
 * thread of {@link SimThreads} that it waits for.
 */
final class SimEvents implements MemoryCluster.Scheduler {
  private static final long START_NANOS = 1_000_000_000_000L;
  private static final long START_MILLIS = 1_700_000_000_000L;

  /** Something to happen. */
  static final class Event implements Comparable<Event> {
    private final long atNanos;
    private final long number;
    private final @Nullable SimProcess owner;
    private final Runnable task;

    private Event(long atNanos, long number, @Nullable SimProcess owner, Runnable task) {
      this.atNanos = atNanos;
      this.number = number;
      this.owner = owner;
      this.task = task;
    }

    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  /** A place where what is handed in first happens first. */
  static final class Line {
    private long lastNanos;
  }

  private final PriorityQueue<Event> queue = new PriorityQueue<>(256);
  private final SplittableRandom chance;
  private final long jitterNanos;
  private final @Nullable List<String> trace;
  private final SimThreads threads;
  private long nowNanos = START_NANOS;
  private long lastNumber;
  private long hash = 1;

  SimEvents(SplittableRandom chance, long jitterNanos, boolean traced) {
    this.chance = chance;
    this.jitterNanos = jitterNanos;
    this.trace = traced ? new ArrayList<>() : null;
    this.threads = new SimThreads(this);
  }

  SimThreads threads() {
    return threads;
  }

  /** Most of the time short, now and then as long as it gets. */
  long jitter() {
    long bound = (chance.nextInt() & 7) == 0 ? jitterNanos : Math.min(jitterNanos, 50_000);
    return chance.nextLong(bound);
  }

  /** At a time, for a process; held back while it is frozen, dropped when it is dead. */
  void at(@Nullable SimProcess owner, long delayNanos, Runnable task) {
    queue.add(new Event(nowNanos + delayNanos, ++lastNumber, owner, task));
  }

  /** Soon, but behind what was handed in before. */
  void inLine(Line line, SimProcess owner, Runnable task) {
    line.lastNanos = Math.max(line.lastNanos, nowNanos + jitter());
    queue.add(new Event(line.lastNanos, ++lastNumber, owner, task));
  }

  void again(List<Event> held) {
    held.forEach(event -> queue.add(new Event(nowNanos, ++lastNumber, event.owner, event.task)));
  }

  void runUntil(long nanos) {
    while (true) {
      Event next = queue.peek();
      if (next == null || next.atNanos > nanos) {
        nowNanos = nanos;
        return;
      }
      queue.poll();
      nowNanos = Math.max(nowNanos, next.atNanos);
      run(next);
    }
  }

  private void run(Event event) {
    SimProcess owner = event.owner;
    if (owner == null) {
      mix(event.number);
      event.task.run();
    } else if (owner.isFrozen()) {
      owner.hold(event);
    } else if (!owner.isDead()) {
      mix(event.number);
      owner.run(event.task);
    }
  }

  private void mix(long value) {
    hash = (hash ^ value ^ (nowNanos << 20)) * 0x9E3779B97F4A7C15L;
    hash ^= hash >>> 29;
  }

  /** Notes what happened: into the hash by its number, into the trace by its words. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation is of a library we do not use
  void note(long number, String format, Object... values) {
    mix(number);
    trace(format, values);
  }

  /** Into the trace only. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation is of a library we do not use
  void trace(String format, Object... values) {
    if (trace != null) {
      trace.add(
          String.format("%10.4f ", (nowNanos - START_NANOS) / 1e9) + String.format(format, values));
    }
  }

  boolean isTraced() {
    return trace != null;
  }

  List<String> trace() {
    return trace == null ? List.of() : trace;
  }

  long hash() {
    return hash;
  }

  long events() {
    return lastNumber;
  }

  long sinceStartNanos() {
    return nowNanos - START_NANOS;
  }

  // ---- for the in-memory registry and bus

  @Override
  public void schedule(long delayNanos, Runnable task) {
    at(null, delayNanos == 0 ? jitter() : delayNanos, task);
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public long currentTimeMillis() {
    return START_MILLIS + (nowNanos - START_NANOS) / 1_000_000;
  }

  @Override
  public void sleep(long nanos) {
    threads.sleep(nanos);
  }
}
