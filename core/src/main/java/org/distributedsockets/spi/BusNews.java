package org.distributedsockets.spi;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.distributedsockets.ErrorListener;

/**
 * Tells a {@link BusListener} how the bus is, in the way it wants to be told: one call at a time,
 * in order, and only what is news. For implementations of {@link MessageBus}; thread-safe, never
 * blocks, and never calls the listener inside a call.
 */
public final class BusNews {
  private final Executor executor;
  private final BusListener listener;
  private final ErrorListener errors;

  // The fields below are guarded by this.
  private final Queue<Consumer<BusListener>> waiting = new ArrayDeque<>();
  private boolean up;
  private boolean calling;
  private boolean closed;

  /**
   * Begins with a bus that is not up yet.
   *
   * @param executor calls the listener; it may have many threads
   * @param listener told the news
   * @param errors told if the listener throws
   */
  public BusNews(Executor executor, BusListener listener, ErrorListener errors) {
    this.executor = executor;
    this.listener = listener;
    this.errors = errors;
  }

  /** Publishing works. Nothing is told if it did before. */
  public synchronized void up() {
    if (!up) {
      up = true;
      tell(BusListener::onUp);
    }
  }

  /**
   * Publishing does not work. Nothing is told if it did not before.
   *
   * @param reason one line without secrets
   */
  public synchronized void down(String reason) {
    if (up) {
      up = false;
      tell(told -> told.onDown(reason));
    }
  }

  /**
   * An own inbox was lost to somebody else. Always told.
   *
   * @param node whose inbox
   */
  public synchronized void inboxTakenOver(String node) {
    tell(told -> told.onInboxTakenOver(node));
  }

  /** Nothing more is told: the end of the bus is no news. A call under way is not waited for. */
  public synchronized void close() {
    closed = true;
    waiting.clear();
  }

  private void tell(Consumer<BusListener> call) {
    if (closed) {
      return;
    }
    waiting.add(call);
    if (!calling) {
      calling = true;
      executor.execute(this::callNext);
    }
  }

  private void callNext() {
    Consumer<BusListener> call;
    synchronized (this) {
      call = waiting.poll();
      if (call == null) {
        calling = false;
        return;
      }
    }
    try {
      call.accept(listener);
    } catch (Throwable thrown) {
      errors.onError("the bus listener failed", thrown);
    } finally {
      callFurther();
    }
  }

  private synchronized void callFurther() {
    if (closed) {
      calling = false;
    } else {
      executor.execute(this::callNext);
    }
  }
}
