package org.distributedsockets.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A {@link NodeRuntime} in which no time passes and no task runs until a test says so, in the
 * thread that says it. Its clock begins shortly before the reading overflows, because a clock may
 * begin anywhere.
 */
final class ManualRuntime {
  private static final long START_NANOS = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();

  private final AtomicLong elapsedNanos = new AtomicLong();
  private final AtomicLong lastRandom = new AtomicLong();
  private final Queue<Runnable> blocking = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> sockets = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> callbacks = new ConcurrentLinkedQueue<>();

  // Guarded by "this".
  private final PriorityQueue<Task> timers =
      new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparing(Task::number));
  private long scheduled;

  private record Task(long atNanos, long number, Runnable work) {}

  NodeRuntime runtime() {
    return new NodeRuntime(
        this::nanoTime,
        this::wallClock,
        this::schedule,
        blocking::add,
        sockets::add,
        callbacks::add,
        lastRandom::incrementAndGet);
  }

  long nanoTime() {
    return START_NANOS + elapsedNanos.get();
  }

  Instant wallClock() {
    return Instant.ofEpochSecond(0, elapsedNanos.get());
  }

  private synchronized void schedule(long delayNanos, Runnable task) {
    timers.add(new Task(elapsedNanos.get() + Math.max(0, delayNanos), scheduled++, task));
  }

  /** Lets time pass and runs the timers that become due, each at its time; no executor runs. */
  void advance(Duration duration) {
    long end = elapsedNanos.get() + duration.toNanos();
    for (Task task = takeDue(end); task != null; task = takeDue(end)) {
      elapsedNanos.set(Math.max(elapsedNanos.get(), task.atNanos));
      task.work.run();
    }
    elapsedNanos.set(end);
  }

  /** As {@link #advance}, in small steps with all executors running in between. */
  void live(Duration duration) {
    runAll();
    long end = elapsedNanos.get() + duration.toNanos();
    while (elapsedNanos.get() < end) {
      advance(Duration.ofNanos(Math.min(10_000_000, end - elapsedNanos.get())));
      runAll();
    }
  }

  /** Lets time pass while something is under way; nothing runs. */
  void pass(Duration duration) {
    elapsedNanos.addAndGet(duration.toNanos());
  }

  private synchronized Task takeDue(long endNanos) {
    Task next = timers.peek();
    return next == null || next.atNanos > endNanos ? null : timers.poll();
  }

  synchronized int waitingTimers() {
    return timers.size();
  }

  int waitingBlocking() {
    return blocking.size();
  }

  int runBlocking() {
    return run(blocking);
  }

  int runSockets() {
    return run(sockets);
  }

  int runCallbacks() {
    return run(callbacks);
  }

  /** Runs what is queued and what that queues. */
  void runAll() {
    while (runBlocking() + runSockets() + runCallbacks() > 0) {
      // Each may have given work to another.
    }
  }

  private static int run(Queue<Runnable> tasks) {
    int count = 0;
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
      count++;
    }
    return count;
  }

  /** Takes the tasks out without running them. */
  Queue<Runnable> takeBlocking() {
    Queue<Runnable> taken = new ArrayDeque<>(blocking);
    blocking.clear();
    return taken;
  }
}
