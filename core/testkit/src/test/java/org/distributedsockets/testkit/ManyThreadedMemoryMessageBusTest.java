package org.distributedsockets.testkit;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.distributedsockets.memory.MemoryCluster;
import org.junit.jupiter.api.DisplayName;

/** Where the scheduler's tasks overtake each other, the bus itself must keep the order. */
@DisplayName("The bus in memory on many threads")
final class ManyThreadedMemoryMessageBusTest extends MemoryMessageBusContract {
  ManyThreadedMemoryMessageBusTest() {
    super(new MemoryCluster(new ManyThreads(), MemoryCluster.DEFAULT_GRACE));
  }

  private static final class ManyThreads implements MemoryCluster.Scheduler {
    private static final ScheduledExecutorService THREADS =
        Executors.newScheduledThreadPool(4, ManyThreads::newThread);

    @Override
    public void schedule(long delayNanos, Runnable task) {
      var unused = THREADS.schedule(task, delayNanos, NANOSECONDS);
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
      throw new UnsupportedOperationException("nothing is slow here");
    }

    private static Thread newThread(Runnable work) {
      Thread thread = new Thread(work, "many-threads");
      thread.setDaemon(true);
      return thread;
    }
  }
}
