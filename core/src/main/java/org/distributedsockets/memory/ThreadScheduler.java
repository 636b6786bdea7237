package org.distributedsockets.memory;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Real time, and one daemon thread that ends when it had nothing to do for a while. */
final class ThreadScheduler implements MemoryCluster.Scheduler {
  private static final long IDLE_SECONDS = 5;

  private final ScheduledThreadPoolExecutor executor;

  private ThreadScheduler() {
    executor = new ScheduledThreadPoolExecutor(1, ThreadScheduler::newThread);
    executor.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    executor.allowCoreThreadTimeOut(true);
  }

  /** The one of this JVM. */
  static MemoryCluster.Scheduler shared() {
    return Shared.INSTANCE;
  }

  @Override
  public void schedule(long delayNanos, Runnable task) {
    var unused = executor.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long currentTimeMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public void sleep(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0 && !Thread.currentThread().isInterrupted(); ) {
      LockSupport.parkNanos(this, left);
      left = end - System.nanoTime();
    }
  }

  private static Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "memory-bus");
    thread.setDaemon(true);
    return thread;
  }

  private static final class Shared {
    static final ThreadScheduler INSTANCE = new ThreadScheduler();
  }
}
