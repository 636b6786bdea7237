package org.distributedsockets.examples.chat.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One thread on which all clients live, so that thousands cost little and nothing of theirs needs a
 * lock. {@link #call}, {@link #run} and {@link #close} are for other threads; the rest is for its
 * own.
 */
public final class ClientLoop implements AutoCloseable {
  private static final long CALL_SECONDS = 30;
  private static final long LONGEST_SLEEP_NANOS = 100_000_000L;
  private static final int READ_BYTES = 256 * 1024;

  private final Selector selector;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::nanos));
  private final Queue<Client> toFlush = new ArrayDeque<>();
  private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BYTES);
  private final Thread thread = new Thread(this::loop, "clients");
  private final Thread alarm = new Thread(this::ring, "clients-alarm");

  /** When the loop wants to be woken. */
  private volatile long alarmNanos = System.nanoTime();

  /** When the alarm looks at that next, if it is not woken. */
  private volatile long ringsNanos = alarmNanos;

  private volatile boolean asleep;
  private volatile boolean closed;
  private volatile @Nullable Throwable failure;

  private record Timer(long nanos, Runnable task) {}

  /** Starts its thread. */
  public ClientLoop() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread.setDaemon(true);
    thread.start();
    alarm.setDaemon(true);
    alarm.start();
  }

  /**
   * Runs something on the thread of the clients and waits for it.
   *
   * @param work what to run
   * @return what it returned
   * @param <T> what it returns
   * @throws AssertionError if it fails, or something on that thread failed before
   */
  public <T> T call(Supplier<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    tasks.add(
        () -> {
          try {
            result.complete(work.get());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
    selector.wakeup();
    try {
      T answer = result.get(CALL_SECONDS, TimeUnit.SECONDS);
      Throwable failed = failure;
      if (failed != null) {
        throw new AssertionError("a client failed", failed);
      }
      return answer;
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (TimeoutException e) {
      Throwable failed = failure;
      throw new AssertionError("the clients' thread is stuck", failed == null ? e : failed);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /**
   * Like {@link #call} for what has no answer.
   *
   * @param work what to run
   */
  public void run(Runnable work) {
    boolean unused =
        call(
            () -> {
              work.run();
              return true;
            });
  }

  /**
   * Runs something on this thread later.
   *
   * @param millis when
   * @param task what
   */
  public void later(long millis, Runnable task) {
    at(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis), task);
  }

  /**
   * Runs something on this thread at a time.
   *
   * @param nanos when, of {@link System#nanoTime}
   * @param task what
   */
  public void at(long nanos, Runnable task) {
    timers.add(new Timer(nanos, task));
  }

  /** Where what comes is read into; of use only within one call. */
  ByteBuffer readBuffer() {
    return readBuffer;
  }

  void flushAfterTurn(Client client) {
    toFlush.add(client);
  }

  Selector selector() {
    return selector;
  }

  private void loop() {
    while (!closed) {
      try {
        turn();
      } catch (IOException | RuntimeException | Error e) {
        if (failure == null) {
          failure = e;
        }
      }
    }
  }

  private void turn() throws IOException {
    Timer first = timers.peek();
    long now = System.nanoTime();
    long wait =
        first == null ? LONGEST_SLEEP_NANOS : Math.min(first.nanos - now, LONGEST_SLEEP_NANOS);
    if (wait <= 0 || !tasks.isEmpty()) {
      selector.selectNow(ClientLoop::ready);
    } else {
      sleep(now + wait);
    }
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
    now = System.nanoTime();
    for (Timer due = timers.peek(); due != null && due.nanos <= now; due = timers.peek()) {
      timers.remove();
      due.task.run();
    }
    for (Client client = toFlush.poll(); client != null; client = toFlush.poll()) {
      client.flush();
    }
  }

  private static void ready(SelectionKey key) {
    ((Client) key.attachment()).ready();
  }

  /** A selector counts in milliseconds, which is too coarse for who measures. */
  private void sleep(long untilNanos) throws IOException {
    asleep = true;
    alarmNanos = untilNanos;
    if (untilNanos - ringsNanos < 0) {
      LockSupport.unpark(alarm);
    }
    selector.select(ClientLoop::ready);
    asleep = false;
  }

  private void ring() {
    while (!closed) {
      long wanted = alarmNanos;
      long now = System.nanoTime();
      if (wanted - now <= 0 && asleep) {
        asleep = false;
        selector.wakeup();
      }
      ringsNanos = wanted - now > 0 ? wanted : now + LONGEST_SLEEP_NANOS;
      if (alarmNanos == wanted) {
        LockSupport.parkNanos(ringsNanos - now);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    LockSupport.unpark(alarm);
    try {
      thread.join();
      alarm.join();
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
