package org.distributedsockets.engine;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.InboxHeldException;
import org.distributedsockets.spi.MessageBus;

/**
 * Empties the queues of dead nodes, one at a time: opens the inbox (which only works if the node is
 * really gone: the exclusive consumer is the lock), unbinds it so that later messages come back to
 * their senders by themselves, has each message sent back or on, deletes the empty queue.
 * Thread-safe; blocks only on the blocking executor.
 */
final class Adoption {
  private static final long LOOK_NANOS = 1_000_000_000L;
  private static final long EMPTY_CHECK_NANOS = 100_000_000L;

  /** Less than a start waits: the node itself may want its queue back. */
  private static final long GIVE_UP_NANOS = 10_000_000_000L;

  private static final long FIRST_PAUSE_NANOS = 5_000_000_000L;
  private static final long LAST_PAUSE_NANOS = 60_000_000_000L;

  /** What handles the items of dead nodes' queues. */
  interface Handlers {
    InboundHandler forQueueOf(String deadNode);

    /** The queue is gone; what it held is settled. */
    void emptied(String deadNode);
  }

  private record Pause(long untilNanos, long lengthNanos) {}

  private final MessageBus bus;
  private final Membership membership;
  private final BooleanSupplier fit;
  private final Handlers handlers;
  private final NodeRuntime runtime;
  private final MetricsListener metrics;
  private final ErrorListener errors;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile boolean closed;

  /** Nodes that could not be adopted a moment ago. Only touched by whoever is busy. */
  private final Map<String, Pause> pauses = new HashMap<>();

  Adoption(
      MessageBus bus,
      Membership membership,
      BooleanSupplier fit,
      Handlers handlers,
      NodeRuntime runtime,
      MetricsListener metrics,
      ErrorListener errors) {
    this.bus = bus;
    this.membership = membership;
    this.fit = fit;
    this.handlers = handlers;
    this.runtime = runtime;
    this.metrics = metrics;
    this.errors = errors;
  }

  void start() {
    runtime.timers().schedule(runtime.jittered(LOOK_NANOS), this::look);
  }

  void close() {
    closed = true;
  }

  private void look() {
    if (closed) {
      return;
    }
    if (fit.getAsBoolean()
        && !membership.lostNodes().isEmpty()
        && busy.compareAndSet(false, true)) {
      runtime.blocking().execute(this::adoptNext);
    }
    runtime.timers().schedule(runtime.jittered(LOOK_NANOS), this::look);
  }

  private void adoptNext() {
    long now = runtime.nanoTime();
    Set<String> lost = membership.lostNodes();
    pauses.keySet().retainAll(lost);
    Optional<String> dead =
        lost.stream()
            .filter(node -> !pauses.containsKey(node) || now - pauses.get(node).untilNanos() >= 0)
            .min(Comparator.naturalOrder());
    if (dead.isEmpty() || !adopt(dead.get())) {
      busy.set(false);
    }
  }

  /** Returns whether an adoption is under way now. */
  private boolean adopt(String dead) {
    try {
      Optional<Inbox> inbox = bus.adopt(dead, handlers.forQueueOf(dead));
      if (inbox.isEmpty()) {
        membership.forget(dead);
        return false;
      }
      errors.onError("adopting the messages of node " + dead, null);
      unbind(inbox.get());
      emptyStep(dead, inbox.get(), runtime.nanoTime());
      return true;
    } catch (InboxHeldException e) {
      // It lives, or somebody else adopts it.
      pauseFor(dead);
    } catch (RuntimeException e) {
      failed(dead, e);
    }
    return false;
  }

  /** An inbox that is not emptied must not stay open: its node could not come back. */
  private static void unbind(Inbox inbox) {
    try {
      inbox.unbind();
    } catch (RuntimeException e) {
      inbox.close();
      throw e;
    }
  }

  private void pauseFor(String dead) {
    Pause last = pauses.get(dead);
    long length =
        last == null ? FIRST_PAUSE_NANOS : Math.min(last.lengthNanos() * 2, LAST_PAUSE_NANOS);
    pauses.put(dead, new Pause(runtime.nanoTime() + runtime.jittered(length), length));
  }

  private void failed(String dead, RuntimeException e) {
    pauseFor(dead);
    if (!(e instanceof BusException)) {
      errors.onError("could not adopt the messages of node " + dead, e);
    }
  }

  /**
   * Looks whether the queue is empty now; comes again until it is, or gives up and leaves it to a
   * later try.
   */
  private void emptyStep(String dead, Inbox inbox, long sinceNanos) {
    try {
      if (inbox.deleteIfEmpty()) {
        handlers.emptied(dead);
        membership.forget(dead);
        metrics.count(Counter.ADOPTIONS, 1);
        busy.set(false);
        return;
      }
    } catch (RuntimeException e) {
      giveUp(dead, inbox, e);
      return;
    }
    if (closed || !fit.getAsBoolean() || runtime.nanoTime() - sinceNanos > GIVE_UP_NANOS) {
      giveUp(
          dead, inbox, new BusException("adoption of node " + dead + " took too long", true, null));
      return;
    }
    runtime
        .timers()
        .schedule(
            EMPTY_CHECK_NANOS,
            () -> runtime.blocking().execute(() -> emptyStep(dead, inbox, sinceNanos)));
  }

  private void giveUp(String dead, Inbox inbox, RuntimeException why) {
    inbox.close();
    failed(dead, why);
    busy.set(false);
  }
}
