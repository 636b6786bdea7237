package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.Inbox;
import org.jspecify.annotations.Nullable;

/**
 * Takes a node out of the cluster in good order: its clients leave at a pace, then its queue is
 * unbound, emptied and deleted, then the lease is dropped. It stays bound while others still send
 * what they must have back: to an unbound queue nobody can ask whether all came back, and newer
 * messages would overtake. What fails is tried again while there is time: a backend that is away
 * may be back. What does not fit into the time is left for the other nodes to adopt, and said: then
 * the lease is not dropped but runs out.
 */
final class Drain {
  private static final long STEP_NANOS = 50_000_000L;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  /** What of the time is kept for the steps after the last client; a tenth. */
  private static final int RESERVE = 10;

  /** For how long nothing may have come before the queue is unbound, but for half the reserve. */
  private static final long SILENCE_NANOS = 300_000_000L;

  private static final int RECONNECT_SPREAD_MILLIS = 2_000;

  private final String self;
  private final LocalConnections local;
  private final Outbox outbox;
  private final Deliveries deliveries;
  private final BatchReceiver receiver;
  private final Inbox inbox;
  private final Membership membership;
  private final Registrar registrar;
  private final int leastClientsPerSecond;
  private final NodeRuntime runtime;
  private final ErrorListener errors;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private long limitNanos;
  private long clientsPerSecond;
  private long startNanos;
  private long sentAway;

  // Only touched while leaving, one step after the other.
  private long clientsGoneNanos;
  private long batchesSeen = -1;
  private long silentSinceNanos;

  private volatile boolean unbound;
  private volatile boolean queueDeleted;
  private volatile @Nullable RuntimeException lastFailure;

  Drain(
      String self,
      LocalConnections local,
      Outbox outbox,
      Deliveries deliveries,
      BatchReceiver receiver,
      Inbox inbox,
      Membership membership,
      Registrar registrar,
      int leastClientsPerSecond,
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
    this.leastClientsPerSecond = leastClientsPerSecond;
    this.runtime = runtime;
    this.errors = errors;
  }

  /** Begins; the stage completes at the end or at the limit, never exceptionally. */
  CompletableFuture<Void> start(long limitNanos) {
    this.limitNanos = limitNanos;
    // All are told in the first half of the time, however many there are.
    clientsPerSecond =
        Math.max(
            leastClientsPerSecond,
            2L * local.count() * NANOS_PER_SECOND / Math.max(STEP_NANOS, limitNanos));
    startNanos = runtime.nanoTime();
    runtime.timers().schedule(0, this::sendClientsAway);
    runtime.timers().schedule(limitNanos, this::giveUp);
    return done;
  }

  /** What a client is told, with a hint when to connect to another node. */
  static String reason(NodeRuntime runtime) {
    long delayMillis = Math.floorMod(runtime.random().getAsLong(), RECONNECT_SPREAD_MILLIS);
    return "draining; retry-after-ms=" + delayMillis;
  }

  private void sendClientsAway() {
    long passed = runtime.nanoTime() - startNanos;
    long due = (passed + STEP_NANOS) * clientsPerSecond / NANOS_PER_SECOND;
    Iterator<ClientConnection> clients = local.all().iterator();
    while (sentAway < due && clients.hasNext()) {
      clients.next().drain(reason(runtime));
      sentAway++;
    }
    if (clientsLeft() > 0 && passed < limitNanos - limitNanos / RESERVE) {
      runtime.timers().schedule(STEP_NANOS, this::sendClientsAway);
    } else {
      clientsGoneNanos = runtime.nanoTime();
      runtime.blocking().execute(this::leave);
    }
  }

  private int clientsLeft() {
    return local.count() + local.leaving().size();
  }

  /** Does what is still to be done, as far as it can be done now. */
  private void leave() {
    if (done.isDone()) {
      return;
    }
    try {
      if (!unbound && nobodySendsHere()) {
        inbox.unbind();
        unbound = true;
      }
      if (unbound && !queueDeleted) {
        queueDeleted = isQuiet() && inbox.deleteIfEmpty();
      }
      if (queueDeleted) {
        membership.leave();
        done.complete(null);
        return;
      }
      lastFailure = null;
    } catch (RuntimeException e) {
      lastFailure = e;
    }
    runtime.timers().schedule(STEP_NANOS, () -> runtime.blocking().execute(this::leave));
  }

  /** Whether the others seem to know that nobody is here, or had the time to learn it. */
  private boolean nobodySendsHere() {
    long now = runtime.nanoTime();
    long batches = receiver.batches();
    if (batches != batchesSeen) {
      batchesSeen = batches;
      silentSinceNanos = now;
    }
    return now - silentSinceNanos >= SILENCE_NANOS
        || now - clientsGoneNanos >= limitNanos / RESERVE / 2;
  }

  /** Whether what came in is settled, and what goes out is held by others. */
  private boolean isQuiet() {
    return receiver.unsettledBatches() == 0
        && outbox.isEmpty()
        && deliveries.routing() == 0
        && registrar.isIdle();
  }

  /** The time is over, also for a call that does not come back. */
  private void giveUp() {
    if (done.isDone()) {
      return;
    }
    try {
      errors.onError(
          String.format(
              "node %s could not leave in good order within %d ms; it leaves behind %s",
              self, limitNanos / NANOS_PER_MILLI, String.join(", ", leftBehind())),
          lastFailure);
    } finally {
      done.complete(null);
    }
  }

  private List<String> leftBehind() {
    List<String> left = new ArrayList<>();
    addCount(left, clientsLeft(), "connections");
    addCount(left, deliveries.routing(), "messages whose end is not known");
    addCount(left, outbox.bytes(), "bytes for other nodes");
    addCount(left, receiver.unsettledBatches(), "batches not acknowledged");
    if (!registrar.isIdle()) {
      left.add("changes that the registry was not told");
    }
    if (!queueDeleted) {
      left.add(unbound ? "its queue" : "its queue, which is bound");
    }
    left.add("its lease");
    return left;
  }

  private static void addCount(List<String> left, long count, String what) {
    if (count > 0) {
      left.add(count + " " + what);
    }
  }
}
