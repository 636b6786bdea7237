package org.distributedsockets.memory;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.memory.MemoryCluster.Scheduler;
import org.distributedsockets.spi.BusListener;

/** Calls a listener from the scheduler: one call at a time, in order. Thread-safe. */
final class ListenerCalls {
  private final Scheduler scheduler;
  private final BusListener listener;
  private final ErrorListener errors;

  // The fields below are guarded by this.
  private final Queue<Consumer<BusListener>> waiting = new ArrayDeque<>();
  private boolean calling;

  ListenerCalls(Scheduler scheduler, BusListener listener, ErrorListener errors) {
    this.scheduler = scheduler;
    this.listener = listener;
    this.errors = errors;
  }

  synchronized void add(Consumer<BusListener> call) {
    waiting.add(call);
    if (!calling) {
      calling = true;
      scheduler.execute(this::callNext);
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
      scheduler.execute(this::callNext);
    }
  }
}
