package org.distributedsockets.rabbitmq;

import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.BusListener;

/** Calls the listener in one thread of its own, in order, and only with news. Thread-safe. */
final class ListenerCalls {
  private final Executor events;
  private final BusListener listener;
  private final ErrorListener errors;

  // Guarded by this.
  private boolean toldUp;
  private boolean closed;

  ListenerCalls(Executor events, BusListener listener, ErrorListener errors) {
    this.events = events;
    this.listener = listener;
    this.errors = errors;
  }

  synchronized void up() {
    if (!toldUp) {
      toldUp = true;
      tell(BusListener::onUp);
    }
  }

  synchronized void down(String reason) {
    if (toldUp) {
      toldUp = false;
      tell(told -> told.onDown(reason));
    }
  }

  synchronized void inboxTakenOver(String node) {
    tell(told -> told.onInboxTakenOver(node));
  }

  /** What was told before is still called; the end of the bus is no news. */
  synchronized void close() {
    closed = true;
  }

  private void tell(Consumer<BusListener> call) {
    if (closed) {
      return;
    }
    events.execute(
        () -> {
          try {
            call.accept(listener);
          } catch (Throwable thrown) {
            errors.onError("the bus listener failed", thrown);
          }
        });
  }
}
