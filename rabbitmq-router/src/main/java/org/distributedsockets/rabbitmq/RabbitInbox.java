package org.distributedsockets.rabbitmq;

import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.InboxHeldException;
import org.jspecify.annotations.Nullable;

/**
 * Holds one queue; loses it with the connection, and takes it back if it is the node's own. What
 * the control thread does here, its methods say; the others may be called from any thread.
 */
final class RabbitInbox implements Inbox, Subscription.Owner {
  private static final long PAUSE_WAIT_MILLIS = 1_000;

  private final Consuming consuming;
  private final String node;
  private final boolean own;
  private final InboundHandler handler;
  private final int maxFrameBytes;
  private final ErrorListener errors;

  private volatile boolean closed;

  // The fields below belong to the control thread.
  private @Nullable Subscription subscription;

  /** Null as long as nobody said: then a former inbox may have left its binding. */
  private @Nullable Boolean wantsBinding;

  private boolean lossTold;

  /** Whether the binding is as it should be, as far as we know. */
  private boolean restored = true;

  private boolean retryScheduled;

  RabbitInbox(
      Consuming consuming,
      String node,
      boolean own,
      InboundHandler handler,
      int maxFrameBytes,
      ErrorListener errors) {
    this.consuming = consuming;
    this.node = node;
    this.own = own;
    this.handler = handler;
    this.maxFrameBytes = maxFrameBytes;
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

  // ---- On the control thread.

  boolean isHolding() {
    Subscription current = subscription;
    return current != null && !current.isLost();
  }

  /**
   * Takes the queue, making it if it is the own one.
   *
   * @return false if there is none, and none was made
   */
  boolean take(Channel channel) throws IOException {
    try {
      subscription = Subscription.take(node, channel, handler, maxFrameBytes, errors, this);
      restored = false;
      return true;
    } catch (IOException e) {
      if (Failures.isNotFound(e)) {
        return false;
      }
      throw e;
    }
  }

  /** The binding as it should be. */
  void restoreBinding(Channel channel) throws IOException {
    if (Boolean.TRUE.equals(wantsBinding)) {
      RabbitTopology.bind(channel, node);
    } else if (Boolean.FALSE.equals(wantsBinding)) {
      RabbitTopology.unbind(channel, node);
    }
    restored = true;
    lossTold = false;
  }

  boolean isRestored() {
    return restored;
  }

  /** Returns whether it was not: there is one at most. */
  boolean scheduleRetry() {
    boolean first = !retryScheduled;
    retryScheduled = true;
    return first;
  }

  void retryBegins() {
    retryScheduled = false;
  }

  /** Returns whether this loss was not told yet. */
  boolean tellsLoss() {
    boolean first = !lossTold;
    lossTold = true;
    return first;
  }

  void release() {
    closed = true;
    Subscription current = subscription;
    subscription = null;
    if (current != null) {
      current.close();
    }
  }

  private Subscription requireHeld() {
    requireOpen();
    Subscription current = subscription;
    if (current == null || current.isLost()) {
      throw new InboxHeldException(node, null);
    }
    return current;
  }

  private void changeBinding(boolean bound) throws IOException, TimeoutException {
    Subscription unused = requireHeld();
    consuming.withChannel(
        channel -> {
          if (bound) {
            RabbitTopology.bind(channel, node);
          } else {
            RabbitTopology.unbind(channel, node);
          }
          return bound;
        });
    wantsBinding = bound;
  }

  /**
   * The broker sees as empty a queue whose last frames are on their way here. So: look; stop the
   * deliveries, after which everything under way has come; count; and only then delete, on
   * condition that nothing waits and nobody else began to consume. If something is left, consume
   * again: what was delivered before stays unacknowledged meanwhile, so nothing changes its place.
   */
  private boolean deleteNow() throws IOException, TimeoutException, InterruptedException {
    Subscription held = requireHeld();
    held.tellAcknowledgements();
    if (held.unacknowledged() > 0 || waitingFrames() > 0) {
      return false;
    }
    boolean quiet = held.pause(PAUSE_WAIT_MILLIS);
    held.tellAcknowledgements();
    if (quiet && held.unacknowledged() == 0 && deleteIfUnusedAndEmpty()) {
      release();
      consuming.forget(this);
      return true;
    }
    held.resume();
    return false;
  }

  private int waitingFrames() throws IOException, TimeoutException {
    return consuming.withChannel(
        channel -> channel.queueDeclarePassive(RabbitTopology.queue(node)).getMessageCount());
  }

  private boolean deleteIfUnusedAndEmpty() throws IOException, TimeoutException {
    try {
      return consuming.withChannel(
          channel -> {
            channel.queueDelete(RabbitTopology.queue(node), true, true);
            return true;
          });
    } catch (IOException e) {
      if (Failures.isPreconditionFailed(e)) {
        return false;
      }
      throw e;
    }
  }

  // ---- On any thread.

  @Override
  public void bind() {
    requireOpen();
    Boolean unused =
        consuming.call(
            "bind the queue of node " + node,
            () -> {
              changeBinding(true);
              return true;
            });
  }

  @Override
  public void unbind() {
    requireOpen();
    Boolean unused =
        consuming.call(
            "unbind the queue of node " + node,
            () -> {
              changeBinding(false);
              return true;
            });
  }

  @Override
  public boolean deleteIfEmpty() {
    requireOpen();
    return consuming.call("delete the queue of node " + node, this::deleteNow);
  }

  private void requireOpen() {
    if (closed || consuming.isClosed()) {
      throw new BusException("the inbox of node " + node + " was closed", false, null);
    }
  }

  @Override
  public void close() {
    closed = true;
    consuming.close(this);
  }

  @Override
  public void acknowledgementsWait(Subscription from) {
    consuming.execute(from::tellAcknowledgements);
  }

  @Override
  public void lost(Subscription which) {
    consuming.execute(
        () -> {
          which.close();
          if (which == subscription) {
            subscription = null;
            consuming.inboxLost(this);
          }
        });
  }
}
