package org.distributedsockets.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.distributedsockets.Address;
import org.distributedsockets.engine.wire.Item.ProbeItem;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.metrics.Timer;

/**
 * Asks nodes for a sign of life through the bus: this one, to know that its own queue works from
 * end to end, and others, to know that they have dealt with everything sent before. Thread-safe;
 * nothing blocks.
 */
final class Prober {
  private final String self;
  private final BiConsumer<String, ProbeItem> send;
  private final NodeRuntime runtime;
  private final MetricsListener metrics;
  private final Runnable unbound;
  private final long deadlineNanos;
  private final AtomicLong lastToken;

  private record Fence(String node, CompletableFuture<Boolean> done, long sinceNanos) {}

  private final ConcurrentMap<Long, Fence> fences = new ConcurrentHashMap<>();

  private volatile long selfProbe;
  private volatile long selfProbeSentNanos;
  private volatile long goodSinceNanos;
  private volatile long lastGoodNanos;
  private volatile boolean good;
  private volatile boolean probing;

  Prober(
      String self,
      BiConsumer<String, ProbeItem> send,
      NodeRuntime runtime,
      MetricsListener metrics,
      Runnable unbound,
      long deadlineNanos) {
    this.self = self;
    this.deadlineNanos = deadlineNanos;
    this.send = send;
    this.unbound = unbound;
    this.runtime = runtime;
    this.metrics = metrics;
    this.lastToken = new AtomicLong(runtime.random().getAsLong());
  }

  // ---- this node

  /** Does nothing while a probe is under way that may still come back in time. */
  void probeSelf() {
    long now = runtime.nanoTime();
    if (probing && now - selfProbeSentNanos < deadlineNanos) {
      return;
    }
    long token = lastToken.incrementAndGet();
    selfProbeSentNanos = now;
    selfProbe = token;
    probing = true;
    send.accept(self, new ProbeItem(token, false));
  }

  /** A probe of this node arrived here. */
  void onOwnProbe(ProbeItem probe) {
    if (probe.token() == selfProbe) {
      long now = runtime.nanoTime();
      probing = false;
      metrics.time(Timer.PROBE, now - selfProbeSentNanos);
      if (!good) {
        goodSinceNanos = now;
      }
      lastGoodNanos = now;
      good = true;
    }
  }

  /** Whether a probe came back within the time. Notes it if not. */
  boolean isGood(long withinNanos) {
    if (good && runtime.nanoTime() - lastGoodNanos > withinNanos) {
      good = false;
    }
    return good;
  }

  long goodForNanos() {
    return good ? runtime.nanoTime() - goodSinceNanos : 0;
  }

  // ---- others

  /** Shows itself to a node that may not know of this one yet. */
  void greet(String node) {
    if (!node.equals(self)) {
      send.accept(node, new ProbeItem(lastToken.incrementAndGet(), false));
    }
  }

  /** See {@link org.distributedsockets.spi.RouterContext#fence}. */
  CompletableFuture<Boolean> fence(String node, Address address) {
    Fence fence = new Fence(node, new CompletableFuture<>(), runtime.nanoTime());
    long token = lastToken.incrementAndGet();
    fences.put(token, fence);
    send.accept(node, new ProbeItem(token, false, address));
    return fence.done;
  }

  void onEcho(String from, ProbeItem echo) {
    Fence fence = fences.get(echo.token());
    if (fence != null && fence.node.equals(from)) {
      fences.remove(echo.token());
      fence.done.complete(true);
    }
  }

  /**
   * The node is gone: it sends nothing back any more. Where that is this node, somebody unbound its
   * queue.
   */
  void onUnroutable(String node, ProbeItem probe) {
    if (node.equals(self)) {
      unbound.run();
      return;
    }
    Fence fence = fences.remove(probe.token());
    if (fence != null) {
      fence.done.complete(false);
    }
  }

  /** Forgets fences that nobody waits for any more. */
  void forgetOlderThan(long nanos) {
    long now = runtime.nanoTime();
    fences.values().removeIf(fence -> now - fence.sinceNanos > nanos);
  }
}
