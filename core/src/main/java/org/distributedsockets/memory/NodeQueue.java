package org.distributedsockets.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The queue of one node. Guarded by the {@link Broker}. */
final class NodeQueue {
  private final String node;
  private final Deque<byte[]> waiting = new ArrayDeque<>();

  /**
   * Delivered and not acknowledged, in the order of the queue: all of it was before what is
   * waiting.
   */
  private final Set<Delivery> delivered = new LinkedHashSet<>();

  private @Nullable MemoryInbox holder;
  private boolean bound;

  NodeQueue(String node) {
    this.node = node;
  }

  String node() {
    return node;
  }

  boolean isBound() {
    return bound;
  }

  void setBound(boolean bound) {
    this.bound = bound;
  }

  boolean isHeld() {
    return holder != null;
  }

  boolean isEmpty() {
    return waiting.isEmpty() && delivered.isEmpty();
  }

  List<byte[]> frames() {
    List<byte[]> frames = new ArrayList<>();
    delivered.forEach(delivery -> frames.add(delivery.frame));
    frames.addAll(waiting);
    return frames;
  }

  void add(byte[] frame) {
    waiting.add(frame);
    if (holder != null) {
      holder.wake();
    }
  }

  void holdBy(MemoryInbox inbox) {
    holder = inbox;
  }

  /** What was not acknowledged goes back to its place. */
  void release() {
    holder = null;
    List<Delivery> latestFirst = new ArrayList<>(delivered);
    Collections.reverse(latestFirst);
    latestFirst.forEach(delivery -> waiting.addFirst(delivery.frame));
    delivered.clear();
  }

  @Nullable Delivery deliverNext() {
    byte[] frame = waiting.poll();
    if (frame == null) {
      return null;
    }
    Delivery delivery = new Delivery(frame);
    delivered.add(delivery);
    return delivery;
  }

  /** Without effect if the delivery went back to the queue meanwhile. */
  void acknowledge(Delivery delivery) {
    delivered.remove(delivery);
  }

  void deleted() {
    delivered.clear();
    waiting.clear();
    if (holder != null) {
      holder.queueDeleted();
    }
  }

  /** One delivery of a frame. Another delivery of the same frame is another object. */
  static final class Delivery {
    private final byte[] frame;

    private Delivery(byte[] frame) {
      this.frame = frame;
    }

    byte[] frame() {
      return frame;
    }
  }
}
