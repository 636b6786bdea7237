package org.distributedsockets.memory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.NodeIdentity;
import org.jspecify.annotations.Nullable;

/**
 * The world that the nodes of one JVM share: what Redis and RabbitMQ are to a real cluster. Holds
 * the registry's data and the bus's queues, and is where their faults are switched on.
 *
 * <p>Nothing here runs by itself: what happens later happens through the {@link Scheduler}, so a
 * test that supplies one decides when. Thread-safe.
 */
public final class MemoryCluster {
  /**
   * How long {@code UNKNOWN} is said in place of {@code ABSENT} after the data was lost, unless
   * told otherwise.
   */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);

  private static final Map<String, MemoryCluster> NAMED = new ConcurrentHashMap<>();

  private final Scheduler scheduler;
  private final RegistryData registryData;
  private final RegistryFaults registryFaults;
  private final Broker broker;
  private final BusFaults busFaults;

  /**
   * Makes a cluster that nobody else can find, on the default scheduler.
   *
   * @see #named
   */
  public MemoryCluster() {
    this(ThreadScheduler.shared(), DEFAULT_GRACE);
  }

  /**
   * Makes a cluster that nobody else can find.
   *
   * @param scheduler runs what happens later, and tells the time
   * @param grace how long {@code UNKNOWN} is said in place of {@code ABSENT} after the registry's
   *     data was lost. The empty registry of a new cluster has lost nothing, so it says {@code
   *     ABSENT}
   */
  public MemoryCluster(Scheduler scheduler, Duration grace) {
    this.scheduler = scheduler;
    this.registryData = new RegistryData(scheduler, grace);
    this.registryFaults = new RegistryFaults(registryData);
    this.broker = new Broker(scheduler);
    this.busFaults = new BusFaults(broker);
  }

  /**
   * The cluster of a name, the same one for everybody in this JVM who says it. Made at the first
   * call, never dropped.
   *
   * @param name any name
   * @return the cluster
   */
  public static MemoryCluster named(String name) {
    return NAMED.computeIfAbsent(name, ignored -> new MemoryCluster());
  }

  /**
   * Connects a node to the registry.
   *
   * @param nodeId the node's id, by which faults find the connection
   * @param operationTimeout how long a call may take before it throws
   * @return the node's registry
   */
  public MemoryConnectionRegistry openRegistry(String nodeId, Duration operationTimeout) {
    NodeIdentity.checkNodeId(nodeId);
    return new MemoryConnectionRegistry(
        nodeId, registryData, registryFaults, scheduler, operationTimeout);
  }

  /**
   * Connects a node to the bus.
   *
   * @param nodeId the node's id, by which faults find the connection
   * @param listener told how the bus is, beginning with {@code onUp}
   * @param errors told what handlers and the listener throw
   * @return the node's bus
   * @throws org.distributedsockets.spi.BusException if the bus is away
   */
  public MemoryMessageBus openBus(String nodeId, BusListener listener, ErrorListener errors) {
    NodeIdentity.checkNodeId(nodeId);
    return MemoryMessageBus.connect(broker, nodeId, listener, errors);
  }

  /**
   * What can go wrong with the registry.
   *
   * @return the switches
   */
  public RegistryFaults registryFaults() {
    return registryFaults;
  }

  /**
   * What can go wrong with the bus.
   *
   * @return the switches
   */
  public BusFaults busFaults() {
    return busFaults;
  }

  /**
   * What a node's queue holds, delivered and not acknowledged or waiting, for a test to look at.
   *
   * @param nodeId whose queue
   * @return the frames, oldest first, or null if there is no such queue
   */
  public @Nullable List<byte[]> queued(String nodeId) {
    return broker.frames(nodeId);
  }

  /**
   * Whether what is published to a node arrives in its queue.
   *
   * @param nodeId whose queue
   * @return false, too, if there is no such queue
   */
  public boolean isBound(String nodeId) {
    return broker.isBound(nodeId);
  }

  /**
   * All asynchrony of a cluster. A deterministic simulation brings its own. Thread-safe; never runs
   * a task inside the call that hands it over, because locks may be held there.
   */
  public interface Scheduler {
    /**
     * Runs a task soon. Tasks handed over by one thread should start in that order.
     *
     * @param task never throws
     */
    default void execute(Runnable task) {
      schedule(0, task);
    }

    /**
     * Runs a task later.
     *
     * @param delayNanos how much later; 0 for soon
     * @param task never throws
     */
    void schedule(long delayNanos, Runnable task);

    /**
     * Monotonic time, by which leases and delays end.
     *
     * @return nanoseconds since some arbitrary point
     */
    long nanoTime();

    /**
     * Cluster time.
     *
     * @return milliseconds since 1970
     */
    long currentTimeMillis();

    /**
     * Holds the calling thread up, for a registry that was made slow. No lock is held. A simulation
     * lets its time pass.
     *
     * @param nanos how long; positive
     */
    void sleep(long nanos);
  }
}
