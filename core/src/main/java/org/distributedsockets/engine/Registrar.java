package org.distributedsockets.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.distributedsockets.Address;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.metrics.Timer;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryException;
import org.jspecify.annotations.Nullable;

/**
 * Brings the registry to what this node wants registered. One call is under way at a time; what is
 * asked for meanwhile shares the next one, and of several wishes for one entry the last counts.
 * While the registry is away wishes are kept. Thread-safe; blocks only on the blocking executor.
 */
final class Registrar {

  /** What came of a wish. */
  enum Registered {
    /** The registry has it. */
    DONE,
    /** The limit refuses it; nothing is registered. */
    LIMITED,
    /** The registry is away; it is registered when the registry is back. */
    DEFERRED
  }

  /** Told of the registry's answers, on a thread of the blocking executor. */
  interface Listener {
    /**
     * A registration was accepted.
     *
     * @param registration the registration
     * @param answer what the registry said
     * @param askedAtVersion the version noted when the registry was asked
     */
    void onRegistered(Registration registration, RegisterAnswer answer, int askedAtVersion);

    /** A registration that nobody waits for any more is refused by the limit now. */
    void onLimited(Registration registration);

    /**
     * The registry was away for so long that removals were given up. Only a new incarnation makes
     * what they were about void.
     */
    void onRemovalsForgotten();

    /** What {@link #registerAllAgain} began is done. */
    void onComplete();
  }

  private static final int BATCH = 500;
  private static final long PACE_NANOS = 10_000_000L;
  private static final long FIRST_RETRY_NANOS = 100_000_000L;
  private static final long LAST_RETRY_NANOS = 2_000_000_000L;

  /** A fail-over to a replica that lags undoes removals; what is older than this is safe. */
  private static final long REMOVE_AGAIN_NANOS = 30_000_000_000L;

  /** More removals than these are not kept: a new incarnation makes them void at once. */
  private static final int MAX_REMOVED = 100_000;

  private record Removed(Registration registration, long atNanos) {}

  private record Key(Address address, String entry) {
    static Key of(Registration registration) {
      return new Key(registration.address(), registration.entry());
    }
  }

  private static final class Wish {
    final Registration registration;
    final boolean present;
    final List<CompletableFuture<Registered>> waiters = new ArrayList<>(1);

    Wish(Registration registration, boolean present) {
      this.registration = registration;
      this.present = present;
    }
  }

  private final ConnectionRegistry registry;
  private final Supplier<NodeIdentity> self;
  private final RegistrationLimit limit;
  private final NodeRuntime runtime;
  private final MetricsListener metrics;
  private final ErrorListener errors;
  private final Listener listener;
  private final ToIntFunction<Address> version;

  /** All that this node wants registered. */
  private final ConcurrentMap<Key, Registration> wanted = new ConcurrentHashMap<>();

  // Guarded by "this".
  private Map<Key, Wish> wishes = new LinkedHashMap<>();
  private final ArrayDeque<Registration> again = new ArrayDeque<>();
  private final ArrayDeque<Removed> removed = new ArrayDeque<>();
  private @Nullable Iterator<Registration> slowPass;

  /** What was to be registered again, and is neither registered nor removed since. */
  private Set<Key> missing = new HashSet<>();

  /** How often everything was to be registered again. */
  private int passes;

  /** The fraction of an entry that is due, so that a few entries do not come every second. */
  private double shareOwed;

  private boolean running;
  private boolean pausing;
  private boolean closed;
  private long retryNanos = FIRST_RETRY_NANOS;

  Registrar(
      ConnectionRegistry registry,
      Supplier<NodeIdentity> self,
      RegistrationLimit limit,
      NodeRuntime runtime,
      MetricsListener metrics,
      ErrorListener errors,
      ToIntFunction<Address> version,
      Listener listener) {
    this.registry = registry;
    this.self = self;
    this.limit = limit;
    this.runtime = runtime;
    this.metrics = metrics;
    this.errors = errors;
    this.version = version;
    this.listener = listener;
  }

  /**
   * Registers an entry, now or later. Who does not wait to the end completes the future with
   * DEFERRED, so that a refusal is told to the listener.
   */
  CompletableFuture<Registered> register(Registration registration) {
    wanted.put(Key.of(registration), registration);
    return wish(new Wish(registration, true));
  }

  CompletableFuture<Registered> unregister(Registration registration) {
    wanted.remove(Key.of(registration));
    return wish(new Wish(registration, false));
  }

  private CompletableFuture<Registered> wish(Wish wish) {
    CompletableFuture<Registered> result = new CompletableFuture<>();
    wish.waiters.add(result);
    synchronized (this) {
      if (closed) {
        result.complete(Registered.DEFERRED);
        return result;
      }
      Wish former = wishes.remove(Key.of(wish.registration));
      if (former != null) {
        wish.waiters.addAll(former.waiters);
      }
      wishes.put(Key.of(wish.registration), wish);
    }
    run();
    return result;
  }

  /**
   * Registers everything again, at a pace: the registry lost it, or this node is a new incarnation.
   */
  void registerAllAgain() {
    synchronized (this) {
      List<Registration> all = List.copyOf(wanted.values());
      passes++;
      again.clear();
      again.addAll(all);
      missing = all.stream().map(Key::of).collect(Collectors.toCollection(HashSet::new));
    }
    run();
  }

  /** Whether the registry has all that it had before everything was to be registered again. */
  synchronized boolean isComplete() {
    return missing.isEmpty();
  }

  /**
   * Registers some again, so that all had their turn after the interval, and removes again what was
   * removed a while ago: repairs what nobody noticed. Called every second.
   */
  void registerShareAgain(double share) {
    synchronized (this) {
      if (!again.isEmpty()) {
        return;
      }
      shareOwed += wanted.size() * share;
      int count = (int) shareOwed;
      shareOwed -= count;
      Iterator<Registration> next =
          slowPass != null && slowPass.hasNext() ? slowPass : wanted.values().iterator();
      for (int i = 0; i < count && next.hasNext(); i++) {
        again.add(next.next());
      }
      slowPass = next;
      long now = runtime.nanoTime();
      while (!removed.isEmpty() && now - removed.peek().atNanos >= REMOVE_AGAIN_NANOS) {
        again.add(removed.remove().registration);
      }
    }
    run();
  }

  /** The registry answers again: do not wait for the next try. */
  void registryIsBack() {
    synchronized (this) {
      pausing = false;
      retryNanos = FIRST_RETRY_NANOS;
    }
    run();
  }

  /** Brings entries that the registry names to what this node wants: removes those it does not. */
  void repair(List<Registration> found) {
    synchronized (this) {
      found.stream()
          .filter(registration -> !wanted.containsKey(Key.of(registration)))
          .forEach(again::add);
    }
    run();
  }

  synchronized boolean isIdle() {
    return !running && wishes.isEmpty();
  }

  void close() {
    List<Wish> left;
    synchronized (this) {
      closed = true;
      left = new ArrayList<>(wishes.values());
      wishes.clear();
      again.clear();
    }
    left.forEach(wish -> complete(wish, Registered.DEFERRED));
  }

  private void run() {
    synchronized (this) {
      if (running || pausing || closed || (wishes.isEmpty() && again.isEmpty())) {
        return;
      }
      running = true;
    }
    runtime.blocking().execute(this::runBatch);
  }

  private void runBatch() {
    List<Wish> batch;
    boolean more;
    int pass;
    synchronized (this) {
      batch = closed ? List.of() : nextBatch();
      more = !again.isEmpty();
      pass = passes;
    }
    boolean applied = batch.isEmpty() || apply(batch);
    boolean completed;
    synchronized (this) {
      running = false;
      completed = applied && pass == passes && completes(batch);
    }
    if (completed) {
      listener.onComplete();
    }
    if (!applied) {
      pause(nextRetryNanos());
    } else if (more) {
      pause(PACE_NANOS);
    } else {
      run();
    }
  }

  /** Guarded by "this". Whether nothing is missing any more. */
  private boolean completes(List<Wish> batch) {
    if (missing.isEmpty()) {
      return false;
    }
    batch.forEach(wish -> missing.remove(Key.of(wish.registration)));
    return missing.isEmpty();
  }

  private void pause(long nanos) {
    synchronized (this) {
      pausing = true;
    }
    runtime
        .timers()
        .schedule(
            nanos,
            () -> {
              synchronized (this) {
                pausing = false;
              }
              run();
            });
  }

  private synchronized long nextRetryNanos() {
    long pause = runtime.jittered(retryNanos);
    retryNanos = Math.min(retryNanos * 2, LAST_RETRY_NANOS);
    return pause;
  }

  /** Guarded by "this". New wishes first, then what is registered or removed again. */
  private List<Wish> nextBatch() {
    Map<Key, Wish> batch = new LinkedHashMap<>();
    Iterator<Map.Entry<Key, Wish>> next = wishes.entrySet().iterator();
    while (batch.size() < BATCH && next.hasNext()) {
      Map.Entry<Key, Wish> wish = next.next();
      batch.put(wish.getKey(), wish.getValue());
      next.remove();
    }
    while (batch.size() < BATCH && !again.isEmpty()) {
      Registration registration = again.remove();
      Key key = Key.of(registration);
      Registration present = wanted.get(key);
      if (!wishes.containsKey(key)) {
        batch.putIfAbsent(
            key, present == null ? new Wish(registration, false) : new Wish(present, true));
      }
    }
    return new ArrayList<>(batch.values());
  }

  private boolean apply(List<Wish> batch) {
    List<Wish> absent = batch.stream().filter(wish -> !wish.present).toList();
    List<Wish> present = batch.stream().filter(wish -> wish.present).toList();
    int[] versions =
        present.stream()
            .mapToInt(wish -> version.applyAsInt(wish.registration.address()))
            .toArray();
    NodeIdentity identity = self.get();
    List<RegisterAnswer> answers = List.of();
    long start = runtime.nanoTime();
    try {
      if (!absent.isEmpty()) {
        metrics.count(Counter.REGISTER_CALLS, 1);
        registry.unregister(identity, registrations(absent));
      }
      if (!present.isEmpty()) {
        metrics.count(Counter.REGISTER_CALLS, 1);
        answers = registry.register(identity, registrations(present), limit);
        if (answers.size() != present.size()) {
          throw new IllegalStateException(
              answers.size() + " answers to " + present.size() + " registrations");
        }
      }
    } catch (RuntimeException e) {
      metrics.count(Counter.REGISTRY_FAILURES, 1);
      if (!(e instanceof RegistryException)) {
        errors.onError("the registry failed in an unexpected way", e);
      }
      keep(batch);
      return false;
    }
    metrics.time(Timer.REGISTRY_CALL, runtime.nanoTime() - start);
    synchronized (this) {
      retryNanos = FIRST_RETRY_NANOS;
    }
    absent.forEach(this::removed);
    for (int i = 0; i < present.size(); i++) {
      answered(present.get(i), answers.get(i), versions[i]);
    }
    return true;
  }

  private void removed(Wish wish) {
    boolean firstTime = !wish.waiters.isEmpty();
    synchronized (this) {
      if (firstTime && removed.size() < MAX_REMOVED) {
        removed.add(new Removed(wish.registration, runtime.nanoTime()));
      }
    }
    complete(wish, Registered.DONE);
  }

  private static List<Registration> registrations(List<Wish> wishes) {
    return wishes.stream().map(wish -> wish.registration).toList();
  }

  private void answered(Wish wish, RegisterAnswer answer, int askedAtVersion) {
    try {
      if (answer.accepted()) {
        listener.onRegistered(wish.registration, answer, askedAtVersion);
        complete(wish, Registered.DONE);
        return;
      }
      wanted.remove(Key.of(wish.registration), wish.registration);
      if (!complete(wish, Registered.LIMITED)) {
        listener.onLimited(wish.registration);
      }
    } catch (RuntimeException e) {
      errors.onError("could not act on the answer to a registration", e);
      complete(wish, Registered.DONE);
    }
  }

  /** The registry is away: the wishes stay, before newer ones, unless newer ones replace them. */
  private void keep(List<Wish> batch) {
    List<CompletableFuture<Registered>> deferred = new ArrayList<>();
    boolean forgotten = false;
    synchronized (this) {
      Map<Key, Wish> kept = new LinkedHashMap<>();
      for (Wish wish : batch) {
        deferred.addAll(wish.waiters);
        if (!wishes.containsKey(Key.of(wish.registration)) && !closed) {
          kept.put(Key.of(wish.registration), wish);
        }
      }
      kept.putAll(wishes);
      if (kept.size() > wanted.size() + MAX_REMOVED) {
        forgotten = kept.values().removeIf(wish -> !wish.present && deferred.addAll(wish.waiters));
      }
      wishes = kept;
    }
    deferred.forEach(waiter -> waiter.complete(Registered.DEFERRED));
    if (forgotten) {
      listener.onRemovalsForgotten();
    }
  }

  /** Returns whether somebody was still waiting. */
  private static boolean complete(Wish wish, Registered result) {
    boolean told = false;
    for (CompletableFuture<Registered> waiter : wish.waiters) {
      told |= waiter.complete(result);
    }
    return told;
  }
}
