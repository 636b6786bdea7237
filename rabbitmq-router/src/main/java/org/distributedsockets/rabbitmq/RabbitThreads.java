package org.distributedsockets.rabbitmq;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of one bus, all daemons that end with it:
 *
 * <ul>
 *   <li>{@code ds-ID-rabbit-publish}: keeps the publishing connection, and writes the frames that
 *       whoever brings them does not write himself;
 *   <li>{@code ds-ID-rabbit-control}: keeps the consuming connection and its inboxes, writes the
 *       acknowledgements that come later, watches the confirms;
 *   <li>{@code ds-ID-rabbit-consume}: calls the handlers, and writes what they acknowledge
 *       meanwhile;
 *   <li>{@code ds-ID-rabbit-events}: calls the bus listener;
 *   <li>{@code ds-ID-rabbit-io-N}: the driver's readers and heartbeats, two for each connection;
 *       the readers tell the results of publishing;
 *   <li>{@code ds-ID-rabbit-shutdown-N}: the driver's, while a connection ends.
 * </ul>
 */
final class RabbitThreads {
  private static final long IDLE_SECONDS = 1;

  private final String prefix;
  final ScheduledThreadPoolExecutor control;
  final ThreadPoolExecutor consume;
  final ThreadPoolExecutor events;
  final ThreadPoolExecutor shutdown;

  RabbitThreads(String nodeId) {
    this.prefix = "ds-" + nodeId + "-rabbit-";
    this.control =
        new ScheduledThreadPoolExecutor(1, one("control"), new ThreadPoolExecutor.DiscardPolicy());
    control.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.consume = single("consume");
    this.events = single("events");
    this.shutdown =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            many("shutdown"),
            new ThreadPoolExecutor.DiscardPolicy());
  }

  private ThreadPoolExecutor single(String role) {
    return new ThreadPoolExecutor(
        1,
        1,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        one(role),
        new ThreadPoolExecutor.DiscardPolicy());
  }

  Thread publish(Runnable loop) {
    return one("publish").newThread(loop);
  }

  /** For the driver, which renames the threads it gets: they take their name back when they run. */
  ThreadFactory io() {
    return many("io");
  }

  private ThreadFactory one(String role) {
    return task -> thread(prefix + role, task);
  }

  private ThreadFactory many(String role) {
    AtomicInteger number = new AtomicInteger();
    return task -> thread(prefix + role + "-" + number.incrementAndGet(), task);
  }

  private static Thread thread(String name, Runnable task) {
    Thread thread =
        new Thread(
            () -> {
              Thread.currentThread().setName(name);
              task.run();
            },
            name);
    thread.setDaemon(true);
    return thread;
  }

  /** Lets what was begun end, within a bound. */
  void close() {
    control.shutdownNow();
    consume.shutdown();
    events.shutdown();
    shutdown.shutdown();
    for (ThreadPoolExecutor pool : new ThreadPoolExecutor[] {control, consume, events, shutdown}) {
      try {
        if (!pool.awaitTermination(1, TimeUnit.SECONDS)) {
          pool.shutdownNow();
        }
      } catch (InterruptedException e) {
        pool.shutdownNow();
        Thread.currentThread().interrupt();
      }
    }
  }
}
