package org.distributedsockets.memory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.BusNews;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.PublishResult;
import org.jspecify.annotations.Nullable;

/**
 * One node's connection to the bus of a {@link MemoryCluster}. Got from {@link
 * MemoryCluster#openBus}. Its queues outlive connections, and end with the cluster. Thread-safe;
 * nothing blocks.
 */
public final class MemoryMessageBus implements MessageBus {
  private static final int MAX_FRAME_BYTES = 16 << 20;

  private final Broker broker;
  private final String nodeId;
  private final ErrorListener errors;
  private final BusNews news;

  // The fields below are guarded by the broker.
  private final Set<MemoryInbox> inboxes = new LinkedHashSet<>();
  private @Nullable Link link;
  private int linksLost;
  private boolean closed;

  private MemoryMessageBus(
      Broker broker, String nodeId, BusListener listener, ErrorListener errors) {
    this.broker = broker;
    this.nodeId = nodeId;
    this.errors = errors;
    this.news = new BusNews(broker.scheduler::execute, listener, errors);
  }

  static MemoryMessageBus connect(
      Broker broker, String nodeId, BusListener listener, ErrorListener errors) {
    MemoryMessageBus bus = new MemoryMessageBus(broker, nodeId, listener, errors);
    synchronized (broker) {
      if (broker.isAway()) {
        throw away();
      }
      broker.add(bus);
      bus.connect();
    }
    return bus;
  }

  @Override
  public CompletionStage<PublishResult> publish(String node, byte[] frame) {
    NodeIdentity.checkNodeId(node);
    if (frame.length > MAX_FRAME_BYTES) {
      throw new IllegalArgumentException(
          "must be <= " + MAX_FRAME_BYTES + ": frame.length=" + frame.length);
    }
    Publish publish = new Publish(node, frame);
    synchronized (broker) {
      requireOpen();
      if (link == null) {
        publish.completeSoon(PublishResult.REFUSED, broker.scheduler);
      } else {
        link.send(publish);
      }
    }
    return publish.stage();
  }

  @Override
  public int maxFrameBytes() {
    return MAX_FRAME_BYTES;
  }

  @Override
  public Inbox open(String node, InboundHandler handler) {
    NodeIdentity.checkNodeId(node);
    synchronized (broker) {
      requireConnected();
      return hold(broker.findOrMake(node), true, handler);
    }
  }

  @Override
  public Optional<Inbox> adopt(String node, InboundHandler handler) {
    NodeIdentity.checkNodeId(node);
    synchronized (broker) {
      requireConnected();
      NodeQueue queue = broker.find(node);
      return queue == null ? Optional.empty() : Optional.of(hold(queue, false, handler));
    }
  }

  private Inbox hold(NodeQueue queue, boolean own, InboundHandler handler) {
    MemoryInbox inbox = new MemoryInbox(broker, this, queue.node(), own, handler, errors);
    inbox.attach(queue);
    inboxes.add(inbox);
    return inbox;
  }

  @Override
  public void close() {
    synchronized (broker) {
      closed = true;
      broker.remove(this);
      List.copyOf(inboxes).forEach(MemoryInbox::close);
      breakLink().forEach(publish -> publish.completeSoon(PublishResult.UNKNOWN, broker.scheduler));
    }
  }

  // The rest is called by the broker, its inboxes and the scheduler; where it says nothing of
  // locks, the caller holds
  // the broker's monitor.

  String nodeId() {
    return nodeId;
  }

  boolean isConnected() {
    return link != null;
  }

  void requireConnected() {
    requireOpen();
    if (link == null) {
      throw away();
    }
  }

  void forget(MemoryInbox inbox) {
    inboxes.remove(inbox);
  }

  void inboxTakenOver(String node) {
    news.inboxTakenOver(node);
  }

  void reopenInboxesOf(String node) {
    inboxes.stream()
        .filter(inbox -> inbox.node().equals(node))
        .forEach(inbox -> broker.scheduler.execute(inbox::reopen));
  }

  void blockedOrUnblocked() {
    if (link != null && !broker.isBlocked(nodeId)) {
      link.resume();
    }
    tellState("the bus takes nothing for the moment");
  }

  /** Returns what was published and got no answer. Takes the broker's monitor. */
  List<Publish> loseLink(String reason) {
    synchronized (broker) {
      linksLost++;
      List<Publish> unanswered = breakLink();
      List.copyOf(inboxes).forEach(MemoryInbox::linkLost);
      tellState(reason);
      return unanswered;
    }
  }

  /** Unless another link is lost meanwhile. Takes the broker's monitor. */
  void reconnectAfter(Duration pause) {
    synchronized (broker) {
      int loss = linksLost;
      broker.scheduler.schedule(pause.toNanos(), () -> reconnect(loss));
    }
  }

  private void reconnect(int loss) {
    synchronized (broker) {
      if (loss == linksLost && link == null && !closed && !broker.isAway()) {
        connect();
      }
    }
  }

  private void connect() {
    link = new Link(broker, nodeId);
    List.copyOf(inboxes).forEach(MemoryInbox::reopen);
    tellState("the bus takes nothing for the moment");
  }

  private List<Publish> breakLink() {
    List<Publish> unanswered = link == null ? new ArrayList<>() : link.breakDown();
    link = null;
    return unanswered;
  }

  /** Tells whether publishing works, if that is news. */
  private void tellState(String reasonIfDown) {
    if (link != null && !broker.isBlocked(nodeId)) {
      news.up();
    } else {
      news.down(reasonIfDown);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the bus of node " + nodeId + " was closed");
    }
  }

  private static BusException away() {
    return new BusException("the bus is away", true, null);
  }
}
