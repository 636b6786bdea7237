package org.distributedsockets.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.InboxHeldException;
import org.distributedsockets.spi.MessageBus;
import org.jspecify.annotations.Nullable;

/**
 * One hold on a queue: a channel with one exclusive consumer, and the acknowledgements that belong
 * to it. Another hold is another object, so that late acknowledgements go nowhere. Deliveries come
 * on the consuming thread, which tells the broker itself what its handler acknowledged; everything
 * else is done on the control thread.
 */
final class Subscription {
  /** Not unlimited, because only what waits in the queue counts against the queue's limit. */
  private static final int PREFETCH = MessageBus.MIN_UNACKNOWLEDGED;

  private final String node;
  private final Channel channel;
  private final InboundHandler handler;
  private final int maxFrameBytes;
  private final ErrorListener errors;
  private final Owner owner;
  private final AckLedger ledger = new AckLedger();

  private volatile String consumerTag = "";

  /** The thread whose handler runs. */
  private volatile @Nullable Thread delivering;

  /** Held while the broker is told, so that it hears everything in its order. */
  private final Object telling = new Object();

  /** Told of what happens. Any thread. */
  interface Owner {
    /** There is something to acknowledge: call {@link Subscription#tellAcknowledgements}. */
    void acknowledgementsWait(Subscription subscription);

    /** The hold is lost, though nobody gave it up. */
    void lost(Subscription subscription);
  }

  private Subscription(
      String node,
      Channel channel,
      InboundHandler handler,
      int maxFrameBytes,
      ErrorListener errors,
      Owner owner) {
    this.node = node;
    this.channel = channel;
    this.handler = handler;
    this.maxFrameBytes = maxFrameBytes;
    this.errors = errors;
    this.owner = owner;
  }

  /**
   * Takes hold of a queue.
   *
   * @throws InboxHeldException if somebody else has it
   * @throws IOException if there is no such queue, or the broker could not be asked
   */
  static Subscription take(
      String node,
      Channel channel,
      InboundHandler handler,
      int maxFrameBytes,
      ErrorListener errors,
      Owner owner)
      throws IOException {
    Subscription subscription =
        new Subscription(node, channel, handler, maxFrameBytes, errors, owner);
    channel.basicQos(PREFETCH);
    subscription.consume();
    channel.addShutdownListener(signal -> subscription.lost());
    return subscription;
  }

  private void consume() throws IOException {
    try {
      consumerTag =
          channel.basicConsume(
              RabbitTopology.queue(node), false, "", false, true, null, new Deliveries());
    } catch (IOException e) {
      if (Failures.isExclusiveUse(e)) {
        throw new InboxHeldException(node, e);
      }
      throw e;
    }
  }

  private void lost() {
    if (!ledger.isClosed()) {
      ledger.close();
      owner.lost(this);
    }
  }

  private void deliver(long tag, @Nullable String contentType, byte[] frame) {
    if (ledger.isClosed()) {
      return;
    }
    ledger.delivered(tag);
    delivering = Thread.currentThread();
    try {
      handOn(tag, contentType, frame);
    } finally {
      delivering = null;
      if (ledger.hasToTell()) {
        tellAcknowledgements();
      }
    }
  }

  private void handOn(long tag, @Nullable String contentType, byte[] frame) {
    if (frame.length > maxFrameBytes) {
      drop(tag, frame, "no frame is longer than " + maxFrameBytes);
    } else if (!RabbitTopology.CONTENT_TYPE.equals(contentType)) {
      drop(tag, frame, "no frame has another content type than " + RabbitTopology.CONTENT_TYPE);
    } else {
      handler.onFrame(frame, () -> acknowledge(tag));
    }
  }

  private void drop(long tag, byte[] message, String why) {
    errors.onError(
        "a foreign message of "
            + message.length
            + " bytes in the queue of node "
            + node
            + " was dropped: "
            + why,
        null);
    acknowledge(tag);
  }

  private void acknowledge(long tag) {
    if (ledger.acknowledge(tag) && delivering != Thread.currentThread()) {
      owner.acknowledgementsWait(this);
    }
  }

  /** Tells the broker what was acknowledged since. */
  void tellAcknowledgements() {
    try {
      synchronized (telling) {
        AckLedger.Batch batch = ledger.take();
        if (batch.upTo() > 0) {
          channel.basicAck(batch.upTo(), true);
        }
        for (long tag : batch.single()) {
          channel.basicAck(tag, false);
        }
      }
    } catch (IOException | ShutdownSignalException e) {
      // The channel is gone, of which the listener hears; all of it will be delivered again.
      return;
    }
  }

  boolean isLost() {
    return ledger.isClosed();
  }

  long unacknowledged() {
    return ledger.unacknowledged();
  }

  /**
   * Lets no more deliveries come, and waits for those under way: the broker answers after the last
   * one. This lets go of the exclusiveness as well.
   *
   * @return false if the handler is so slow that some may still come
   */
  boolean pause(long waitMillis) throws IOException, InterruptedException {
    CountDownLatch last = new CountDownLatch(1);
    paused = last;
    channel.basicCancel(consumerTag);
    return last.await(waitMillis, TimeUnit.MILLISECONDS);
  }

  private volatile CountDownLatch paused = new CountDownLatch(1);

  /**
   * Goes on after {@link #pause}, with the same deliveries unacknowledged.
   *
   * @throws InboxHeldException if somebody else was quicker; the channel is gone then
   */
  void resume() throws IOException {
    consume();
  }

  /** Gives the hold up; what was not acknowledged goes back to its place before this returns. */
  void close() {
    tellAcknowledgements();
    ledger.close();
    try {
      channel.close();
    } catch (IOException | TimeoutException | ShutdownSignalException e) {
      // Gone already, or with the connection soon.
      return;
    }
  }

  private final class Deliveries extends DefaultConsumer {
    Deliveries() {
      super(channel);
    }

    /** Nothing may escape: the driver would close the channel, and the node be deaf. */
    @Override
    public void handleDelivery(
        String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
      try {
        deliver(envelope.getDeliveryTag(), properties.getContentType(), body);
      } catch (Throwable thrown) {
        tellError(thrown);
      }
    }

    private void tellError(Throwable thrown) {
      try {
        errors.onError("the handler of node " + node + "'s inbox failed", thrown);
      } catch (Throwable again) {
        // It must not throw, and does; the consumer lives on.
        return;
      }
    }

    @Override
    public void handleCancelOk(String tag) {
      paused.countDown();
    }

    /** The queue was deleted. */
    @Override
    public void handleCancel(String tag) {
      lost();
    }
  }
}
