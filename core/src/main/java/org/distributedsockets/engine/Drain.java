package org.distributedsockets.engine;

import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.Inbox;
import org.jspecify.annotations.Nullable;

/**
 * Takes a node out of the cluster in good order: its clients leave at a pace, then its queue is
 * unbound and emptied, then deleted, then the lease is dropped. What does not fit into the time is
 * left for the other nodes to adopt: then the lease is not dropped but runs out.
 */
final class Drain {
  private static final long STEP_NANOS = 50_000_000L;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int RECONNECT_SPREAD_MILLIS = 2_000;

  private final String self;
  private final LocalConnections local;
  private final Outbox outbox;
  private final Deliveries deliveries;
  private final BatchReceiver receiver;
  private final Inbox inbox;
  private final Membership membership;
  private final Registrar registrar;
  private final int clientsPerSecond;
  private final NodeRuntime runtime;
  private final ErrorListener errors;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private long deadlineNanos;
  private long startNanos;
  private long sentAway;

  Drain(
      String self,
      LocalConnections local,
      Outbox outbox,
      Deliveries deliveries,
      BatchReceiver receiver,
      Inbox inbox,
      Membership membership,
      Registrar registrar,
      int clientsPerSecond,
      NodeRuntime runtime,
      ErrorListener errors) {
    this.self = self;
    this.local = local;
    this.outbox = outbox;
    this.deliveries = deliveries;
    this.receiver = receiver;
    this.inbox = inbox;
    this.membership = membership;
    this.registrar = registrar;
    this.clientsPerSecond = clientsPerSecond;
    this.runtime = runtime;
    this.errors = errors;
  }

  /** Begins; the stage completes at the end or at the limit, never exceptionally. */
  CompletableFuture<Void> start(long limitNanos) {
    startNanos = runtime.nanoTime();
    deadlineNanos = startNanos + limitNanos;
    runtime.timers().schedule(0, this::sendClientsAway);
    return done;
  }

  /** What a client is told, with a hint when to connect to another node. */
  static String reason(NodeRuntime runtime) {
    long delayMillis = Math.floorMod(runtime.random().getAsLong(), RECONNECT_SPREAD_MILLIS);
    return "draining; retry-after-ms=" + delayMillis;
  }

  private boolean late() {
    return runtime.nanoTime() - deadlineNanos >= 0;
  }

  private void sendClientsAway() {
    long due = (runtime.nanoTime() - startNanos + STEP_NANOS) * clientsPerSecond / NANOS_PER_SECOND;
    Iterator<ClientConnection> clients = local.all().iterator();
    while (sentAway < due && clients.hasNext()) {
      clients.next().drain(reason(runtime));
      sentAway++;
    }
    if ((local.count() > 0 || !local.leaving().isEmpty()) && !late()) {
      runtime.timers().schedule(STEP_NANOS, this::sendClientsAway);
    } else {
      runtime.blocking().execute(this::unbind);
    }
  }

  private void unbind() {
    try {
      inbox.unbind();
    } catch (RuntimeException e) {
      errors.onError("could not unbind the inbox of node " + self, e);
    }
    empty();
  }

  /**
   * Waits until what came in is settled, what goes out is held by others, and the queue is gone.
   */
  private void empty() {
    boolean quiet =
        receiver.unsettledBatches() == 0
            && outbox.isEmpty()
            && deliveries.routing() == 0
            && registrar.isIdle();
    try {
      if (quiet && inbox.deleteIfEmpty()) {
        leave();
      } else {
        again(this::empty, null);
      }
    } catch (RuntimeException e) {
      again(this::empty, e);
    }
  }

  private void leave() {
    try {
      membership.leave();
      done.complete(null);
    } catch (RuntimeException e) {
      again(this::leave, e);
    }
  }

  /** A moment later, while there is time: a backend that is away may be back. */
  private void again(Runnable step, @Nullable RuntimeException failure) {
    if (!late()) {
      runtime.timers().schedule(STEP_NANOS, () -> runtime.blocking().execute(step));
      return;
    }
    if (failure != null) {
      errors.onError("could not leave in good order", failure);
    }
    done.complete(null);
  }
}
