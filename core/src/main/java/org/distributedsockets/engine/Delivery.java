package org.distributedsockets.engine;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.spi.Envelope;

/**
 * One message that this node has to answer for: what is known of its copies. {@link Deliveries}
 * decides what follows from it, and forgets it when nothing more can become of it. Guarded by
 * "this", but for the first three fields: whoever calls a method holds its lock.
 */
final class Delivery {
  /** Longer than the lane of a client that does not read keeps what it does not send. */
  private static final long LINGER_MILLIS = 30_000;

  private static final long NANOS_PER_MILLI = 1_000_000;

  /** What a message costs besides its payload, roughly. */
  private static final int OVERHEAD_BYTES = 512;

  final long acceptedNanos;
  final long bytes;
  final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

  /** As it left, or came back, last. */
  Envelope envelope;

  /** As it was last given to the router. */
  Envelope lastRouted;

  final boolean awaited;
  final NodeSet sentTo;
  final NodeSet unconfirmed = new NodeSet();
  final NodeSet unanswered = new NodeSet();
  final NodeSet returnedBy;
  final NodeSet alsoAt = new NodeSet();

  /** Nodes that were merely asked. */
  final NodeSet asked = new NodeSet();

  final Afterwards whenSafe = new Afterwards();
  int connections;
  boolean routing = true;
  boolean sentAgain;
  boolean cameBack;
  long cameBackNanos;

  /** It may come back from a node that it came back from already. */
  boolean comesBackAgain;

  /** An outbox had no room for a copy; the other copies do not know of it. */
  boolean refused;

  boolean hookTold;
  boolean forgotten;
  Outcome end = Outcome.offline();

  Delivery(Envelope envelope, boolean awaited, long acceptedNanos) {
    this.envelope = envelope;
    this.lastRouted = envelope;
    this.awaited = awaited;
    this.acceptedNanos = acceptedNanos;
    this.bytes = Utf8.length(envelope.payload()) + OVERHEAD_BYTES;
    this.sentTo = new NodeSet(envelope.sentTo());
    this.returnedBy = new NodeSet(envelope.returnedBy());
  }

  /**
   * Whether copies may come back soon: its life is not over, or it has some that do not know of
   * each other and its life is over, or one came back, since a short while.
   */
  boolean mayComeBack(long clusterMillis, long nowNanos) {
    boolean severalCopies = cameBack || sentAgain;
    return envelope.expiresAtMillis() + (severalCopies ? LINGER_MILLIS : 0) > clusterMillis
        || (cameBack && nowNanos - cameBackNanos < LINGER_MILLIS * NANOS_PER_MILLI);
  }

  /**
   * Whether the message would be lost with this node: it is not out, or not confirmed, or was
   * merely asked about, so that nobody else takes care of it.
   */
  boolean isHeldHere() {
    return routing || !unconfirmed.isEmpty() || awaitsAsked();
  }

  /** Whether the hook has to hear of it when this node closes. */
  boolean isLostWithNode() {
    return isHeldHere() && connections == 0 && !hookTold;
  }

  /** Whether some nodes that were merely asked have not answered. */
  boolean awaitsAsked() {
    return !asked.isDisjointFrom(unanswered.now());
  }

  /** Whether an answer that counts is missing. */
  boolean awaitsAnswers() {
    return (awaited && !unanswered.isEmpty()) || awaitsAsked();
  }

  /** Whether it came back, and nobody who has to answer said that it arrived. */
  boolean isInDoubt() {
    return connections == 0 && !hookTold && (awaitsAsked() || (awaited && cameBack));
  }

  /** What the hook hears of one that is in doubt. */
  Outcome doubt() {
    return Outcome.unavailable(awaitsAsked() ? Reason.REGISTRY_UNAVAILABLE : Reason.UNSTABLE_ROUTE);
  }

  /** Those of some nodes that do not have it: two returns of one message may find the same way. */
  Set<String> without(Set<String> nodes) {
    if (sentTo.isDisjointFrom(nodes)) {
      return nodes;
    }
    Set<String> open = new HashSet<>(nodes);
    open.removeIf(node -> sentTo.contains(node) && !returnedBy.contains(node));
    return open;
  }

  /** Copies are about to leave for some nodes. */
  void sentTo(Set<String> nodes, boolean ask) {
    sentTo.addAll(nodes);
    returnedBy.removeAll(nodes);
    unanswered.addAll(nodes);
    unconfirmed.addAll(nodes);
    if (ask) {
      asked.addAll(nodes);
    } else {
      asked.removeAll(nodes);
    }
  }

  /** Nothing more is to be expected of one node. */
  void endAt(String node, Outcome outcome) {
    unanswered.remove(node);
    unconfirmed.remove(node);
    endWith(outcome);
  }

  /**
   * What to say if it is not known that somebody got it. That one node could not take it counts
   * more than that the others do not hold the addressee, and that it may have arrived, or may still
   * arrive, more than either.
   */
  void endWith(Outcome outcome) {
    if (weight(outcome) >= weight(end)) {
      end = outcome;
    }
  }

  private static int weight(Outcome outcome) {
    return switch (outcome.status()) {
      case OFFLINE -> 0;
      case REJECTED, EXPIRED -> 1;
      case UNAVAILABLE -> outcome.reason() == Reason.BUS_UNAVAILABLE ? 1 : 2;
      case DELIVERED, ACCEPTED -> 2;
    };
  }

  /**
   * The router is done with an envelope. If another return of it came meanwhile, its way is still
   * being looked for.
   */
  void wayFound(Envelope done) {
    routing =
        !done.returnedBy().containsAll(lastRouted.returnedBy())
            || !done.alsoAt().containsAll(lastRouted.alsoAt());
  }
}
