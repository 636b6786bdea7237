package org.distributedsockets.examples.custombus;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of one bus, all daemons that end with it:
 *
 * <ul>
 *   <li>{@code ds-ID-nats-control-1}: connects, and asks the server for everything but publishing;
 *   <li>{@code ds-ID-nats-consume-1}: calls the handlers;
 *   <li>{@code ds-ID-nats-events-1}: calls the bus listener;
 *   <li>{@code ds-ID-nats-driver-N}: the driver's; one of them tells the results of publishing;
 *   <li>{@code ds-ID-nats-callback-1}, {@code -timer-1}: the driver's news, pings and deadlines.
 * </ul>
 */
final class NatsThreads {
  final ScheduledExecutorService control;
  final ExecutorService consume;
  final ExecutorService events;
  final ExecutorService driver;
  final ExecutorService callback;
  final ScheduledExecutorService timer;

  NatsThreads(String nodeId) {
    String prefix = "ds-" + nodeId + "-nats-";
    control = Executors.newSingleThreadScheduledExecutor(named(prefix + "control"));
    consume = Executors.newSingleThreadExecutor(named(prefix + "consume"));
    events = Executors.newSingleThreadExecutor(named(prefix + "events"));
    driver = Executors.newCachedThreadPool(named(prefix + "driver"));
    callback = Executors.newSingleThreadExecutor(named(prefix + "callback"));
    timer = Executors.newSingleThreadScheduledExecutor(named(prefix + "timer"));
  }

  private static ThreadFactory named(String role) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, role + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Lets what was begun end, within a bound. */
  void close() {
    control.shutdownNow();
    timer.shutdownNow();
    for (ExecutorService each : List.of(control, consume, events, callback, driver, timer)) {
      each.shutdown();
      try {
        if (!each.awaitTermination(1, TimeUnit.SECONDS)) {
          each.shutdownNow();
        }
      } catch (InterruptedException e) {
        each.shutdownNow();
        Thread.currentThread().interrupt();
      }
    }
  }
}
