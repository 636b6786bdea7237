package org.distributedsockets.examples.custombus;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import java.io.IOException;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.InboxHeldException;
import org.jspecify.annotations.Nullable;

/**
 * Holds one stream; loses it with the connection, and takes it back if it is the node's own. What
 * is not public runs on the control thread.
 */
final class NatsInbox implements Inbox {
  private final NatsMessageBus bus;
  private final NatsThreads threads;
  private final String node;
  private final boolean own;
  private final InboundHandler handler;
  private final ErrorListener errors;

  private volatile boolean closed;

  // The fields below belong to the control thread.
  private @Nullable Hold hold;
  private @Nullable Hold former;
  private boolean bound;
  private boolean lossTold;

  NatsInbox(
      NatsMessageBus bus,
      NatsThreads threads,
      String node,
      boolean own,
      InboundHandler handler,
      ErrorListener errors) {
    this.bus = bus;
    this.threads = threads;
    this.node = node;
    this.own = own;
    this.handler = handler;
    this.errors = errors;
  }

  String node() {
    return node;
  }

  boolean isOwn() {
    return own;
  }

  boolean isClosed() {
    return closed;
  }

  boolean isHolding() {
    return hold != null;
  }

  boolean isOf(JetStreamSubscription subscription) {
    return hold != null && hold.isOf(subscription);
  }

  /**
   * Takes hold of the stream for the first time.
   *
   * @return false if there is none
   */
  boolean take(NatsLink link) throws IOException, JetStreamApiException {
    if (!hold(link)) {
      return false;
    }
    bound = NodeStreams.isBound(link.management(), node);
    return true;
  }

  /**
   * Takes a lost stream back, bound as it was.
   *
   * @return false if there is none
   */
  boolean takeBack(NatsLink link) throws IOException, JetStreamApiException {
    if (former != null) {
      former.delete(link);
      former = null;
    }
    if (!hold(link)) {
      return false;
    }
    NodeStreams.setBound(link.management(), node, bound);
    lossTold = false;
    return true;
  }

  private boolean hold(NatsLink link) throws IOException, JetStreamApiException {
    try {
      hold = Hold.take(link, node, handler, threads.consume, errors);
      return true;
    } catch (JetStreamApiException e) {
      if (NodeStreams.isHeld(e)) {
        throw new InboxHeldException(node, e);
      }
      if (NodeStreams.isMissing(e)) {
        return false;
      }
      throw e;
    }
  }

  /** Returns whether this loss was not told yet. */
  boolean tellsLoss() {
    boolean first = !lossTold;
    lossTold = true;
    return first;
  }

  void lost() {
    if (hold != null) {
      hold.lost();
      former = hold;
      hold = null;
    }
  }

  /** Gives the stream back, if there is a connection to do it on. */
  void release(@Nullable NatsLink link) throws IOException, JetStreamApiException {
    closed = true;
    Hold released = hold;
    lost();
    if (released != null && link != null) {
      released.release(link);
    }
  }

  private Hold requireHold() {
    requireOpen();
    if (hold == null) {
      throw new InboxHeldException(node, null);
    }
    return hold;
  }

  private void changeBinding(NatsLink link, boolean newBound)
      throws IOException, JetStreamApiException {
    Hold unused = requireHold();
    NodeStreams.setBound(link.management(), node, newBound);
    bound = newBound;
  }

  /**
   * The server deletes a stream whatever is in it. So: look; see to it that nothing can come any
   * more; look again; delete.
   */
  private boolean deleteNow(NatsLink link) throws IOException, JetStreamApiException {
    JetStreamManagement management = link.management();
    if (requireHold().hasUnacknowledged() || !NodeStreams.isEmpty(management, node)) {
      return false;
    }
    NodeStreams.setBound(management, node, false);
    if (!NodeStreams.isEmpty(management, node)) {
      NodeStreams.setBound(management, node, bound);
      return false;
    }
    management.deleteStream(NodeStreams.name(node));
    bus.forget(this);
    closed = true;
    lost();
    return true;
  }

  // ---- On any thread.

  @Override
  public void bind() {
    requireOpen();
    Boolean unused =
        bus.call(
            "bind the stream of node " + node,
            link -> {
              changeBinding(link, true);
              return true;
            });
  }

  @Override
  public void unbind() {
    requireOpen();
    Boolean unused =
        bus.call(
            "unbind the stream of node " + node,
            link -> {
              changeBinding(link, false);
              return true;
            });
  }

  @Override
  public boolean deleteIfEmpty() {
    requireOpen();
    return bus.call("delete the stream of node " + node, this::deleteNow);
  }

  private void requireOpen() {
    if (closed) {
      throw new BusException("the inbox of node " + node + " was closed", false, null);
    }
  }

  @Override
  public void close() {
    closed = true;
    bus.close(this);
  }
}
