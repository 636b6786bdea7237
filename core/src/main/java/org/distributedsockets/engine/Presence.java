package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.Address;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.PresenceListener;
import org.distributedsockets.PresenceWatch;
import org.distributedsockets.engine.Questions.Holding;
import org.distributedsockets.engine.wire.Item.Held;
import org.distributedsockets.spi.Location;
import org.jspecify.annotations.Nullable;

/**
 * Watches users and groups. Nothing is sent to a watcher's node: it looks up what it watches, each
 * address once per interval and all of them at a bounded rate, so that the truth is found again
 * whatever was lost, and a node that dies with its users costs nothing that a calm minute does not.
 * Who is here is online at once; who is away is told to be offline after a grace; what nobody can
 * say changes nothing. Thread-safe; the listeners are called outside locks.
 */
final class Presence {

  /** Where the truth is. */
  interface Sources {
    /** One location per address; UNKNOWN where nobody can say. Never completes exceptionally. */
    CompletableFuture<List<Location>> locate(List<Address> addresses);

    /** What nodes hold of a group, as {@link Questions#ask}. */
    CompletableFuture<Map<String, Holding>> users(
        Set<String> nodes, Address group, Map<String, Long> known);

    /** Whether this node holds connections of an address. */
    boolean isHere(Address address);
  }

  /** How soon after a change here the watched address is looked up. */
  private static final long HINT_NANOS = 50_000_000L;

  /** How soon after a look a group may be due again: its members may be many, and busy. */
  private static final long GROUP_PAUSE_NANOS = 1_000_000_000L;

  /** The most changes that a listener is told in one call. */
  private static final int MAX_TOLD = 1_000;

  private static final int MAX_BATCH = 1_000;

  private final String self;
  private final Sources sources;
  private final NodeRuntime runtime;
  private final ErrorListener errors;
  private final long intervalNanos;
  private final long graceNanos;
  private final int mostWatched;

  // Guarded by "this".
  private final Map<Address, Watched> watched = new LinkedHashMap<>();
  private final TreeSet<Watched> byDue =
      new TreeSet<>(
          Comparator.<Watched>comparingLong(w -> w.dueNanos - startNanos())
              .thenComparingLong(w -> w.number));
  private final TokenBucket lookups;
  private final long startNanos;
  private long lastNumber;
  private boolean hinted;

  /** One address that somebody watches. Guarded by the outer "this". */
  private static final class Watched {
    final Address address;
    final long number;
    final Set<Watch> watches = new LinkedHashSet<>();

    /** Of a user: himself; of a group: all members that are or were there within the grace. */
    final Map<String, Seen> users = new HashMap<>();

    /** Of a group: what its nodes said last. */
    final Map<String, Holding> nodes = new TreeMap<>();

    long dueNanos;
    long soonestNanos;
    boolean asking;
    boolean changedMeanwhile;

    Watched(Address address, long number, long dueNanos) {
      this.address = address;
      this.number = number;
      this.dueNanos = dueNanos;
      this.soonestNanos = dueNanos;
    }
  }

  /** What is known of a user. */
  private static final class Seen {
    boolean online;
    boolean absent;
    long absentSinceNanos;
  }

  /** One call of {@link #watch}. */
  private final class Watch implements PresenceWatch {
    private final PresenceListener listener;
    private final List<Address> addresses;

    /** A group forgets who is offline; a user who was never there is told of, once. */
    private final boolean ofGroup;

    // Guarded by "this".
    private final Map<String, Boolean> pending = new LinkedHashMap<>();
    private final Map<String, Boolean> told = new HashMap<>();
    private boolean telling;
    private boolean ended;

    Watch(List<Address> addresses, PresenceListener listener) {
      this.addresses = addresses;
      this.listener = listener;
      this.ofGroup = addresses.get(0).kind() == Address.Kind.GROUP;
    }

    /** Returns whether {@link #tell} has to be run. */
    synchronized boolean changed(Map<String, Boolean> changes) {
      if (ended) {
        return false;
      }
      pending.putAll(changes);
      boolean idle = !telling && !pending.isEmpty();
      telling |= idle;
      return idle;
    }

    void tell() {
      Map<String, Boolean> changes = next();
      while (!changes.isEmpty()) {
        try {
          listener.onPresence(changes);
        } catch (Throwable e) {
          errors.onError("a presence listener threw", e);
        }
        changes = next();
      }
    }

    private synchronized Map<String, Boolean> next() {
      Map<String, Boolean> changes = new LinkedHashMap<>();
      Iterator<Map.Entry<String, Boolean>> rest = pending.entrySet().iterator();
      while (!ended && rest.hasNext() && changes.size() < MAX_TOLD) {
        Map.Entry<String, Boolean> change = rest.next();
        rest.remove();
        String user = change.getKey();
        boolean online = change.getValue();
        boolean before = ofGroup ? told.containsKey(user) : Boolean.TRUE.equals(told.get(user));
        boolean first = !ofGroup && !told.containsKey(user);
        if (online != before || first) {
          changes.put(user, online);
        }
        if (ofGroup && !online) {
          told.remove(user);
        } else {
          told.put(user, online);
        }
      }
      telling = !changes.isEmpty();
      return changes;
    }

    @Override
    public void close() {
      synchronized (this) {
        ended = true;
        pending.clear();
      }
      unwatch(this);
    }
  }

  Presence(
      String self,
      Sources sources,
      NodeRuntime runtime,
      ErrorListener errors,
      long intervalNanos,
      long graceNanos,
      int ratePerSecond,
      int mostWatched) {
    this.self = self;
    this.sources = sources;
    this.runtime = runtime;
    this.errors = errors;
    this.intervalNanos = intervalNanos;
    this.graceNanos = graceNanos;
    this.mostWatched = mostWatched;
    this.startNanos = runtime.nanoTime();
    this.lookups = new TokenBucket(ratePerSecond, ratePerSecond, startNanos);
  }

  private long startNanos() {
    return startNanos;
  }

  // ---- watches

  /**
   * Begins a watch, which is first told what is the case.
   *
   * @param addresses one or more users, or one group
   * @throws IllegalStateException if this node watches too many
   */
  PresenceWatch watch(Collection<Address> addresses, PresenceListener listener) {
    Watch watch = new Watch(List.copyOf(new LinkedHashSet<>(addresses)), listener);
    boolean idle;
    synchronized (this) {
      Map<String, Boolean> known = new LinkedHashMap<>();
      long fresh = watch.addresses.stream().filter(a -> !watched.containsKey(a)).count();
      if (watched.size() + fresh > mostWatched) {
        throw new IllegalStateException("this node watches " + watched.size() + " already");
      }
      for (Address address : watch.addresses) {
        Watched target = watched.get(address);
        if (target == null) {
          target = new Watched(address, ++lastNumber, runtime.nanoTime());
          watched.put(address, target);
          byDue.add(target);
        }
        target.watches.add(watch);
        target.users.forEach((user, seen) -> known.put(user, seen.online));
      }
      idle = watch.changed(known);
    }
    if (idle) {
      tell(List.of(watch));
    }
    hint();
    return watch;
  }

  private synchronized void unwatch(Watch watch) {
    for (Address address : watch.addresses) {
      Watched target = watched.get(address);
      if (target != null && target.watches.remove(watch) && target.watches.isEmpty()) {
        watched.remove(address);
        byDue.remove(target);
      }
    }
  }

  /** Something about an address changed here. */
  void changedHere(Address address) {
    synchronized (this) {
      Watched target = watched.get(address);
      if (target == null) {
        return;
      }
      if (target.asking) {
        target.changedMeanwhile = true;
      } else {
        due(target, runtime.nanoTime());
      }
    }
    hint();
  }

  private void hint() {
    synchronized (this) {
      if (hinted) {
        return;
      }
      hinted = true;
    }
    runtime.timers().schedule(HINT_NANOS, this::hinted);
  }

  private void hinted() {
    synchronized (this) {
      hinted = false;
    }
    run();
  }

  /** Guarded by "this". */
  private void due(Watched target, long nanos) {
    byDue.remove(target);
    target.dueNanos = nanos - target.soonestNanos > 0 ? nanos : target.soonestNanos;
    if (!target.watches.isEmpty()) {
      byDue.add(target);
    }
  }

  // ---- looking up

  /** Looks up what is due, as far as the rate allows. Called every second or so. */
  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the locations ends here
  void run() {
    List<Watched> batch = nextBatch();
    while (!batch.isEmpty()) {
      List<Watched> asked = batch;
      sources
          .locate(asked.stream().map(target -> target.address).toList())
          .thenAccept(locations -> located(asked, locations));
      batch = asked.size() < MAX_BATCH ? List.of() : nextBatch();
    }
  }

  private synchronized List<Watched> nextBatch() {
    long now = runtime.nanoTime();
    List<Watched> batch = new ArrayList<>();
    while (batch.size() < MAX_BATCH
        && !byDue.isEmpty()
        && byDue.first().dueNanos - now <= 0
        && lookups.tryTake(1, now)) {
      Watched target = byDue.pollFirst();
      target.asking = true;
      if (target.address.kind() == Address.Kind.GROUP) {
        target.soonestNanos = now + GROUP_PAUSE_NANOS;
      }
      batch.add(target);
    }
    return batch;
  }

  /** All changes first, so that a listener is told of them together. */
  private void located(List<Watched> asked, List<Location> locations) {
    List<Watch> idle = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      Watched target = asked.get(i);
      Location location = locations.get(i);
      boolean here = sources.isHere(target.address);
      if (target.address.kind() == Address.Kind.GROUP) {
        askNodes(target, location, here);
      } else {
        Set<String> present =
            here || !location.nodes().isEmpty() ? Set.of(target.address.name()) : Set.of();
        Set<String> possible = Set.of(target.address.name());
        idle.addAll(answered(target, here || location.known() ? present : null, possible));
      }
    }
    tell(idle);
  }

  private void tell(List<Watch> idle) {
    idle.forEach(watch -> runtime.callbacks().execute(watch::tell));
  }

  /** A node that does not answer is believed to hold what it held, until the registry denies it. */
  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the answers ends here
  private void askNodes(Watched target, Location location, boolean here) {
    Set<String> nodes = new TreeSet<>(location.nodes());
    Map<String, Long> known = new HashMap<>();
    synchronized (this) {
      if (here) {
        nodes.add(self);
      }
      if (!location.known()) {
        nodes.addAll(target.nodes.keySet());
      }
      target.nodes.keySet().removeIf(node -> !nodes.contains(node));
      target.nodes.forEach((node, holding) -> known.put(node, holding.version()));
    }
    sources
        .users(nodes, target.address, known)
        .thenAccept(answers -> tell(answered(target, merge(target, answers), Set.of())));
  }

  private synchronized Set<String> merge(Watched target, Map<String, Holding> answers) {
    answers.forEach(
        (node, holding) -> {
          Holding before = target.nodes.get(node);
          if (before == null || before.version() != holding.version()) {
            target.nodes.put(node, holding);
          }
        });
    Set<String> present = new LinkedHashSet<>();
    target.nodes.values().stream()
        .flatMap(holding -> holding.held().stream())
        .map(Held::user)
        .forEach(present::add);
    return present;
  }

  /**
   * Takes in an answer.
   *
   * @param present who is there; null if nobody can say
   * @param possible who is told to be offline even if he was never there
   * @return the watches that are now to be told
   */
  private List<Watch> answered(
      Watched target, @Nullable Set<String> present, Set<String> possible) {
    List<Watch> idle;
    boolean again;
    synchronized (this) {
      Map<String, Boolean> changes = new LinkedHashMap<>();
      long now = runtime.nanoTime();
      long pause = intervalNanos;
      if (present != null) {
        pause = Math.min(pause, compare(target, present, possible, now, changes));
      }
      again = target.changedMeanwhile;
      target.asking = false;
      target.changedMeanwhile = false;
      due(target, again ? now : now + pause);
      idle = target.watches.stream().filter(watch -> watch.changed(changes)).toList();
    }
    if (again) {
      hint();
    }
    return idle;
  }

  /** Guarded by "this". Returns after how long somebody's grace is over. */
  private long compare(
      Watched target,
      Set<String> present,
      Set<String> possible,
      long now,
      Map<String, Boolean> changes) {
    for (String user : present) {
      Seen seen = target.users.computeIfAbsent(user, u -> new Seen());
      seen.absent = false;
      if (!seen.online) {
        seen.online = true;
        changes.put(user, true);
      }
    }
    for (String user : possible) {
      if (!present.contains(user) && target.users.putIfAbsent(user, new Seen()) == null) {
        changes.put(user, false);
      }
    }
    long graceLeft = Long.MAX_VALUE;
    Iterator<Map.Entry<String, Seen>> all = target.users.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<String, Seen> entry = all.next();
      Seen seen = entry.getValue();
      if (!seen.online || present.contains(entry.getKey())) {
        continue;
      }
      if (!seen.absent) {
        seen.absent = true;
        seen.absentSinceNanos = now;
      }
      long left = seen.absentSinceNanos + graceNanos - now;
      if (left > 0) {
        graceLeft = Math.min(graceLeft, left);
        continue;
      }
      seen.online = false;
      changes.put(entry.getKey(), false);
      if (!possible.contains(entry.getKey())) {
        all.remove();
      }
    }
    return graceLeft;
  }

  synchronized int watchedCount() {
    return watched.size();
  }
}
