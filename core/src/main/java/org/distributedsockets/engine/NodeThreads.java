package org.distributedsockets.engine;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RejectedExecutionHandler;
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
    this.blocking = pool("blocking", blockingThreads, new ThreadPoolExecutor.DiscardPolicy());
    this.sockets = pool("socket", SOCKET_THREADS, new ThreadPoolExecutor.DiscardPolicy());
    this.ownCallbacks =
        callbacks == null
            ? pool("callback", CALLBACK_THREADS, new ThreadPoolExecutor.AbortPolicy())
            : null;
    SecureRandom random = new SecureRandom();
    this.runtime =
        new NodeRuntime(
            TimeSource.SYSTEM,
            InstantSource.system(),
            (delay, task) -> schedule(delay, task),
            guarded(blocking),
            guarded(sockets),
            inlineIfRejected(
                guarded(callbacks != null ? callbacks : Objects.requireNonNull(ownCallbacks))),
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

  private Executor guarded(Executor executor) {
    return task -> executor.execute(guarded(task));
  }

  /**
   * What an application is to hear it hears, if need be on the thread that has it to say: somebody
   * may wait for it.
   */
  private Executor inlineIfRejected(Executor executor) {
    return task -> {
      try {
        executor.execute(task);
      } catch (RejectedExecutionException e) {
        guarded(task).run();
      }
    };
  }

  private Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        // Errors as well: a class that cannot be loaded is as much a failure of the task.
        errors.onError("a background task failed", e);
      }
    };
  }

  private ThreadPoolExecutor pool(String role, int threads, RejectedExecutionHandler whenClosed) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            factory(role),
            whenClosed);
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
   * Ends the threads: what was begun may end within two seconds, then it is interrupted. What waits
   * for a thread then is dropped, but not what the application is to hear: that runs here.
   */
  @Override
  public void close() {
    timer.shutdownNow();
    blocking.shutdown();
    sockets.shutdown();
    end(blocking);
    end(sockets);
    if (ownCallbacks != null) {
      ownCallbacks.shutdown();
      end(ownCallbacks).forEach(Runnable::run);
    }
  }

  private static List<Runnable> end(ThreadPoolExecutor pool) {
    try {
      if (pool.awaitTermination(2, TimeUnit.SECONDS)) {
        return List.of();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return pool.shutdownNow();
  }
}
