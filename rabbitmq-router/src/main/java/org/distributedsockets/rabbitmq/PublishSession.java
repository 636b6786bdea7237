package org.distributedsockets.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.List;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * One publishing connection with its channel, from the first frame to its end. One thread at a time
 * writes; the driver's reader brings the answers.
 */
final class PublishSession {
  private static final int PERSISTENT = 2;

  /** Told of what concerns more than one frame. Any thread. */
  interface Observer {
    void blocked(String reason);

    void unblocked();

    /** Frames were answered, so that more may be written. */
    void answered(int howMany);

    void lost();
  }

  private final Link link;
  private final Channel channel;
  private final Observer observer;
  private final TimeSource time;
  private final Confirms confirms = new Confirms();
  private final long bytesWithoutWaiting;

  private volatile boolean blocked;
  private volatile long unblockedNanos;
  private volatile boolean everAnswered;
  private volatile @Nullable String lossReason;

  private PublishSession(Link link, Channel channel, Observer observer, TimeSource time) {
    this.link = link;
    this.channel = channel;
    this.observer = observer;
    this.time = time;
    this.unblockedNanos = time.nanoTime();
    this.bytesWithoutWaiting = link.bytesWithoutWaiting();
  }

  /**
   * Connects, and makes everything ready before a frame can be written: the exchange, confirms, and
   * the listeners.
   *
   * @throws BusException if that fails; nothing is left open
   */
  static PublishSession open(Connector connector, Observer observer, TimeSource time) {
    Link link = connector.connect("publish");
    try {
      Channel channel = link.connection().createChannel();
      if (channel == null) {
        throw new IOException("the broker allows no channel");
      }
      RabbitTopology.declareExchange(channel);
      channel.confirmSelect();
      PublishSession session = new PublishSession(link, channel, observer, time);
      session.listen();
      return session;
    } catch (IOException | ShutdownSignalException e) {
      link.kill();
      throw Failures.ofRequest("declare the exchange " + RabbitTopology.EXCHANGE, e);
    }
  }

  private void listen() {
    channel.addReturnListener(
        returned -> {
          String number = returned.getProperties().getMessageId();
          if (number != null) {
            confirms.returned(Long.parseLong(number));
          }
        });
    channel.addConfirmListener(
        new ConfirmListener() {
          @Override
          public void handleAck(long number, boolean multiple) {
            tell(confirms.answered(number, multiple, true));
          }

          @Override
          public void handleNack(long number, boolean multiple) {
            tell(confirms.answered(number, multiple, false));
          }
        });
    link.connection()
        .addBlockedListener(
            new BlockedListener() {
              @Override
              public void handleBlocked(String reason) {
                blocked = true;
                observer.blocked(Failures.line(reason));
              }

              @Override
              public void handleUnblocked() {
                unblockedNanos = time.nanoTime();
                blocked = false;
                observer.unblocked();
              }
            });
    channel.addShutdownListener(this::ended);
    link.connection().addShutdownListener(this::ended);
  }

  private void tell(List<Confirms.Settled> settled) {
    everAnswered = true;
    settled.forEach(Confirms.Settled::tell);
    observer.answered(settled.size());
  }

  private void ended(ShutdownSignalException signal) {
    lose(Failures.ofShutdown(signal));
  }

  private synchronized boolean note(String reason) {
    if (lossReason != null) {
      return false;
    }
    lossReason = reason;
    return true;
  }

  private void lose(String reason) {
    if (note(reason)) {
      observer.lost();
    }
  }

  /** Ends it as lost, for a reason of our own. */
  void giveUp(String reason) {
    if (note(reason)) {
      link.kill();
      observer.lost();
    }
  }

  /**
   * Writes a frame. From now on it is the broker's or unknown, whatever happens here: a failed
   * write uses up a sequence number, too. One thread at a time.
   */
  void write(Publish publish) {
    long number = channel.getNextPublishSeqNo();
    confirms.add(number, publish, time.nanoTime());
    AMQP.BasicProperties properties =
        new AMQP.BasicProperties.Builder()
            .contentType(RabbitTopology.CONTENT_TYPE)
            .deliveryMode(PERSISTENT)
            .messageId(Long.toString(number))
            .build();
    try {
      channel.basicPublish(
          RabbitTopology.EXCHANGE,
          RabbitTopology.key(publish.node()),
          true,
          properties,
          publish.frame());
    } catch (IOException | RuntimeException e) {
      lose("the connection to RabbitMQ was lost (" + Failures.reason(e) + ")");
    }
  }

  /**
   * Whether a frame can be written by a thread that must not be held up: what the broker has not
   * answered fits into the socket's buffer together with it, whatever the broker does.
   */
  boolean takesWithoutWaiting(Publish publish) {
    return !blocked
        && lossReason == null
        && confirms.unansweredBytes() + publish.cost() <= bytesWithoutWaiting;
  }

  boolean isBlocked() {
    return blocked;
  }

  boolean isLost() {
    return lossReason != null;
  }

  String lossReason() {
    String reason = lossReason;
    return reason == null ? "closed" : reason;
  }

  boolean hasEverAnswered() {
    return everAnswered;
  }

  int unanswered() {
    return confirms.unanswered();
  }

  /** Gives the connection up if the broker owes an answer for too long. */
  void watch(long timeoutNanos) {
    if (!blocked && confirms.waitingNanos(time.nanoTime(), unblockedNanos) > timeoutNanos) {
      giveUp("RabbitMQ confirmed nothing in time");
    }
  }

  /** Ends the connection, politely if it works. */
  void end() {
    if (isLost()) {
      link.kill();
    } else {
      link.close();
    }
  }

  /** What nobody will ever know, in order. Only after the end, and when nothing is written. */
  List<Confirms.Settled> unknown() {
    return confirms.lost();
  }

  void kill() {
    link.kill();
  }
}
