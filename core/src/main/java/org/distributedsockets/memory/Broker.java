package org.distributedsockets.memory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.distributedsockets.memory.MemoryCluster.Scheduler;
import org.distributedsockets.spi.PublishResult;
import org.jspecify.annotations.Nullable;

/**
 * The queues of all nodes, and the buses connected to them.
 *
 * <p>The monitor of a broker guards its own state and that of its {@link NodeQueue}s, {@link
 * MemoryMessageBus}es, {@link Link}s and {@link MemoryInbox}es. It is held briefly, and never while
 * foreign code runs: handlers, listeners and dependents of a stage are called from tasks of the
 * scheduler.
 */
final class Broker {
  final Scheduler scheduler;

  // The fields below are guarded by this.
  private final Map<String, NodeQueue> queues = new HashMap<>();
  private final Set<MemoryMessageBus> buses = new LinkedHashSet<>();
  private final Set<String> blockedPublishers = new HashSet<>();
  private final Set<String> fullQueues = new HashSet<>();
  private final Map<String, Long> delaysNanos = new HashMap<>();
  private boolean away;

  Broker(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  synchronized boolean isAway() {
    return away;
  }

  synchronized boolean isBlocked(String publisher) {
    return blockedPublishers.contains(publisher);
  }

  synchronized long delayNanos(String publisher) {
    return delaysNanos.getOrDefault(publisher, 0L);
  }

  synchronized void add(MemoryMessageBus bus) {
    buses.add(bus);
  }

  synchronized void remove(MemoryMessageBus bus) {
    buses.remove(bus);
  }

  synchronized @Nullable NodeQueue find(String node) {
    return queues.get(node);
  }

  synchronized NodeQueue findOrMake(String node) {
    return queues.computeIfAbsent(node, NodeQueue::new);
  }

  synchronized @Nullable List<byte[]> frames(String node) {
    NodeQueue queue = queues.get(node);
    return queue == null ? null : queue.frames();
  }

  synchronized boolean isBound(String node) {
    NodeQueue queue = queues.get(node);
    return queue != null && queue.isBound();
  }

  /** Takes a published frame, or says why not. */
  synchronized PublishResult accept(String node, byte[] frame) {
    NodeQueue queue = queues.get(node);
    if (queue == null || !queue.isBound()) {
      return PublishResult.UNROUTABLE;
    }
    if (fullQueues.contains(node)) {
      return PublishResult.REFUSED;
    }
    queue.add(frame);
    return PublishResult.CONFIRMED;
  }

  synchronized void delete(NodeQueue queue) {
    queues.remove(queue.node());
  }

  /** Nobody holds the queue any more, so an inbox that lost it may have it back. */
  synchronized void released(String node) {
    for (MemoryMessageBus bus : buses) {
      bus.reopenInboxesOf(node);
    }
  }

  synchronized void setBlocked(String publisher, boolean blocked) {
    if (blocked) {
      blockedPublishers.add(publisher);
    } else {
      blockedPublishers.remove(publisher);
    }
    busesOf(publisher).forEach(MemoryMessageBus::blockedOrUnblocked);
  }

  synchronized void setFull(String node, boolean full) {
    if (full) {
      fullQueues.add(node);
    } else {
      fullQueues.remove(node);
    }
  }

  synchronized void setDelay(String publisher, Duration delay) {
    delaysNanos.put(publisher, delay.toNanos());
  }

  /** As an operator would. */
  synchronized void dropBinding(String node) {
    NodeQueue queue = queues.get(node);
    if (queue != null) {
      queue.setBound(false);
    }
  }

  /** As an operator would. */
  synchronized void deleteQueue(String node) {
    NodeQueue queue = queues.remove(node);
    if (queue != null) {
      queue.deleted();
      released(node);
    }
  }

  void cut(String node, Duration downFor, Predicate<byte[]> taken) {
    for (MemoryMessageBus bus : busesOf(node)) {
      loseLink(bus, "the connection was lost", taken);
      bus.reconnectAfter(downFor);
    }
  }

  synchronized void mend(String node) {
    busesOf(node).forEach(bus -> bus.reconnectAfter(Duration.ZERO));
  }

  void goAway(Predicate<byte[]> taken) {
    synchronized (this) {
      away = true;
    }
    for (MemoryMessageBus bus : allBuses()) {
      loseLink(bus, "the bus is away", taken);
    }
  }

  synchronized void comeBack() {
    away = false;
    for (MemoryMessageBus bus : buses) {
      bus.reconnectAfter(Duration.ZERO);
    }
  }

  /**
   * Cuts one connection. What had been sent over it but had not arrived is taken or not, as the
   * caller's predicate says; that runs without the lock. The publisher learns neither.
   */
  private void loseLink(MemoryMessageBus bus, String reason, Predicate<byte[]> taken) {
    List<Publish> unsettled = new ArrayList<>();
    for (Publish publish : bus.loseLink(reason)) {
      if (!publish.hasArrived() && taken.test(publish.frame())) {
        accept(publish.node(), publish.frame());
      }
      unsettled.add(publish);
    }
    unsettled.forEach(publish -> publish.completeSoon(PublishResult.UNKNOWN, scheduler));
  }

  private synchronized List<MemoryMessageBus> busesOf(String node) {
    return buses.stream().filter(bus -> bus.nodeId().equals(node)).toList();
  }

  private synchronized List<MemoryMessageBus> allBuses() {
    return List.copyOf(buses);
  }
}
