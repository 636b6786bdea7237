package org.distributedsockets.routing;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.RouterContext.LocalKnowledge;
import org.jspecify.annotations.Nullable;

/**
 * The way to one address: where it was last found, and the envelopes that wait while it is being
 * found again.
 *
 * <p>While the way is known envelopes pass straight through. It has to be found again when the
 * knowledge is too old, when an envelope came back, or when a node comes to the way or leaves it.
 * Then newer envelopes wait, and:
 *
 * <ol>
 *   <li>the registry is asked;
 *   <li>each node that was sent to and may still send something back that has to leave first is
 *       fenced: it answers behind everything it returns, so what came back is complete;
 *   <li>what came back leaves, in its order, for nodes it was not sent to yet or that returned it;
 *       then what waited.
 * </ol>
 *
 * <p>Thread-safe; the context is called outside the lock. One thread at a time finds the way.
 */
final class Route {
  private static final int MAX_ATTEMPTS = 3;
  private static final long FORMER_NODE_NANOS = 30_000_000_000L;
  private static final long FIRST_PAUSE_NANOS = 50_000_000L;

  /** What a route needs to know that is the same for all. */
  record Limits(long cacheNanos, long holdNanos, int maxWaiting) {}

  private final Address address;
  private final RouterContext context;
  private final Limits limits;

  // Guarded by "this".
  private Set<String> nodes = Set.of();
  private long foundAtNanos;
  private boolean found;

  /** The nodes sent to, and when last. */
  private final Map<String, Long> used = new HashMap<>();

  private final ArrayDeque<Envelope> waiting = new ArrayDeque<>();
  private final Returned returned = new Returned();
  private boolean finding;
  private boolean retired;

  Route(Address address, RouterContext context, Limits limits) {
    this.address = address;
    this.context = context;
    this.limits = limits;
    if (context.local(address).here()) {
      // Until now it went straight into the lanes here, past this route.
      used.put(context.self(), context.time().nanoTime());
    }
  }

  /**
   * Takes an envelope.
   *
   * @return false if this route was retired: take a new one
   */
  boolean take(Envelope envelope) {
    Set<String> straight = null;
    boolean refused = false;
    boolean find = false;
    synchronized (this) {
      if (retired) {
        return false;
      }
      if (envelope.attempt() > 0) {
        returned.add(envelope);
        found = false;
      } else if (!finding) {
        straight = knownWay();
        if (straight != null) {
          noteUse(straight);
        }
      }
      if (envelope.attempt() == 0 && straight == null) {
        refused = waiting.size() >= limits.maxWaiting;
        if (!refused) {
          waiting.add(envelope);
        }
      }
      if (straight == null && !refused && !finding) {
        finding = true;
        find = true;
      }
    }
    if (straight != null) {
      context.dispatch(envelope, straight, false);
    } else if (refused) {
      context.end(envelope, Outcome.unavailable(Reason.UNSTABLE_ROUTE));
    }
    if (find) {
      new Finding().start();
    }
    return true;
  }

  /**
   * Guarded by "this". Null if the way must be found first: also where this node holds the
   * addressee and does not know yet where else he is, since nobody would tell of another device.
   */
  private @Nullable Set<String> knownWay() {
    if (address.kind() != Address.Kind.USER) {
      return null;
    }
    LocalKnowledge local = context.local(address);
    Set<String> way;
    if (local.here() && local.otherNodes() != null) {
      way = with(local.otherNodes(), context.self());
    } else if (!local.here()
        && found
        && context.time().nanoTime() - foundAtNanos < limits.cacheNanos) {
      way = without(nodes, context.self());
    } else {
      return null;
    }
    return !way.isEmpty() && (justTheseAreUsed(way) || nodesToFence(way).isEmpty()) ? way : null;
  }

  /**
   * Guarded by "this". Nodes that were sent to not long ago and may send something back that has to
   * leave first: those that are not on the way, and all of them if the way has a new node, for
   * which they may send back what was meant for the others only.
   */
  private Set<String> nodesToFence(Set<String> way) {
    long now = context.time().nanoTime();
    used.values().removeIf(at -> now - at > FORMER_NODE_NANOS);
    Set<String> nodes = new HashSet<>(used.keySet());
    if (nodes.containsAll(way)) {
      nodes.removeAll(way);
    }
    return nodes;
  }

  /** Guarded by "this". So it is for nearly every message. */
  private boolean justTheseAreUsed(Set<String> way) {
    long now = context.time().nanoTime();
    for (Map.Entry<String, Long> node : used.entrySet()) {
      if (!way.contains(node.getKey()) || now - node.getValue() > FORMER_NODE_NANOS) {
        return false;
      }
    }
    return used.size() == way.size();
  }

  /** Guarded by "this". Nobody else is waited for any more. */
  private void noteUse(Set<String> way) {
    long now = context.time().nanoTime();
    if (used.size() != way.size() || !way.containsAll(used.keySet())) {
      used.keySet().retainAll(way);
    }
    for (String node : way) {
      used.put(node, now);
    }
  }

  /**
   * Retires the route if nothing depends on it.
   *
   * @return whether it is retired now
   */
  synchronized boolean retireIfIdle() {
    long now = context.time().nanoTime();
    used.values().removeIf(at -> now - at > FORMER_NODE_NANOS);
    retired = !finding && used.isEmpty() && now - foundAtNanos > limits.cacheNanos;
    return retired;
  }

  private static Set<String> with(Set<String> nodes, String node) {
    if (nodes.contains(node)) {
      return nodes;
    }
    Set<String> more = new HashSet<>(nodes);
    more.add(node);
    return more;
  }

  private static Set<String> without(Set<String> nodes, String node) {
    if (!nodes.contains(node)) {
      return nodes;
    }
    Set<String> fewer = new HashSet<>(nodes);
    fewer.remove(node);
    return fewer;
  }

  /**
   * One search for the way, bounded by the hold. Its steps run one after the other, on whatever
   * thread ends a wait.
   */
  private final class Finding {
    private final long startNanos = context.time().nanoTime();
    private final Set<String> fenced = new HashSet<>();
    private boolean paused;
    private int covered;

    /** Asks the registry, and fences everyone who may still send something back. */
    void start() {
      Set<String> toFence = Set.of();
      synchronized (Route.this) {
        covered = waiting.size();
        if (!returned.isEmpty()) {
          toFence = new HashSet<>(used.keySet());
        }
      }
      CompletableFuture<Location> location = context.locate(address).toCompletableFuture();
      whenBoth(location, fences(toFence), () -> located(location.getNow(Location.UNKNOWN)));
    }

    private CompletionStage<Void> fences(Set<String> toFence) {
      return CompletableFuture.allOf(
          toFence.stream()
              .filter(fenced::add)
              .map(node -> context.fence(node, address).toCompletableFuture())
              .toArray(CompletableFuture[]::new));
    }

    /** Goes on when both are complete, or when the hold is over; once. */
    @SuppressWarnings("FutureReturnValueIgnored") // what is done with the futures ends in next
    private void whenBoth(CompletionStage<?> first, CompletionStage<?> second, Runnable next) {
      CompletableFuture<Void> both =
          CompletableFuture.allOf(first.toCompletableFuture(), second.toCompletableFuture());
      if (!both.isDone()) {
        CompletableFuture<Void> bounded = new CompletableFuture<>();
        both.whenComplete((done, failure) -> bounded.complete(null));
        context.schedule(remainingNanos(), () -> bounded.complete(null));
        bounded.whenComplete((done, failure) -> next.run());
      } else {
        next.run();
      }
    }

    private long remainingNanos() {
      return Math.max(0, limits.holdNanos - (context.time().nanoTime() - startNanos));
    }

    private void located(Location answer) {
      boolean ghost = isGhost(answer);
      Location location = ghost && paused ? Location.UNKNOWN : answer;
      Set<String> way;
      Set<String> toFence;
      long pauseNanos;
      synchronized (Route.this) {
        way = wayTo(location);
        toFence = nodesToFence(way);
        toFence.removeAll(fenced);
        pauseNanos = ghost ? FIRST_PAUSE_NANOS : returned.onlyTo(way) ? pauseNanos() : 0;
      }
      if (pauseNanos > 0 && location.known() && !paused) {
        // The registry still names only nodes that sent it back, or this one, which does not hold
        // the addressee: their removal is on its way there.
        paused = true;
        context.schedule(Math.min(pauseNanos, remainingNanos()), this::lookAgain);
      } else if (!toFence.isEmpty() && remainingNanos() > 0) {
        whenBoth(
            fences(toFence),
            CompletableFuture.completedFuture(null),
            () -> release(way, asks(location)));
      } else {
        release(way, asks(location));
      }
    }

    /**
     * Whether the registry names this node alone, which knows better. It may be that it would say
     * it does not know, were it not for that entry: after it lost its data, for instance.
     */
    private boolean isGhost(Location location) {
      return location.nodes().equals(Set.of(context.self())) && !context.local(address).here();
    }

    /** Guarded by the route. Four times as long with each attempt. */
    private long pauseNanos() {
      return FIRST_PAUSE_NANOS << (2 * Math.min(returned.attempts() - 1, MAX_ATTEMPTS));
    }

    private void lookAgain() {
      synchronized (Route.this) {
        covered = waiting.size();
      }
      CompletableFuture<Location> location = context.locate(address).toCompletableFuture();
      whenBoth(
          location,
          CompletableFuture.completedFuture(null),
          () -> located(location.getNow(Location.UNKNOWN)));
    }

    /** Guarded by the route. */
    private Set<String> wayTo(Location location) {
      LocalKnowledge local = context.local(address);
      Set<String> way = new HashSet<>(location.nodes());
      if (!location.known()) {
        way.addAll(keepsOldWay() ? nodes : context.members());
      }
      if (local.otherNodes() != null) {
        way.addAll(local.otherNodes());
      }
      way.addAll(returned.alsoAt());
      way.remove(context.self());
      if (local.here()) {
        way.add(context.self());
      }
      return way;
    }

    /**
     * Guarded by the route. A way that is merely old is better than asking everyone, unless it ends
     * here and the addressee left.
     */
    private boolean keepsOldWay() {
      boolean here = context.local(address).here();
      Set<String> old = here ? nodes : without(nodes, context.self());
      return !old.isEmpty() && returned.isEmpty() && address.kind() == Address.Kind.USER;
    }

    private boolean asks(Location location) {
      synchronized (Route.this) {
        return !location.known() && !keepsOldWay();
      }
    }

    /** Lets go what came back, then what waited. What comes meanwhile waits behind it. */
    private void release(Set<String> way, boolean ask) {
      List<Envelope> back;
      List<Envelope> newer = new ArrayList<>();
      synchronized (Route.this) {
        back = returned.takeAll();
        // An empty answer holds only for what was there when it was asked for, and so does any
        // answer about a group.
        boolean oldOnly = way.isEmpty() || address.kind() != Address.Kind.USER;
        int count = oldOnly ? Math.min(covered, waiting.size()) : waiting.size();
        for (int i = 0; i < count; i++) {
          newer.add(waiting.remove());
        }
        nodes = ask ? Set.of() : Set.copyOf(way);
        found = !ask && !way.isEmpty();
        foundAtNanos = context.time().nanoTime();
        noteUse(way);
      }
      back.forEach(envelope -> goOn(envelope, way, ask));
      newer.forEach(envelope -> goOn(envelope, way, ask));
      goOnOrEnd();
    }

    /**
     * Lets go what came meanwhile, straight where the way is known now. Else it takes another
     * search, begun anew and not from here: if many senders keep coming while the registry is known
     * to be away, each search ends inside the call that began it.
     */
    private void goOnOrEnd() {
      while (true) {
        Set<String> straight;
        List<Envelope> newer;
        synchronized (Route.this) {
          if (waiting.isEmpty() && returned.isEmpty()) {
            finding = false;
            return;
          }
          straight = returned.isEmpty() ? knownWay() : null;
          if (straight == null) {
            break;
          }
          noteUse(straight);
          newer = List.copyOf(waiting);
          waiting.clear();
        }
        for (Envelope envelope : newer) {
          context.dispatch(envelope, straight, false);
        }
      }
      context.schedule(0, () -> new Finding().start());
    }

    private void goOn(Envelope envelope, Set<String> way, boolean ask) {
      Set<String> open = new HashSet<>(way);
      open.removeIf(
          node -> envelope.sentTo().contains(node) && !envelope.returnedBy().contains(node));
      if (open.isEmpty()) {
        context.end(envelope, Outcome.offline());
      } else if (envelope.attempt() > MAX_ATTEMPTS) {
        context.end(envelope, Outcome.unavailable(Reason.UNSTABLE_ROUTE));
      } else {
        context.dispatch(envelope, open, ask);
      }
    }
  }
}
