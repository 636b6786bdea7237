package org.distributedsockets.redis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.distributedsockets.spi.RegistryException;
import org.distributedsockets.spi.TimeSource;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Makes calls to Redis that end in time. Thread-safe.
 *
 * <p>The driver's limits are for one connection attempt, one read, one wait for the pool; a call
 * may meet several of them, and a server that answers a byte now and then meets none. So calls run
 * on threads of this link, as many as a server may have connections, and the caller waits for the
 * operation timeout at most. What it does not wait for any more begins no further round trip.
 *
 * <p>A client that lost a connection, or whose server is not the primary any more, is closed and
 * replaced: its idle connections would fail one after the other, and the Sentinels or the Cluster
 * are asked anew where the servers are.
 */
final class RedisLink implements AutoCloseable {
  private static final int WAITING_CALLS = 1_000;
  private static final Duration THREAD_IDLE = Duration.ofSeconds(30);

  private final RedisClients clients;
  private final TimeSource time;
  private final long timeoutNanos;
  private final ThreadPoolExecutor callers;
  private final ThreadPoolExecutor readers;

  private final ReentrantLock making = new ReentrantLock();
  private volatile @Nullable RedisConnections client; // written under "making"
  private volatile boolean closed;

  RedisLink(RedisClients clients, String nodeId, int threads, TimeSource time, Duration timeout) {
    this.clients = clients;
    this.time = time;
    this.timeoutNanos = timeout.toNanos();
    this.callers = threads("ds-" + nodeId + "-redis-", threads);
    this.readers = threads("ds-" + nodeId + "-redis-read-", threads);
  }

  private static ThreadPoolExecutor threads(String name, int count) {
    AtomicInteger number = new AtomicInteger();
    ThreadFactory factory =
        task -> {
          Thread thread = new Thread(task, name + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        };
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            count,
            count,
            THREAD_IDLE.toSeconds(),
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING_CALLS),
            factory);
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /**
   * Makes a call. Blocks for the operation timeout at most.
   *
   * @param work what to do; run again over a new connection if one was lost, so it must be
   *     idempotent
   * @throws RegistryException if it could not be done in time
   */
  <T> T call(Function<RedisSession, T> work) {
    Deadline deadline = Deadline.after(time, timeoutNanos);
    FutureTask<T> task = new FutureTask<>(() -> attempt(work, deadline));
    try {
      callers.execute(task);
      return task.get(timeoutNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      throw closed ? closedFault() : fault("has too many calls waiting", true, null);
    } catch (CancellationException e) {
      throw closedFault();
    } catch (TimeoutException e) {
      task.cancel(false);
      throw fault("did not answer within " + timeoutNanos / 1_000_000 + " ms", true, null);
    } catch (InterruptedException e) {
      task.cancel(false);
      Thread.currentThread().interrupt();
      throw fault("was not waited for: interrupted", true, e);
    } catch (ExecutionException e) {
      throw explain(e.getCause() == null ? e : e.getCause());
    }
  }

  private <T> T attempt(Function<RedisSession, T> work, Deadline deadline) {
    for (int attempt = 1; ; attempt++) {
      RedisConnections used = null;
      try {
        RedisConnections current = client(deadline);
        used = current;
        return work.apply(session(current, deadline));
      } catch (JedisException e) {
        RedisFault fault = RedisFault.of(e);
        if (fault.dropConnections() && used != null) {
          discard(used);
        }
        if (attempt > 1 || !fault.connectionLost() || deadline.isOver()) {
          throw e;
        }
      }
    }
  }

  private RedisSession session(RedisConnections current, Deadline deadline) {
    return new RedisSession(current, clients.mode(), deadline);
  }

  private RedisConnections client(Deadline deadline) {
    RedisConnections present = client;
    if (present != null) {
      return present;
    }
    try {
      if (!making.tryLock(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
        throw new JedisConnectionException("no connection in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JedisConnectionException("interrupted", e);
    }
    try {
      present = client;
      if (closed || deadline.isOver()) {
        throw new JedisConnectionException("nobody waits for a connection any more");
      }
      if (present == null) {
        present = clients.make(readers);
        client = present;
      }
      return present;
    } finally {
      making.unlock();
    }
  }

  private void discard(RedisConnections useless) {
    making.lock();
    try {
      if (client == useless) {
        client = null;
      }
    } finally {
      making.unlock();
    }
    useless.close();
  }

  private RegistryException explain(Throwable thrown) {
    if (closed) {
      return closedFault();
    }
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof JedisException) {
      RedisFault fault = RedisFault.of(thrown);
      return fault(fault.what(), fault.retryable(), thrown);
    }
    return fault("could not be asked: " + RedisFault.oneLine(thrown), false, thrown);
  }

  private RegistryException closedFault() {
    return fault("is not asked any more: the registry is closed", false, null);
  }

  /** A server may repeat what it was sent, the password included. */
  private RegistryException fault(String what, boolean retryable, @Nullable Throwable cause) {
    List<String> secrets = clients.secrets();
    boolean tells =
        cause != null && secrets.stream().anyMatch(secret -> RedisFault.shows(cause, secret));
    String text = clients + " " + what;
    for (String secret : secrets) {
      text = text.replace(secret, "***");
    }
    return new RegistryException(text, retryable, tells ? null : cause);
  }

  /** Ends waiting calls and lets go of all connections. Waits for the operation timeout at most. */
  @Override
  public void close() {
    closed = true;
    callers.shutdownNow().forEach(RedisLink::cancel);
    RedisConnections last = client;
    if (last != null) {
      discard(last);
    }
    readers.shutdown();
    awaitEnd(callers);
  }

  private static void cancel(Runnable waiting) {
    if (waiting instanceof FutureTask<?> task) {
      task.cancel(false);
    }
  }

  private void awaitEnd(ExecutorService executor) {
    try {
      if (!executor.awaitTermination(timeoutNanos, TimeUnit.NANOSECONDS)) {
        readers.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
