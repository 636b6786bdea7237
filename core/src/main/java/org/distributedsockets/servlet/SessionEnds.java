package org.distributedsockets.servlet;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs what ends sessions, on one daemon thread that ends when it had nothing to do for a while.
 * The JDK's own timer thread would do, but never ends: if a web application is the first to use it,
 * it keeps that application's class loader for as long as the JVM lives.
 */
final class SessionEnds {
  private static final long IDLE_SECONDS = 5;
  private static final ScheduledThreadPoolExecutor EXECUTOR = executor();

  private SessionEnds() {}

  private static ScheduledThreadPoolExecutor executor() {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(1, SessionEnds::newThread);
    executor.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private static Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "ds-session-ends");
    thread.setDaemon(true);
    return thread;
  }

  /** Does not block. What runs must not block, either. */
  static void schedule(long delayMillis, Runnable end) {
    var unused = EXECUTOR.schedule(end, delayMillis, TimeUnit.MILLISECONDS);
  }
}
