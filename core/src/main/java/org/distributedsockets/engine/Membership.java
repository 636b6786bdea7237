package org.distributedsockets.engine;

import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.NodeIdentity;
import org.jspecify.annotations.Nullable;

/**
 * This node's lease and what the registry says with each renewal: cluster time, the members,
 * whether its data was lost. One renewal is under way at a time. Thread-safe; blocks only on the
 * blocking executor.
 */
final class Membership {

  /** Told of changes, on a thread of the blocking executor. */
  interface Listener {
    /**
     * The registry lost its data, or this node has a new incarnation: everything must be registered
     * again.
     */
    void onRegistrationsLost();

    /** The registry answers again. */
    void onRegistryBack();
  }

  private static final long NEWCOMER_PAUSE_NANOS = 50_000_000L;

  private final String nodeId;
  private final ConnectionRegistry registry;
  private final Duration lease;
  private final long renewalNanos;
  private final BooleanSupplier complete;
  private final NodeRuntime runtime;
  private final MetricsListener metrics;
  private final ErrorListener errors;
  private final Listener listener;

  private volatile NodeIdentity identity;

  /** Who this node is once the registry has answered; null if it stays who it is. */
  private volatile @Nullable NodeIdentity successor;

  private volatile Set<String> members;
  private volatile Set<String> lost = Set.of();
  private volatile boolean registryUp;
  private volatile boolean leaseHeld;
  private volatile long leaseGoodSinceNanos;
  private volatile ClusterTime clusterTime = new ClusterTime(0, 0);
  private volatile @Nullable String epoch;
  private volatile boolean closed;
  private volatile boolean left;
  private final AtomicBoolean renewing = new AtomicBoolean();

  /** Why this node wants to be a new incarnation; null if it does not. */
  private volatile @Nullable String newIncarnationWanted;

  /** Whether the lease says that all is registered. */
  private volatile boolean saidComplete = true;

  private final AtomicBoolean newcomers = new AtomicBoolean();

  private volatile long lastAnswerNanos;

  /** Whether leases may be missing that only were not renewed in time, and until when. */
  private volatile boolean recalling;

  private volatile long recallUntilNanos;

  /** Who was seen as a member since then counts as one meanwhile. */
  private volatile long recallSinceNanos;

  /** When each node was last seen as a member. */
  private final Map<String, Long> lastSeenNanos = new ConcurrentHashMap<>();

  /** The registry's clock at one moment of ours. */
  private record ClusterTime(long millis, long atNanos) {
    long at(long nanos) {
      return millis + (nanos - atNanos) / 1_000_000;
    }
  }

  /**
   * Makes one.
   *
   * @param complete whether all that this node holds is registered under its identity
   */
  Membership(
      String nodeId,
      ConnectionRegistry registry,
      Duration lease,
      Duration renewal,
      BooleanSupplier complete,
      NodeRuntime runtime,
      MetricsListener metrics,
      ErrorListener errors,
      Listener listener) {
    this.nodeId = nodeId;
    this.registry = registry;
    this.lease = lease;
    this.renewalNanos = renewal.toNanos();
    this.complete = complete;
    this.runtime = runtime;
    this.metrics = metrics;
    this.errors = errors;
    this.listener = listener;
    this.identity = freshIdentity();
    this.members = Set.of(nodeId);
  }

  private NodeIdentity freshIdentity() {
    metrics.count(Counter.INCARNATIONS, 1);
    return NodeIdentity.of(nodeId, runtime.random().getAsLong());
  }

  NodeIdentity identity() {
    return identity;
  }

  /** The live nodes as last known, this one always included. */
  Set<String> members() {
    return members;
  }

  boolean registryIsUp() {
    return registryUp;
  }

  boolean holdsLease() {
    return leaseHeld;
  }

  /** How long this node's lease has been renewed without a gap. */
  long leaseGoodForNanos() {
    return leaseHeld && registryUp ? runtime.nanoTime() - leaseGoodSinceNanos : 0;
  }

  long clusterMillis() {
    return clusterTime.at(runtime.nanoTime());
  }

  /** Nodes whose lease ran out and whose queue may hold something. */
  Set<String> lostNodes() {
    return lost;
  }

  /**
   * Takes the lease for the first time. Blocks on the registry.
   *
   * @return false if another live membership holds it
   * @throws org.distributedsockets.spi.RegistryException if the registry could not be asked
   */
  boolean join() {
    renew();
    return leaseHeld;
  }

  /** Begins to renew for ever. */
  void keepRenewing() {
    runtime.timers().schedule(runtime.jittered(renewalNanos), this::renewInBackground);
  }

  private void renewInBackground() {
    if (closed) {
      return;
    }
    renewSoon();
    runtime
        .timers()
        .schedule(
            runtime.jittered(registryUp ? renewalNanos : renewalNanos / 3),
            this::renewInBackground);
  }

  private void tryRenew() {
    try {
      String why = newIncarnationWanted;
      if (why == null) {
        renew();
      } else {
        replace(why);
      }
    } catch (RuntimeException e) {
      metrics.count(Counter.REGISTRY_FAILURES, 1);
      if (registryUp) {
        errors.onError("the registry is away", e);
      }
      registryUp = false;
    }
  }

  private void renew() {
    if (!closed) {
      boolean all = complete.getAsBoolean();
      ask(new LeaseRequest(identity, lease, all, epoch, null), null);
    }
  }

  /**
   * Goes on under a new incarnation. Its lease takes the place of the former one in one step, and
   * says that nothing is registered under it yet: so this node's users are not taken for absent.
   */
  private void replace(String why) {
    if (closed) {
      return;
    }
    NodeIdentity next = successor;
    if (next == null) {
      // Kept if the registry is away: it may have taken it all the same.
      next = freshIdentity();
      successor = next;
    }
    newIncarnationWanted = null;
    try {
      ask(new LeaseRequest(next, lease, false, epoch, identity.incarnation()), why);
    } catch (RuntimeException e) {
      newIncarnationWanted = why;
      throw e;
    }
  }

  /**
   * Asks the registry, and heeds what it says.
   *
   * @param newBecause why this node goes on under the identity of the request, or null if it has it
   */
  private void ask(LeaseRequest request, @Nullable String newBecause) {
    NodeIdentity mine = request.self();
    long before = runtime.nanoTime();
    LeaseAnswer answer = registry.renew(request);
    long after = runtime.nanoTime();
    if (left) {
      // Written again while it was dropped.
      registry.leave(mine);
      return;
    }
    saidComplete = request.isCompleteIn(answer.epoch());
    if (newBecause != null) {
      identity = mine;
      successor = null;
      leaseHeld = false;
    }
    clusterTime = new ClusterTime(answer.clusterTimeMillis(), before + (after - before) / 2);
    String formerEpoch = epoch;
    boolean dataLost = formerEpoch != null && !formerEpoch.equals(answer.epoch());
    boolean back = !registryUp;
    if (dataLost || (back && formerEpoch != null)) {
      recall(after);
    }
    lastAnswerNanos = after;
    noteMembers(answer, after);
    boolean held = answer.holder().equals(mine.incarnation());
    if (held && !(leaseHeld && registryUp)) {
      leaseGoodSinceNanos = after;
    }
    boolean lostLease = leaseHeld && !held;
    leaseHeld = held;
    registryUp = true;
    epoch = answer.epoch();
    if (newBecause != null) {
      registerAgain(newBecause);
    } else if (lostLease) {
      identity = freshIdentity();
      leaseHeld = false;
      registerAgain("the lease names another incarnation");
    } else if (dataLost) {
      errors.onError("the registry lost its data; registering again", null);
      listener.onRegistrationsLost();
    }
    if (back) {
      listener.onRegistryBack();
    }
  }

  private void registerAgain(String why) {
    errors.onError("taking a new incarnation: " + why, null);
    listener.onRegistrationsLost();
  }

  private void noteMembers(LeaseAnswer answer, long nowNanos) {
    Set<String> live =
        answer.members().stream()
            .map(NodeIdentity::nodeId)
            .collect(Collectors.toCollection(HashSet::new));
    live.add(nodeId);
    live.forEach(node -> lastSeenNanos.put(node, nowNanos));
    live.addAll(recalled());
    Set<String> gone = new HashSet<>(answer.lost());
    lastSeenNanos.forEach(
        (node, seen) -> {
          if (!live.contains(node) && nowNanos - seen > lease.toNanos() / 2) {
            gone.add(node);
          }
        });
    gone.removeAll(live);
    // Sorted, so that a simulation replays.
    members = Collections.unmodifiableSet(new TreeSet<>(live));
    lost = Collections.unmodifiableSet(new TreeSet<>(gone));
  }

  /**
   * The registry was away, or lost its data, and the leases with it: n2 may not have renewed its
   * own yet, nor registered who came meanwhile. Whoever asks all members about a user must still
   * ask n2. So who was a member before counts as one for the time of a lease.
   */
  private void recall(long nowNanos) {
    if (!recalls()) {
      recallSinceNanos = lastAnswerNanos;
    }
    recallUntilNanos = nowNanos + lease.toNanos();
    recalling = true;
  }

  /** Whether the registry may not name nodes that live, nor know all that they hold. */
  boolean recalls() {
    return recalling && runtime.nanoTime() - recallUntilNanos < 0;
  }

  private Set<String> recalled() {
    return recalls()
        ? lastSeenNanos.entrySet().stream()
            .filter(seen -> seen.getValue() - recallSinceNanos >= 0)
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet())
        : Set.of();
  }

  /** Nothing of a lost node is left to take care of. Blocks on the registry. */
  void forget(String node) {
    lastSeenNanos.remove(node);
    registry.forget(node);
    Set<String> others = new HashSet<>(lost);
    others.remove(node);
    lost = Set.copyOf(others);
  }

  /** With the next renewal this node becomes a new incarnation. */
  void wantNewIncarnation(String why) {
    newIncarnationWanted = why;
    renewSoon();
  }

  /** Something came from a node; a new one is soon known as a member. */
  void heardOf(String node) {
    if (!members.contains(node) && registryUp && !closed && newcomers.compareAndSet(false, true)) {
      runtime
          .timers()
          .schedule(
              NEWCOMER_PAUSE_NANOS,
              () -> {
                newcomers.set(false);
                renewSoon();
              });
    }
  }

  /** All is registered again, which the lease shall say. */
  void registrationsComplete() {
    renewSoon();
  }

  private void renewSoon() {
    if (renewing.compareAndSet(false, true)) {
      runtime
          .blocking()
          .execute(
              () -> {
                try {
                  tryRenew();
                } finally {
                  renewing.set(false);
                }
                if (!closed && registryUp && !saidComplete && complete.getAsBoolean()) {
                  renewSoon();
                }
              });
    }
  }

  /** Drops the lease and renews no more. Blocks on the registry. */
  void leave() {
    closed = true;
    left = true;
    registry.leave(identity);
    NodeIdentity next = successor;
    if (next != null) {
      registry.leave(next);
    }
  }

  /** Renews no more; the lease runs out. */
  void close() {
    closed = true;
  }
}
