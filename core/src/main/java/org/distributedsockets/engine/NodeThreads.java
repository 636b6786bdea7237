package org.distributedsockets.engine;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one node: {@code ds-ID-timer} (one, never blocked), {@code ds-ID-blocking-N}
 * (registry and slow bus calls), {@code ds-ID-socket-N} (pings and closes that a container may hold
 * up), {@code ds-ID-callback-N} (the application's code, unless it brought an executor). All are
 * daemons and end with {@link #close}.
 */
final class NodeThreads implements AutoCloseable {
  private static final int SOCKET_THREADS = 16;
  private static final int CALLBACK_THREADS = 4;
  private static final long IDLE_SECONDS = 30;

  private final String nodeId;
  private final ErrorListener errors;
  private final ScheduledThreadPoolExecutor timer;
  private final ThreadPoolExecutor blocking;
  private final ThreadPoolExecutor sockets;
  private final @Nullable ThreadPoolExecutor ownCallbacks;
  private final NodeRuntime runtime;

  NodeThreads(
      String nodeId, int blockingThreads, @Nullable Executor callbacks, ErrorListener errors) {
    this.nodeId = nodeId;
    this.errors = errors;
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, factory("timer"), new ThreadPoolExecutor.DiscardPolicy());
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.blocking = pool("blocking", blockingThreads);
    this.sockets = pool("socket", SOCKET_THREADS);
    this.ownCallbacks = callbacks == null ? pool("callback", CALLBACK_THREADS) : null;
    SecureRandom random = new SecureRandom();
    this.runtime =
        new NodeRuntime(
            TimeSource.SYSTEM,
            InstantSource.system(),
            (delay, task) -> schedule(delay, task),
            guarded(blocking),
            guarded(sockets),
            guarded(callbacks != null ? callbacks : ownCallbacks),
            random::nextLong);
  }

  NodeRuntime runtime() {
    return runtime;
  }

  @SuppressWarnings(
      "FutureReturnValueIgnored") // the task is guarded, so the future can only say "done"
  private void schedule(long delayNanos, Runnable task) {
    timer.schedule(guarded(task), delayNanos, TimeUnit.NANOSECONDS);
  }

  private Executor guarded(@Nullable Executor executor) {
    if (executor == null) {
      throw new IllegalStateException("no executor");
    }
    return task -> executor.execute(guarded(task));
  }

  private Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        errors.onError("a background task failed", e);
      }
    };
  }

  private ThreadPoolExecutor pool(String role, int threads) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            factory(role),
            new ThreadPoolExecutor.DiscardPolicy());
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private ThreadFactory factory(String role) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread =
          new Thread(task, "ds-" + nodeId + "-" + role + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Ends the threads: what the application's code has begun may end within two seconds, the rest is
   * dropped.
   */
  @Override
  public void close() {
    timer.shutdownNow();
    List<ThreadPoolExecutor> pools = new ArrayList<>(List.of(blocking, sockets));
    if (ownCallbacks != null) {
      pools.add(ownCallbacks);
    }
    pools.forEach(ThreadPoolExecutor::shutdown);
    pools.forEach(NodeThreads::await);
  }

  private static void await(ThreadPoolExecutor pool) {
    try {
      if (!pool.awaitTermination(2, TimeUnit.SECONDS)) {
        pool.shutdownNow();
      }
    } catch (InterruptedException e) {
      pool.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
