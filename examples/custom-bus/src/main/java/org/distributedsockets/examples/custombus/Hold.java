package org.distributedsockets.examples.custombus;

import io.nats.client.Dispatcher;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.InboundHandler;
import org.jspecify.annotations.Nullable;

/**
 * The one consumer that a node's stream allows, and so the lock on it. It begins with the oldest
 * frame that was not acknowledged, and is ephemeral: soon after its connection is gone the server
 * deletes it. A durable one would outlive its holder, and would deliver what that one left only
 * after newer frames.
 */
final class Hold {
  /** How long the server keeps the lock of a connection that it knows to be gone. */
  private static final Duration GONE_AFTER = Duration.ofMillis(500);

  private static final Duration HEARTBEAT = Duration.ofSeconds(5);

  /** Nothing is delivered twice to one consumer. */
  private static final Duration ACK_WAIT = Duration.ofDays(365);

  /** No limit. The driver takes -1, the server's word for it, for "not set", which means 1,000. */
  private static final long MAX_UNACKNOWLEDGED = Integer.MAX_VALUE;

  private static final long SETTLE_NANOS = 1_000_000_000L;
  private static final long SETTLE_POLL_NANOS = 1_000_000L;

  private final String node;
  private final String consumer = "h-" + UUID.randomUUID();
  private final InboundHandler handler;
  private final Executor consume;
  private final ErrorListener errors;
  private @Nullable Dispatcher dispatcher;
  private @Nullable JetStreamSubscription subscription;

  // The fields below are guarded by this.
  private long unacknowledged;
  private long lastAcknowledged;
  private boolean over;

  private Hold(String node, InboundHandler handler, Executor consume, ErrorListener errors) {
    this.node = node;
    this.handler = handler;
    this.consume = consume;
    this.errors = errors;
  }

  /**
   * Takes hold of a node's stream.
   *
   * @throws JetStreamApiException if there is no such stream, or somebody holds it
   */
  static Hold take(
      NatsLink link, String node, InboundHandler handler, Executor consume, ErrorListener errors)
      throws IOException, JetStreamApiException {
    Hold hold = new Hold(node, handler, consume, errors);
    Dispatcher dispatcher = link.connection().createDispatcher();
    // The driver would drop what is beyond a limit. The server sends no more than it is asked for.
    dispatcher.setPendingLimits(0, 0);
    ConsumerConfiguration configuration =
        ConsumerConfiguration.builder()
            .name(hold.consumer)
            .deliverPolicy(DeliverPolicy.All)
            .ackPolicy(AckPolicy.Explicit)
            .ackWait(ACK_WAIT)
            .maxAckPending(MAX_UNACKNOWLEDGED)
            .flowControl(HEARTBEAT)
            .inactiveThreshold(GONE_AFTER)
            .memStorage(true)
            .build();
    PushSubscribeOptions options =
        PushSubscribeOptions.builder().stream(NodeStreams.name(node))
            .configuration(configuration)
            .build();
    hold.dispatcher = dispatcher;
    try {
      hold.subscription =
          link.jetStream().subscribe(null, dispatcher, hold::delivered, false, options);
      return hold;
    } catch (IOException | JetStreamApiException e) {
      link.connection().closeDispatcher(dispatcher);
      throw e;
    }
  }

  boolean isOf(JetStreamSubscription other) {
    return other.equals(subscription);
  }

  private synchronized void delivered(Message message) {
    unacknowledged++;
    Delivery delivery = new Delivery(message);
    consume.execute(() -> handle(delivery));
  }

  private void handle(Delivery delivery) {
    if (isOver()) {
      return;
    }
    try {
      handler.onFrame(delivery.message.getData(), delivery);
    } catch (Throwable thrown) {
      errors.onError("the handler of node " + node + "'s inbox failed", thrown);
    }
  }

  private synchronized boolean isOver() {
    return over;
  }

  synchronized boolean hasUnacknowledged() {
    return unacknowledged > 0;
  }

  /** The connection is gone: acknowledgements mean nothing any more. */
  synchronized void lost() {
    over = true;
  }

  /**
   * Gives the lock back. The server works off acknowledgements by and by, and forgets what it did
   * not get to when the consumer is deleted: wait until the last one shows.
   */
  void release(NatsLink link) throws IOException, JetStreamApiException {
    long last;
    synchronized (this) {
      over = true;
      last = lastAcknowledged;
    }
    long deadline = System.nanoTime() + SETTLE_NANOS;
    while (last > 0
        && NodeStreams.holds(link.management(), node, last)
        && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(SETTLE_POLL_NANOS);
    }
    delete(link);
    Dispatcher open = dispatcher;
    if (open != null) {
      link.connection().closeDispatcher(open);
    }
  }

  /** Also over another connection: the server may not have noticed yet that the own one is gone. */
  void delete(NatsLink link) throws IOException, JetStreamApiException {
    NodeStreams.deleteConsumer(link.management(), node, consumer);
  }

  /** One delivered frame. */
  private final class Delivery implements InboundHandler.Acknowledgement {
    private final Message message;
    private boolean done; // guarded by the hold

    private Delivery(Message message) {
      this.message = message;
    }

    @Override
    public void acknowledge() {
      synchronized (Hold.this) {
        if (done || over) {
          return;
        }
        done = true;
        unacknowledged--;
        lastAcknowledged = message.metaData().streamSequence();
        try {
          message.ack();
        } catch (IllegalStateException e) {
          // The connection is closed. The frame will be delivered again.
          over = true;
        }
      }
    }
  }
}
