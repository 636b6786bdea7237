package org.distributedsockets.examples.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One thread on which all clients live, so that thousands cost little and nothing of theirs needs a
 * lock. {@link #call}, {@link #run} and {@link #close} are for other threads; the rest is for its
 * own.
 */
final class ClientLoop implements AutoCloseable {
  private static final long CALL_SECONDS = 30;

  private final Selector selector;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::nanos));
  private final Thread thread = new Thread(this::loop, "clients");
  private volatile boolean closed;
  private volatile @Nullable Throwable failure;

  private record Timer(long nanos, Runnable task) {}

  ClientLoop() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Runs something on the thread of the clients and waits for it.
   *
   * @throws AssertionError if it fails, or something on that thread failed before
   */
  <T> T call(Supplier<T> work) {
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

  /** Like {@link #call} for what has no answer. */
  void run(Runnable work) {
    boolean unused =
        call(
            () -> {
              work.run();
              return true;
            });
  }

  /** Runs something on this thread later. */
  void later(long millis, Runnable task) {
    timers.add(new Timer(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis), task));
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
    long wait = first == null ? 100 : (first.nanos - System.nanoTime()) / 1_000_000;
    if (wait <= 0 || !tasks.isEmpty()) {
      selector.selectNow();
    } else {
      selector.select(Math.min(wait, 100));
    }
    List<SelectionKey> ready = List.copyOf(selector.selectedKeys());
    selector.selectedKeys().clear();
    for (SelectionKey key : ready) {
      ((Client) key.attachment()).ready();
    }
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
    long now = System.nanoTime();
    for (Timer due = timers.peek(); due != null && due.nanos <= now; due = timers.peek()) {
      timers.remove();
      due.task.run();
    }
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join();
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
