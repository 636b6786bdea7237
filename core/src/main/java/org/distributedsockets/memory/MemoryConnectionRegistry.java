package org.distributedsockets.memory;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.distributedsockets.Address;
import org.distributedsockets.memory.MemoryCluster.Scheduler;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryEntry;
import org.distributedsockets.spi.RegistryException;

/**
 * One node's way to the registry of a {@link MemoryCluster}. Got from {@link
 * MemoryCluster#openRegistry}. A call takes no time unless {@link RegistryFaults} say so.
 * Thread-safe.
 */
public final class MemoryConnectionRegistry implements ConnectionRegistry {
  private final String nodeId;
  private final RegistryData data;
  private final RegistryFaults faults;
  private final Scheduler scheduler;
  private final Duration operationTimeout;
  private volatile boolean closed;

  MemoryConnectionRegistry(
      String nodeId,
      RegistryData data,
      RegistryFaults faults,
      Scheduler scheduler,
      Duration operationTimeout) {
    this.nodeId = nodeId;
    this.data = data;
    this.faults = faults;
    this.scheduler = scheduler;
    this.operationTimeout = operationTimeout;
  }

  @Override
  public LeaseAnswer renew(LeaseRequest request) {
    return call(() -> data.renew(request));
  }

  @Override
  public void leave(NodeIdentity self) {
    run(() -> data.leave(self));
  }

  @Override
  public void forget(String lostNode) {
    run(() -> data.forget(lostNode));
  }

  @Override
  public List<RegisterAnswer> register(
      NodeIdentity self, List<Registration> batch, RegistrationLimit limit) {
    return call(() -> data.register(self, batch, limit));
  }

  @Override
  public void unregister(NodeIdentity self, List<Registration> batch) {
    run(() -> data.unregister(self, batch));
  }

  @Override
  public List<Location> locate(List<Address> addresses) {
    return call(() -> data.locate(addresses));
  }

  @Override
  public List<List<RegistryEntry>> entries(List<Address> addresses) {
    return call(() -> data.entries(addresses));
  }

  @Override
  public void close() {
    closed = true;
  }

  private void run(Runnable work) {
    boolean unused =
        call(
            () -> {
              work.run();
              return true;
            });
  }

  private <T> T call(Supplier<T> work) {
    if (closed) {
      throw new RegistryException("the registry of node " + nodeId + " was closed", false, null);
    }
    if (faults.isAwayFor(nodeId)) {
      throw new RegistryException("the registry is away", true, null);
    }
    T answer = work.get();
    awaitAnswer(faults.delay());
    if (faults.losesThisAnswer()) {
      throw new RegistryException("the connection to the registry was lost", true, null);
    }
    return answer;
  }

  private void awaitAnswer(Duration delay) {
    boolean late = delay.compareTo(operationTimeout) >= 0;
    Duration wait = late ? operationTimeout : delay;
    if (!wait.isZero()) {
      scheduler.sleep(wait.toNanos());
    }
    if (late) {
      throw new RegistryException(
          "no answer within " + operationTimeout.toMillis() + " ms", true, null);
    }
  }
}
