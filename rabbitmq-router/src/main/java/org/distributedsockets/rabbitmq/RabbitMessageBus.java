package org.distributedsockets.rabbitmq;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.BusNews;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.PublishResult;
import org.distributedsockets.spi.SpiContext;

/**
 * One node's two connections to RabbitMQ: one to publish, one to consume, so that a broker that
 * blocks publishers does not stop the acknowledgements that would help it. {@link RabbitTopology}
 * draws what stands in the broker, {@link RabbitThreads} lists the threads. Thread-safe.
 */
final class RabbitMessageBus implements MessageBus {
  /** The engine's batches have 256 KiB, or one larger message; some room for the envelope. */
  static final int MAX_FRAME_BYTES = (1 << 20) + (64 << 10);

  private static final long WATCH_MILLIS = 250;

  private final String nodeId;
  private final RabbitThreads threads;
  private final Connector connector;
  private final BusNews news;
  private final Publisher publisher;
  private final Consuming consuming;

  private volatile boolean closed;

  private RabbitMessageBus(
      String nodeId,
      RabbitThreads threads,
      Connector connector,
      BusNews news,
      Publisher publisher,
      Consuming consuming) {
    this.nodeId = nodeId;
    this.threads = threads;
    this.connector = connector;
    this.news = news;
    this.publisher = publisher;
    this.consuming = consuming;
  }

  /** See {@link RabbitMessageBusProvider#open}. */
  static RabbitMessageBus connect(SpiContext context, BusListener busListener) {
    warnOfGuest(context.settings(), context.errors());
    String nodeId = NodeIdentity.checkNodeId(context.nodeId());
    RabbitThreads threads = new RabbitThreads(nodeId);
    try {
      Connector connector = new Connector(context, threads);
      BusNews news = new BusNews(threads.events, busListener, context.errors());
      Consuming consuming = new Consuming(connector, threads, news, context, MAX_FRAME_BYTES);
      consuming.start();
      Publisher publisher = startPublisher(connector, threads, news, context, consuming);
      Future<?> unused =
          threads.control.scheduleWithFixedDelay(
              () -> consuming.execute(publisher::watch),
              WATCH_MILLIS,
              WATCH_MILLIS,
              TimeUnit.MILLISECONDS);
      return new RabbitMessageBus(nodeId, threads, connector, news, publisher, consuming);
    } catch (RuntimeException e) {
      threads.close();
      throw e;
    }
  }

  private static Publisher startPublisher(
      Connector connector,
      RabbitThreads threads,
      BusNews news,
      SpiContext context,
      Consuming consuming) {
    try {
      return Publisher.start(connector, threads, news, context);
    } catch (RuntimeException e) {
      consuming.close();
      throw e;
    }
  }

  /** The broker itself refuses this from elsewhere, unless somebody told it not to. */
  private static void warnOfGuest(Settings settings, ErrorListener errors) {
    boolean guest =
        settings.get(RabbitSettings.USER).equals("guest")
            && settings.get(RabbitSettings.PASSWORD).orElse("guest").equals("guest");
    boolean remote =
        settings.get(RabbitSettings.ADDRESSES).stream()
            .map(BrokerAddress::of)
            .anyMatch(address -> !address.isLoopback());
    if (guest && remote) {
      errors.onError(
          "RabbitMQ on another machine is used with the user guest and the password everybody knows: "
              + RabbitSettings.USER.propertyName()
              + ", "
              + RabbitSettings.PASSWORD.propertyName(),
          null);
    }
  }

  @Override
  public CompletionStage<PublishResult> publish(String node, byte[] frame) {
    NodeIdentity.checkNodeId(node);
    if (frame.length > MAX_FRAME_BYTES) {
      throw new IllegalArgumentException(
          "must be <= " + MAX_FRAME_BYTES + ": frame.length=" + frame.length);
    }
    return publisher.publish(node, frame);
  }

  @Override
  public int maxFrameBytes() {
    return MAX_FRAME_BYTES;
  }

  @Override
  public Inbox open(String node, InboundHandler handler) {
    return consuming.open(NodeIdentity.checkNodeId(node), handler);
  }

  @Override
  public Optional<Inbox> adopt(String node, InboundHandler handler) {
    return consuming.adopt(NodeIdentity.checkNodeId(node), handler);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    news.close();
    connector.close();
    consuming.close();
    publisher.close();
    threads.close();
  }

  @Override
  public String toString() {
    return "RabbitMessageBus[" + nodeId + "]";
  }
}
