package org.distributedsockets.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.distributedsockets.Address;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryEntry;

/** A process's way to the registry, watched: what it was told is registered, and since when. */
final class SimRegistry implements ConnectionRegistry {
  private final SimWorld world;
  private final ConnectionRegistry registry;
  private final Map<Entry, Long> registeredNanos = new HashMap<>();

  /** When the lease was last written to a registry that had lost it, and when that was. */
  private long writtenNanos = Long.MIN_VALUE;

  private long lackedNanos = Long.MIN_VALUE;
  private long renewedNanos;
  private long leaseUntilNanos = Long.MIN_VALUE;
  private long leaseSinceNanos = SimClient.NEVER;

  private record Entry(Address address, String name) {}

  SimRegistry(SimWorld world, ConnectionRegistry registry) {
    this.world = world;
    this.registry = registry;
  }

  /** Since when the process knows an entry to be registered; never if it is not. */
  long registeredNanos(Address address, String entry) {
    return registeredNanos.getOrDefault(new Entry(address, entry), SimClient.NEVER);
  }

  /** When the process renewed its lease last. */
  long renewedNanos() {
    return renewedNanos;
  }

  /**
   * Whether the process renewed its lease in time, without a gap from a time until now; after a
   * loss of data within the grace.
   */
  boolean hadItsLeaseSince(long nanos) {
    return leaseSinceNanos <= nanos && hasItsLease();
  }

  /**
   * Whether another process cannot know that this one is a member: the registry did not name it
   * when it was last asked, since it had not joined, its lease had run out, or the data had been
   * lost before the other one came.
   */
  boolean isUnknownTo(SimRegistry asker, long askedNanos) {
    long forgotten = world.firstForgottenSince(renewedNanos);
    return askedNanos <= leaseSinceNanos
        || asker.leaseSinceNanos >= forgotten
        || (askedNanos <= writtenNanos && asker.leaseSinceNanos >= lackedNanos);
  }

  private boolean hasItsLease() {
    long forgotten = world.firstForgottenSince(renewedNanos);
    return world.now() <= leaseUntilNanos
        && (forgotten == SimClient.NEVER || world.now() <= forgotten + SimWorld.GRACE.toNanos());
  }

  @Override
  public LeaseAnswer renew(LeaseRequest request) {
    long now = world.now();
    boolean hadIt = hasItsLease();
    long forgotten = world.firstForgottenSince(renewedNanos);
    LeaseAnswer answer = registry.renew(request);
    boolean held = answer.holder().equals(request.self().incarnation());
    if (!held) {
      leaseSinceNanos = SimClient.NEVER;
    } else if (!hadIt) {
      leaseSinceNanos = now;
    } else if (forgotten != SimClient.NEVER) {
      writtenNanos = now;
      lackedNanos = forgotten;
    }
    renewedNanos = now;
    leaseUntilNanos = held ? now + request.duration().toNanos() : Long.MIN_VALUE;
    return answer;
  }

  @Override
  public void leave(NodeIdentity self) {
    registry.leave(self);
  }

  @Override
  public void forget(String nodeId) {
    registry.forget(nodeId);
  }

  @Override
  public List<RegisterAnswer> register(
      NodeIdentity self, List<Registration> batch, RegistrationLimit limit) {
    List<RegisterAnswer> answers = registry.register(self, batch, limit);
    for (int i = 0; i < batch.size(); i++) {
      if (answers.get(i).accepted()) {
        registeredNanos.putIfAbsent(entry(batch.get(i)), world.now());
      }
    }
    return answers;
  }

  @Override
  public void unregister(NodeIdentity self, List<Registration> batch) {
    batch.forEach(registration -> registeredNanos.remove(entry(registration)));
    registry.unregister(self, batch);
  }

  private static Entry entry(Registration registration) {
    return new Entry(registration.address(), registration.entry());
  }

  @Override
  public List<Location> locate(List<Address> addresses) {
    return registry.locate(addresses);
  }

  @Override
  public List<List<RegistryEntry>> entries(List<Address> addresses) {
    return registry.entries(addresses);
  }

  @Override
  public void close() {
    registry.close();
  }
}
