package org.distributedsockets.engine;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.Outcome.Status;
import org.distributedsockets.engine.wire.Item.Cause;
import org.distributedsockets.engine.wire.Item.ReturnItem;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.metrics.Timer;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.distributedsockets.spi.Router;

/**
 * What this node knows of the messages it has to answer for: those it accepted, and those that came
 * back. Counts answers, sends returned messages to the router again, and says at the end what
 * became of each: to the sender, or to the undeliverable hook. Thread-safe; nothing blocks; the
 * router, the outbox and the hook are called outside locks.
 */
final class Deliveries {

  /** The rest of the node, as far as it is needed here. */
  interface Node {
    /** Puts a message on its way to another node; false if the outbox is full. */
    boolean sendTo(String node, Envelope envelope);

    void deliverHere(Envelope envelope, Consumer<LocalResult> whenDone);

    /** Whether its sender is the only member of the group here. */
    boolean isForNobodyElseHere(Envelope envelope);

    /** The addressee turned out not to be on that node. */
    void notAt(Envelope envelope, String node);

    void undeliverable(Envelope envelope, Outcome outcome);
  }

  private final String self;
  private final Router router;
  private final Node node;
  private final NodeRuntime runtime;
  private final MetricsListener metrics;
  private final ErrorListener errors;
  private final long outcomeWaitNanos;
  private final long partialWaitNanos;
  private final long maxPendingBytes;
  private final BooleanSupplier registryIsUp;

  private final ConcurrentMap<MessageId, Delivery> open = new ConcurrentHashMap<>();
  private final AtomicLong pendingBytes = new AtomicLong();

  /** Those under which this node accepted messages. */
  private final Set<Long> incarnations = ConcurrentHashMap.newKeySet(1);

  private volatile long lastIncarnation;
  private volatile boolean closed;

  Deliveries(
      String self,
      Function<Deliveries, Router> router,
      Node node,
      NodeRuntime runtime,
      MetricsListener metrics,
      ErrorListener errors,
      long outcomeWaitNanos,
      long partialWaitNanos,
      long maxPendingBytes,
      BooleanSupplier registryIsUp) {
    this.self = self;
    this.node = node;
    this.runtime = runtime;
    this.metrics = metrics;
    this.errors = errors;
    this.outcomeWaitNanos = outcomeWaitNanos;
    this.partialWaitNanos = partialWaitNanos;
    this.maxPendingBytes = maxPendingBytes;
    this.registryIsUp = registryIsUp;
    this.router = router.apply(this);
  }

  /**
   * A change of one delivery under its lock; what it adds to the list is run after the lock is
   * released.
   */
  private interface Change {
    void apply(Delivery delivery, Afterwards afterwards);
  }

  /**
   * Changes the delivery of a message; one that was forgotten is begun anew: it came back after the
   * bus had confirmed it.
   */
  private void change(Envelope envelope, Change change) {
    while (!tryChange(open.computeIfAbsent(envelope.id(), id -> begunAnew(envelope)), change)) {
      // It was forgotten between the look and the lock; then it is no longer in the map.
    }
  }

  /**
   * Changes the delivery of a message if there is one.
   *
   * @return whether there was
   */
  private boolean changeIfOpen(MessageId id, Change change) {
    Delivery delivery = open.get(id);
    return delivery != null && tryChange(delivery, change);
  }

  private boolean tryChange(Delivery delivery, Change change) {
    Afterwards afterwards = new Afterwards();
    synchronized (delivery) {
      if (delivery.forgotten) {
        return false;
      }
      change.apply(delivery, afterwards);
      settle(delivery, afterwards);
    }
    afterwards.run();
    return true;
  }

  /**
   * For one that another process had accepted every answer counts: who acts in its place does not
   * know what it knew, and has to tell the hook if nothing is heard of the message.
   */
  private Delivery begunAnew(Envelope envelope) {
    boolean another = !incarnations.contains(envelope.id().incarnation());
    Delivery delivery = new Delivery(envelope, another, runtime.nanoTime());
    delivery.routing = false;
    delivery.unanswered.addAll(envelope.sentTo());
    delivery.unanswered.removeAll(envelope.returnedBy());
    delivery.outcome.complete(Outcome.accepted());
    pendingBytes.addAndGet(delivery.bytes);
    return delivery;
  }

  /** Guarded by the delivery. Nothing more becomes of it. */
  private void forget(Delivery delivery) {
    delivery.forgotten = true;
    open.remove(delivery.envelope.id(), delivery);
    pendingBytes.addAndGet(-delivery.bytes);
  }

  // ---- a message's way

  /** Takes a message of this node and sends it on its way. */
  CompletableFuture<Outcome> accept(Envelope envelope) {
    noteIncarnation(envelope.id().incarnation());
    Delivery delivery = new Delivery(envelope, envelope.answerWanted(), runtime.nanoTime());
    if (pendingBytes.addAndGet(delivery.bytes) > maxPendingBytes) {
      pendingBytes.addAndGet(-delivery.bytes);
      complete(delivery, Outcome.rejected(Reason.NODE_BUSY));
      return delivery.outcome;
    }
    metrics.count(Counter.MESSAGES_ACCEPTED, 1);
    open.put(envelope.id(), delivery);
    route(envelope);
    if (closed) {
      endAll();
    }
    return delivery.outcome;
  }

  private void noteIncarnation(long incarnation) {
    if (incarnation != lastIncarnation || incarnations.isEmpty()) {
      incarnations.add(incarnation);
      lastIncarnation = incarnation;
    }
  }

  /** Nobody shall wait for an outcome that cannot come any more, and nothing end without a word. */
  void close() {
    closed = true;
    endAll();
  }

  private void endAll() {
    for (Delivery delivery : open.values()) {
      Outcome outcome = outcomeOfTheWait(delivery);
      Envelope lost = null;
      Outcome doubt = outcome;
      synchronized (delivery) {
        boolean noneElse = delivery.whenSafe.isEmpty() || !delivery.asked.isEmpty();
        if (noneElse
            && (delivery.isLostWithNode() || delivery.isInDoubt())
            && !delivery.forgotten) {
          forget(delivery);
          lost = delivery.envelope;
          doubt = delivery.doubt();
        }
      }
      complete(delivery, outcome);
      if (lost != null) {
        node.undeliverable(lost, outcome.status() == Status.ACCEPTED ? doubt : outcome);
      }
    }
  }

  /** The router may be the application's own, so it is not believed to never throw. */
  private void route(Envelope envelope) {
    try {
      router.route(envelope);
    } catch (RuntimeException e) {
      errors.onError("the router threw", e);
      end(envelope, Outcome.unavailable(Reason.UNSTABLE_ROUTE));
    }
  }

  /** See {@link org.distributedsockets.spi.RouterContext#dispatch}. */
  void dispatch(Envelope envelope, Set<String> nodes, boolean ask) {
    if (!nodes.contains(self) || !node.isForNobodyElseHere(envelope)) {
      send(envelope, nodes, ask);
    } else if (nodes.size() == 1) {
      end(envelope, Outcome.offline());
    } else {
      Set<String> others = new HashSet<>(nodes);
      others.remove(self);
      send(envelope, others, ask);
    }
  }

  private void send(Envelope envelope, Set<String> nodes, boolean ask) {
    if (envelope.attempt() > 0) {
      metrics.count(Counter.REROUTES, 1);
    }
    change(
        envelope,
        (delivery, afterwards) -> {
          delivery.wayFound(envelope);
          Set<String> open = delivery.without(nodes);
          if (!open.isEmpty()) {
            delivery.sentTo(open, ask);
            Envelope leaving = leaving(delivery, envelope, ask);
            delivery.envelope = leaving;
            afterwards.add(() -> leave(leaving, open));
          }
        });
  }

  /** Guarded by the delivery. A node that is tried again has not returned it this time. */
  private static Envelope leaving(Delivery delivery, Envelope envelope, boolean ask) {
    Envelope leaving = envelope.dispatched(delivery.sentTo.now(), delivery.awaited || ask, ask);
    return envelope.returnedBy().isEmpty()
        ? leaving
        : leaving.withReturns(delivery.returnedBy.now(), envelope.alsoAt());
  }

  /**
   * This node first: if nobody is here the copies for the others say so, for whoever may have to
   * act in its place.
   */
  private void leave(Envelope envelope, Set<String> nodes) {
    Envelope leaving = envelope;
    if (nodes.contains(self)) {
      leave(envelope, self);
      leaving = nodes.size() > 1 ? knowingOfReturns(envelope) : envelope;
    }
    // In an order that is the same in each run.
    for (String to : nodes.size() > 1 ? new TreeSet<>(nodes) : nodes) {
      if (!to.equals(self)) {
        leave(leaving, to);
      }
    }
  }

  private Envelope knowingOfReturns(Envelope envelope) {
    Delivery delivery = open.get(envelope.id());
    if (delivery == null) {
      return envelope;
    }
    synchronized (delivery) {
      return delivery.returnedBy.contains(self)
          ? envelope.withReturns(delivery.returnedBy.now(), envelope.alsoAt())
          : envelope;
    }
  }

  private void leave(Envelope envelope, String to) {
    if (to.equals(self)) {
      node.deliverHere(envelope, result -> onLocalResult(envelope, result));
    } else if (!node.sendTo(to, envelope)) {
      change(
          envelope,
          (delivery, afterwards) -> {
            delivery.refused = true;
            delivery.endAt(to, Outcome.unavailable(Reason.BUS_UNAVAILABLE));
          });
    }
  }

  /** See {@link org.distributedsockets.spi.RouterContext#end}. */
  void end(Envelope envelope, Outcome outcome) {
    change(
        envelope,
        (delivery, afterwards) -> {
          delivery.wayFound(envelope);
          delivery.endWith(outcome);
        });
  }

  // ---- answers

  /** The bus holds the message for that node. */
  void onConfirmed(String from, MessageId id) {
    changeIfOpen(id, (delivery, afterwards) -> delivery.unconfirmed.remove(from));
  }

  /**
   * A node wrote the message to that many sockets; none answers a message that was merely asked
   * about.
   */
  void onOutcome(String from, MessageId id, int connections) {
    changeIfOpen(
        id,
        (delivery, afterwards) -> {
          if (delivery.unanswered.remove(from)) {
            delivery.unconfirmed.remove(from);
            if (connections == 0) {
              delivery.returnedBy.add(from);
            }
            count(delivery, connections, afterwards);
          }
        });
  }

  private void onLocalResult(Envelope envelope, LocalResult result) {
    Cause cause = result.cause();
    if (cause == null) {
      onOutcome(self, envelope.id(), result.connections());
    } else {
      onReturn(new ReturnItem(envelope, self, cause, Set.of()), Outbox.Entry.NOTHING);
    }
  }

  /**
   * A message came back. One that this node merely asked about, and ended, has come back late: who
   * was asked died between its answer and the acknowledgement.
   *
   * @param item what came back and why
   * @param safe called when the message is held elsewhere, or its end was told
   */
  void onReturn(ReturnItem item, Runnable safe) {
    metrics.count(Counter.RETURNS_IN, 1);
    if (item.cause().isAbsence() && !item.alsoAt().contains(item.by())) {
      node.notAt(item.envelope(), item.by());
    }
    Change change = (delivery, afterwards) -> returned(delivery, item, safe, afterwards);
    Envelope envelope = item.envelope();
    boolean answersAQuestion =
        item.cause().isAbsence()
            && envelope.ask()
            && incarnations.contains(envelope.id().incarnation());
    if (!answersAQuestion) {
      change(envelope, change);
    } else if (!changeIfOpen(envelope.id(), change)) {
      safe.run();
    }
  }

  /**
   * A message could not leave, but may have at an earlier try. If that was answered or sent back it
   * arrived, and nothing more is to be done; else the message came back, and may come back from the
   * same node once more. Orders that this node gave and does not wait for are always sent again.
   */
  void onFirstReturn(ReturnItem item, Runnable safe) {
    AtomicBoolean cameBack = new AtomicBoolean(item.envelope().onlyConnection() != null);
    changeIfOpen(
        item.envelope().id(),
        (delivery, afterwards) -> {
          cameBack.set(delivery.unanswered.contains(item.by()));
          delivery.comesBackAgain |= cameBack.get();
        });
    if (cameBack.get()) {
      onReturn(item, safe);
    } else {
      safe.run();
    }
  }

  /**
   * A node could not be asked, and it is not known that nobody is there: unless somebody gets the
   * message elsewhere, it cannot end as OFFLINE. To be told before its return.
   */
  void onUnreachable(Envelope envelope) {
    change(
        envelope,
        (delivery, afterwards) -> delivery.endWith(Outcome.unavailable(Reason.UNSTABLE_ROUTE)));
  }

  /** Guarded by the delivery. */
  private void returned(Delivery delivery, ReturnItem item, Runnable safe, Afterwards afterwards) {
    delivery.unconfirmed.remove(item.by());
    if (safe != Outbox.Entry.NOTHING) {
      delivery.whenSafe.add(safe);
    }
    if (item.cause() != Cause.NEWS) {
      delivery.cameBack = true;
      delivery.cameBackNanos = runtime.nanoTime();
      delivery.unanswered.remove(item.by());
    }
    switch (item.cause()) {
      case ABSENT, BROKEN -> {
        if (item.cause() == Cause.BROKEN) {
          // Unless somebody gets it elsewhere: he who may have got it is not said to be OFFLINE.
          delivery.endWith(Outcome.unavailable(Reason.UNSTABLE_ROUTE));
        }
        // He may have been back there, and gone again.
        delivery.alsoAt.remove(item.by());
        delivery.alsoAt.addAll(item.alsoAt());
        if (delivery.returnedBy.add(item.by())) {
          routeAgain(delivery, item.envelope(), afterwards);
        }
      }
      case NEWS -> {
        delivery.alsoAt.addAll(item.alsoAt());
        routeAgain(delivery, item.envelope(), afterwards);
      }
      case EXPIRED -> delivery.endWith(Outcome.expired());
      case LANE_FULL -> delivery.endWith(Outcome.rejected(Reason.LANE_FULL));
      case NODE_BUSY -> delivery.endWith(Outcome.rejected(Reason.NODE_BUSY));
      case UNANSWERABLE -> delivery.endWith(Outcome.rejected(Reason.UNSUPPORTED));
    }
  }

  /** Guarded by the delivery. */
  private void routeAgain(Delivery delivery, Envelope envelope, Afterwards afterwards) {
    delivery.sentTo.addAll(envelope.sentTo());
    delivery.sentAgain = true;
    delivery.routing = true;
    Envelope again =
        envelope
            .dispatched(delivery.sentTo.now(), delivery.awaited, envelope.ask())
            .returned(delivery.returnedBy.now(), delivery.alsoAt.now());
    delivery.envelope = again;
    delivery.lastRouted = again;
    afterwards.add(() -> route(again));
  }

  /** A message did not leave in its life. */
  void onExpired(String to, Envelope envelope) {
    change(envelope, (delivery, afterwards) -> delivery.endAt(to, Outcome.expired()));
  }

  // ---- the end

  /** Guarded by the delivery. */
  private void count(Delivery delivery, int connections, Afterwards afterwards) {
    boolean first = delivery.connections == 0 && connections > 0;
    delivery.connections += connections;
    // Of a request all must be known who may answer it; nobody but its answer waits for them.
    boolean mayBePartial = delivery.envelope.action() != Envelope.Action.REQUEST;
    if (first && mayBePartial && delivery.awaited && !delivery.unanswered.isEmpty()) {
      afterwards.add(
          () -> runtime.timers().schedule(partialWaitNanos, () -> answerWithCountSoFar(delivery)));
    }
  }

  private void answerWithCountSoFar(Delivery delivery) {
    int connections;
    synchronized (delivery) {
      connections = delivery.connections;
    }
    complete(delivery, Outcome.delivered(connections));
  }

  /**
   * Guarded by the delivery. Says what can be said now, and forgets the delivery when nothing more
   * can become of it. What was merely asked about is held by nobody else until all have answered.
   */
  private void settle(Delivery delivery, Afterwards afterwards) {
    if (delivery.routing || !delivery.unconfirmed.isEmpty()) {
      return;
    }
    if (!delivery.awaitsAsked()) {
      delivery.whenSafe.moveTo(afterwards);
    }
    if (delivery.awaitsAnswers()) {
      return;
    }
    Outcome outcome = finalOutcome(delivery);
    // A copy of an earlier attempt, from a node that is not asked to answer, may still come back.
    // It does not know the nodes of the later attempts, nor what its sender was told.
    boolean mayStillComeBack =
        delivery.comesBackAgain
            || ((delivery.sentAgain || delivery.cameBack || delivery.refused)
                && !delivery.unanswered.isEmpty());
    if (!mayStillComeBack) {
      forget(delivery);
    }
    boolean reachedNobody = outcome.connections() == 0 && outcome.status() != Status.ACCEPTED;
    boolean toldBefore = delivery.hookTold;
    delivery.hookTold |= reachedNobody;
    Envelope envelope = delivery.envelope;
    afterwards.add(
        () -> {
          boolean isNews = complete(delivery, outcome);
          if (reachedNobody && !toldBefore && !(isNews && isRejection(outcome))) {
            node.undeliverable(envelope, outcome);
          }
        });
  }

  private static boolean isRejection(Outcome outcome) {
    return outcome.status() == Status.REJECTED;
  }

  /** Guarded by the delivery. */
  private static Outcome finalOutcome(Delivery delivery) {
    if (delivery.connections > 0) {
      return Outcome.delivered(delivery.connections);
    }
    return delivery.unanswered.isEmpty() ? delivery.end : Outcome.accepted();
  }

  private boolean complete(Delivery delivery, Outcome outcome) {
    if (!delivery.outcome.complete(outcome)) {
      return false;
    }
    metrics.count(
        switch (outcome.status()) {
          case DELIVERED -> Counter.MESSAGES_DELIVERED;
          case ACCEPTED -> Counter.MESSAGES_ACCEPTED_UNANSWERED;
          case OFFLINE -> Counter.MESSAGES_OFFLINE;
          case REJECTED -> Counter.MESSAGES_REJECTED;
          case UNAVAILABLE -> Counter.MESSAGES_UNAVAILABLE;
          case EXPIRED -> Counter.MESSAGES_EXPIRED;
        },
        1);
    metrics.time(Timer.SEND, runtime.nanoTime() - delivery.acceptedNanos);
    return true;
  }

  /**
   * Answers those who waited long enough, and forgets messages that nothing more will become of.
   */
  void tick(long clusterMillis) {
    long now = runtime.nanoTime();
    for (Delivery delivery : open.values()) {
      if (!delivery.outcome.isDone() && now - delivery.acceptedNanos >= outcomeWaitNanos) {
        complete(delivery, outcomeOfTheWait(delivery));
      }
      forgetIfOver(delivery, clusterMillis);
    }
  }

  private Outcome outcomeOfTheWait(Delivery delivery) {
    synchronized (delivery) {
      if (delivery.connections > 0) {
        return Outcome.delivered(delivery.connections);
      }
      if (delivery.routing) {
        return Outcome.unavailable(
            registryIsUp.getAsBoolean() ? Reason.UNSTABLE_ROUTE : Reason.REGISTRY_UNAVAILABLE);
      }
      if (delivery.awaitsAsked()) {
        return Outcome.unavailable(Reason.REGISTRY_UNAVAILABLE);
      }
      return delivery.unconfirmed.isEmpty()
          ? Outcome.accepted()
          : Outcome.unavailable(Reason.BUS_UNAVAILABLE);
    }
  }

  /**
   * A message held by the bus outlives its life by the time it takes to come back; then it is begun
   * anew. One that was merely asked about does not come back if an answer got lost, and of one of
   * which some copies came back already the last one would know nothing of the others.
   */
  private void forgetIfOver(Delivery delivery, long clusterMillis) {
    Afterwards afterwards = new Afterwards();
    synchronized (delivery) {
      boolean heldElsewhere = !delivery.routing && delivery.unconfirmed.isEmpty();
      if (!heldElsewhere
          || delivery.forgotten
          || !delivery.outcome.isDone()
          || delivery.mayComeBack(clusterMillis, runtime.nanoTime())) {
        return;
      }
      forget(delivery);
      delivery.whenSafe.moveTo(afterwards);
      Envelope envelope = delivery.envelope;
      if (delivery.isInDoubt()) {
        Outcome doubt = delivery.doubt();
        afterwards.add(() -> node.undeliverable(envelope, doubt));
      }
    }
    afterwards.run();
  }

  /** Whether this node has to answer for a message. */
  boolean isOpen(MessageId id) {
    return open.containsKey(id);
  }

  int pending() {
    return open.size();
  }

  /**
   * How many messages are neither held by somebody else nor ended. Not those that others were
   * merely asked about and that were waited for long enough: an answer was lost, with a queue that
   * somebody deleted for instance; the hook hears of them at the {@link #close}.
   */
  int routing() {
    int count = 0;
    long now = runtime.nanoTime();
    for (Delivery delivery : open.values()) {
      synchronized (delivery) {
        boolean answerIsLost =
            !delivery.routing
                && delivery.unconfirmed.isEmpty()
                && now - delivery.acceptedNanos >= outcomeWaitNanos;
        count += delivery.isHeldHere() && !answerIsLost ? 1 : 0;
      }
    }
    return count;
  }
}
