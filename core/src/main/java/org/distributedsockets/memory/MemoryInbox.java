package org.distributedsockets.memory;

import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.InboxHeldException;
import org.jspecify.annotations.Nullable;

/** Holds one queue; loses it with the connection, and gets it back if it is the node's own. */
final class MemoryInbox implements Inbox {
  private final Broker broker;
  private final MemoryMessageBus bus;
  private final String node;
  private final boolean own;
  private final InboundHandler handler;
  private final ErrorListener errors;

  // The fields below are guarded by the broker.
  private @Nullable NodeQueue queue;
  private boolean wantsBinding;
  private boolean closed;
  private boolean delivering;
  private boolean lossTold;

  MemoryInbox(
      Broker broker,
      MemoryMessageBus bus,
      String node,
      boolean own,
      InboundHandler handler,
      ErrorListener errors) {
    this.broker = broker;
    this.bus = bus;
    this.node = node;
    this.own = own;
    this.handler = handler;
    this.errors = errors;
  }

  String node() {
    return node;
  }

  /** Takes hold of a queue. The caller holds the broker's monitor. */
  void attach(NodeQueue free) {
    if (free.isHeld()) {
      throw new InboxHeldException(node, null);
    }
    free.holdBy(this);
    queue = free;
    wantsBinding |= free.isBound();
    wake();
  }

  /** There is something to deliver. The caller holds the broker's monitor. */
  void wake() {
    if (!delivering) {
      delivering = true;
      broker.scheduler.execute(this::deliverNext);
    }
  }

  /** The connection is gone. The caller holds the broker's monitor. */
  void linkLost() {
    detach();
    endUnlessOwn();
  }

  /** An operator deleted the queue. The caller holds the broker's monitor. */
  void queueDeleted() {
    queue = null;
    lossTold = false;
    endUnlessOwn();
  }

  /** Takes the queue back, if it was lost and nobody holds it. */
  void reopen() {
    synchronized (broker) {
      if (closed || queue != null || !bus.isConnected()) {
        return;
      }
      NodeQueue present = broker.find(node);
      if (present == null || present.isHeld()) {
        tellLoss();
      }
      if (present == null || !present.isHeld()) {
        NodeQueue free = broker.findOrMake(node);
        attach(free);
        free.setBound(wantsBinding);
      }
    }
  }

  @Override
  public void bind() {
    setBound(true);
  }

  @Override
  public void unbind() {
    setBound(false);
  }

  private void setBound(boolean bound) {
    synchronized (broker) {
      requireQueue().setBound(bound);
      wantsBinding = bound;
    }
  }

  @Override
  public boolean deleteIfEmpty() {
    synchronized (broker) {
      NodeQueue held = requireQueue();
      if (!held.isEmpty()) {
        return false;
      }
      close();
      broker.delete(held);
      return true;
    }
  }

  @Override
  public void close() {
    synchronized (broker) {
      closed = true;
      bus.forget(this);
      detach();
    }
  }

  private void endUnlessOwn() {
    if (!own) {
      closed = true;
      bus.forget(this);
    }
  }

  private void detach() {
    if (queue == null) {
      return;
    }
    queue.release();
    queue = null;
    lossTold = false;
    broker.released(node);
  }

  private NodeQueue requireQueue() {
    if (closed) {
      throw new BusException("the inbox of node " + node + " was closed", false, null);
    }
    bus.requireConnected();
    if (queue == null) {
      throw new InboxHeldException(node, null);
    }
    return queue;
  }

  private void tellLoss() {
    if (!lossTold) {
      lossTold = true;
      bus.inboxTakenOver(node);
    }
  }

  /**
   * Delivers one frame and comes again. Only one such task exists at a time, also across a lost
   * connection, so the handler is never called by two threads.
   */
  private void deliverNext() {
    NodeQueue source;
    NodeQueue.Delivery delivery;
    synchronized (broker) {
      source = queue;
      delivery = source == null ? null : source.deliverNext();
      if (source == null || delivery == null) {
        delivering = false;
        return;
      }
    }
    try {
      handle(source, delivery);
    } finally {
      broker.scheduler.execute(this::deliverNext);
    }
  }

  private void handle(NodeQueue source, NodeQueue.Delivery delivery) {
    try {
      handler.onFrame(delivery.frame(), () -> acknowledge(source, delivery));
    } catch (Throwable thrown) {
      errors.onError("the handler of node " + node + "'s inbox failed", thrown);
    }
  }

  private void acknowledge(NodeQueue source, NodeQueue.Delivery delivery) {
    synchronized (broker) {
      source.acknowledge(delivery);
    }
  }
}
