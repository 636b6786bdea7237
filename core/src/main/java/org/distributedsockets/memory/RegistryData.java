package org.distributedsockets.memory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.distributedsockets.Address;
import org.distributedsockets.memory.MemoryCluster.Scheduler;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryEntry;

/**
 * Leases and entries. Thread-safe: each method is one atomic step.
 *
 * <p>An entry is kept under its owner's node <em>and</em> incarnation. So nobody can overwrite or
 * remove another's, and a late close of a former incarnation finds only its own.
 */
final class RegistryData {
  /** How long the entries of a node that gave no sign of life are kept, should it come back. */
  private static final long RETENTION_NANOS = Duration.ofHours(1).toNanos();

  private final Scheduler clock;
  private final long graceNanos;

  // The fields below are guarded by this.
  // A lease that ran out stays, as the trace of a lost node, until it is forgotten.
  private Map<String, Lease> leases = new HashMap<>();
  private Map<Address, Map<Key, RegistryEntry>> entries = new HashMap<>();
  private Map<NodeIdentity, Long> lastSeenNanos = new HashMap<>();
  private long epoch = 1;
  private boolean emptied;
  private long emptiedAtNanos;
  private long sweptAtNanos;

  RegistryData(Scheduler clock, Duration grace) {
    this.clock = clock;
    this.graceNanos = grace.toNanos();
    this.sweptAtNanos = clock.nanoTime();
  }

  synchronized LeaseAnswer renew(LeaseRequest request) {
    NodeIdentity self = request.self();
    long now = clock.nanoTime();
    Lease lease = leases.get(self.nodeId());
    if (lease == null
        || !lease.isValid(now)
        || lease.owner.equals(self)
        || lease.owner.incarnation().equals(request.former())) {
      long until = now + request.duration().toNanos();
      lease = new Lease(self, until, request.isCompleteIn(epochName()));
      leases.put(self.nodeId(), lease);
    }
    lastSeenNanos.put(self, now);
    sweep(now);
    return new LeaseAnswer(
        lease.owner.incarnation(), clock.currentTimeMillis(), epochName(), members(now), lost(now));
  }

  private String epochName() {
    return "memory-" + epoch;
  }

  synchronized void leave(NodeIdentity self) {
    Lease lease = leases.get(self.nodeId());
    if (lease != null && lease.owner.equals(self)) {
      leases.remove(self.nodeId());
    }
  }

  synchronized void forget(String nodeId) {
    long now = clock.nanoTime();
    leases.computeIfPresent(nodeId, (id, lease) -> lease.isValid(now) ? lease : null);
  }

  synchronized List<RegisterAnswer> register(
      NodeIdentity self, List<Registration> batch, RegistrationLimit limit) {
    lastSeenNanos.put(self, clock.nanoTime());
    List<RegisterAnswer> answers = new ArrayList<>(batch.size());
    for (Registration registration : batch) {
      boolean limited = registration.address().kind() == Address.Kind.USER;
      answers.add(register(self, registration, limited ? limit : RegistrationLimit.NONE));
    }
    return answers;
  }

  private RegisterAnswer register(
      NodeIdentity self, Registration registration, RegistrationLimit limit) {
    Address address = registration.address();
    List<RegistryEntry> victims = surplus(self, registration, limit);
    if (!victims.isEmpty() && !displaces(registration, victims, limit)) {
      return new RegisterAnswer(false, otherNodes(self, address), List.of());
    }
    for (RegistryEntry victim : victims) {
      remove(victim.owner(), victim.registration());
    }
    entries
        .computeIfAbsent(address, ignored -> new LinkedHashMap<>())
        .put(new Key(self, registration.entry()), new RegistryEntry(self, registration));
    return new RegisterAnswer(true, otherNodes(self, address), victims);
  }

  /** What is older than all that would give way to it is itself one too many. */
  private static boolean displaces(
      Registration registration, List<RegistryEntry> victims, RegistrationLimit limit) {
    Registration youngest = victims.get(victims.size() - 1).registration();
    return limit.policy() == RegistrationLimit.Policy.DISPLACE_OLDEST
        && registration.sinceMillis() >= youngest.sinceMillis();
  }

  /**
   * The oldest entries, as many as are too many once the new one is there. The caller's own count
   * even if its lease is not written yet, lest it gets more than the limit before.
   */
  private List<RegistryEntry> surplus(
      NodeIdentity self, Registration registration, RegistrationLimit limit) {
    Map<Key, RegistryEntry> held = entries.getOrDefault(registration.address(), Map.of());
    if (held.containsKey(new Key(self, registration.entry()))) {
      return List.of();
    }
    long now = clock.nanoTime();
    List<RegistryEntry> oldestFirst =
        held.values().stream()
            .filter(entry -> isLive(entry.owner(), now) || entry.owner().equals(self))
            .sorted(Comparator.comparingLong(entry -> entry.registration().sinceMillis()))
            .toList();
    return oldestFirst.subList(0, Math.max(0, oldestFirst.size() + 1 - limit.maxEntries()));
  }

  synchronized void unregister(NodeIdentity self, List<Registration> batch) {
    for (Registration registration : batch) {
      remove(self, registration);
    }
  }

  synchronized List<Location> locate(List<Address> addresses) {
    long now = clock.nanoTime();
    boolean complete = !isInGrace(now) && leases.values().stream().noneMatch(l -> l.lacks(now));
    return addresses.stream()
        .map(address -> Location.at(nodesOf(address, now)).believed(address, complete))
        .toList();
  }

  synchronized List<List<RegistryEntry>> entries(List<Address> addresses) {
    long now = clock.nanoTime();
    return addresses.stream().map(address -> liveEntries(address, now).toList()).toList();
  }

  /** Forgets everything and says so. */
  synchronized void clear() {
    leases.clear();
    entries.clear();
    lastSeenNanos.clear();
    startNewEpoch();
  }

  synchronized Copy copy() {
    return new Copy(new HashMap<>(leases), copyOf(entries), new HashMap<>(lastSeenNanos));
  }

  /** Goes back to an earlier state. */
  synchronized void restore(Copy copy, boolean newEpoch) {
    leases = new HashMap<>(copy.leases);
    entries = copyOf(copy.entries);
    lastSeenNanos = new HashMap<>(copy.lastSeenNanos);
    if (newEpoch) {
      startNewEpoch();
    }
  }

  private void startNewEpoch() {
    epoch++;
    emptied = true;
    emptiedAtNanos = clock.nanoTime();
  }

  private boolean isInGrace(long now) {
    return emptied && now - emptiedAtNanos < graceNanos;
  }

  private boolean isLive(NodeIdentity owner, long now) {
    Lease lease = leases.get(owner.nodeId());
    return lease != null && lease.owner.equals(owner) && lease.isValid(now);
  }

  private List<NodeIdentity> members(long now) {
    return leases.values().stream().filter(lease -> lease.isValid(now)).map(Lease::owner).toList();
  }

  private Set<String> lost(long now) {
    Set<String> nodes = new TreeSet<>(leases.keySet());
    members(now).forEach(member -> nodes.remove(member.nodeId()));
    return nodes;
  }

  private Set<String> otherNodes(NodeIdentity self, Address address) {
    Set<String> nodes = nodesOf(address, clock.nanoTime());
    nodes.remove(self.nodeId());
    return nodes;
  }

  private Set<String> nodesOf(Address address, long now) {
    Set<String> nodes = new TreeSet<>();
    liveEntries(address, now).forEach(entry -> nodes.add(entry.owner().nodeId()));
    return nodes;
  }

  private Stream<RegistryEntry> liveEntries(Address address, long now) {
    return entries.getOrDefault(address, Map.of()).values().stream()
        .filter(entry -> isLive(entry.owner(), now));
  }

  private void remove(NodeIdentity owner, Registration registration) {
    entries.computeIfPresent(
        registration.address(),
        (address, held) -> {
          held.remove(new Key(owner, registration.entry()));
          return held.isEmpty() ? null : held;
        });
  }

  private void sweep(long now) {
    if (now - sweptAtNanos < RETENTION_NANOS) {
      return;
    }
    sweptAtNanos = now;
    lastSeenNanos
        .entrySet()
        .removeIf(seen -> now - seen.getValue() > RETENTION_NANOS && !isLive(seen.getKey(), now));
    entries
        .values()
        .forEach(held -> held.keySet().removeIf(key -> !lastSeenNanos.containsKey(key.owner)));
    entries.values().removeIf(Map::isEmpty);
  }

  private static Map<Address, Map<Key, RegistryEntry>> copyOf(
      Map<Address, Map<Key, RegistryEntry>> original) {
    Map<Address, Map<Key, RegistryEntry>> copy = new HashMap<>();
    original.forEach((address, held) -> copy.put(address, new LinkedHashMap<>(held)));
    return copy;
  }

  /** The data at one moment. Immutable, as nobody changes the maps. */
  record Copy(
      Map<String, Lease> leases,
      Map<Address, Map<Key, RegistryEntry>> entries,
      Map<NodeIdentity, Long> lastSeenNanos) {}

  record Lease(NodeIdentity owner, long untilNanos, boolean complete) {
    boolean isValid(long now) {
      return untilNanos - now > 0;
    }

    /** Whether entries of a live node are missing. */
    boolean lacks(long now) {
      return !complete && isValid(now);
    }
  }

  record Key(NodeIdentity owner, String entry) {}
}
