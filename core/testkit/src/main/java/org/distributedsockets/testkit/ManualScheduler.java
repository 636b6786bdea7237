package org.distributedsockets.testkit;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.distributedsockets.memory.MemoryCluster;
import org.jspecify.annotations.Nullable;

/**
 * A {@link MemoryCluster.Scheduler} in which nothing happens and no time passes until told to.
 * Tasks run in the thread that tells, in the order of their times, then of their arrival.
 * Thread-safe; tell from one thread.
 */
public final class ManualScheduler implements MemoryCluster.Scheduler {
  private static final long START_MILLIS = 1_700_000_000_000L;

  private final ManualTimeSource time = new ManualTimeSource();
  private final long startNanos = time.nanoTime();

  // The fields below are guarded by this.
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::elapsedNanos).thenComparing(Task::number));
  private long handedOver;

  /** Makes one, at some time in the past. */
  public ManualScheduler() {}

  /**
   * Its time.
   *
   * @return a source that reads the same time; do not advance it by itself
   */
  public ManualTimeSource time() {
    return time;
  }

  @Override
  public synchronized void schedule(long delayNanos, Runnable task) {
    tasks.add(new Task(elapsedNanos() + delayNanos, handedOver++, task));
  }

  @Override
  public long nanoTime() {
    return time.nanoTime();
  }

  @Override
  public long currentTimeMillis() {
    return START_MILLIS + Duration.ofNanos(elapsedNanos()).toMillis();
  }

  /** Lets time pass, but runs nothing: the caller is in the middle of something. */
  @Override
  public void sleep(long nanos) {
    time.advance(Duration.ofNanos(nanos));
  }

  /** Runs what is due now, and what becomes due at this time by running it. */
  public void runDue() {
    advance(Duration.ZERO);
  }

  /**
   * Lets time pass and runs what becomes due, each at its time.
   *
   * @param duration how much time
   */
  public void advance(Duration duration) {
    long end = elapsedNanos() + duration.toNanos();
    for (Task next = takeDue(end); next != null; next = takeDue(end)) {
      advanceTo(next.elapsedNanos);
      next.work.run();
    }
    advanceTo(end);
  }

  private synchronized @Nullable Task takeDue(long end) {
    Task next = tasks.peek();
    return next == null || next.elapsedNanos > end ? null : tasks.poll();
  }

  private void advanceTo(long elapsed) {
    time.advance(Duration.ofNanos(Math.max(0, elapsed - elapsedNanos())));
  }

  private long elapsedNanos() {
    return time.nanoTime() - startNanos;
  }

  private record Task(long elapsedNanos, long number, Runnable work) {}
}
