package org.distributedsockets.examples.chat.testkit;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicReference;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.RabbitServer;

/** Somebody who may use the broker, and does what no node does. For one thread. */
public final class Stranger implements AutoCloseable {
  /** The content type of what nodes send each other. */
  public static final String FRAME = "application/octet-stream";

  private static final String EXCHANGE = "ds.node.v1";
  private static final int PERSISTENT = 2;
  private static final int CLOSE_MILLIS = 1_000;

  private final Connection connection;
  private final Channel channel;

  /**
   * Connects.
   *
   * @param server the broker
   * @throws Exception if it cannot be reached
   */
  public Stranger(RabbitServer server) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri("amqp://" + server.address());
    factory.setUsername(server.user());
    factory.setPassword(server.password());
    this.connection = factory.newConnection("stranger");
    this.channel = connection.createChannel();
  }

  /**
   * Gets a copy of a frame on its way to a node.
   *
   * @param node its id
   * @param action what makes another node send a frame
   * @return the first frame after the action
   * @throws IOException if the broker refuses
   * @throws AssertionError if no frame is sent
   */
  public byte[] overhears(String node, Runnable action) throws IOException {
    String queue = channel.queueDeclare().getQueue();
    channel.queueBind(queue, EXCHANGE, "server." + node);
    action.run();
    AtomicReference<GetResponse> frame = new AtomicReference<>();
    Eventually.holds(
        "a frame",
        () -> {
          frame.set(next(queue));
          return frame.get() != null;
        });
    channel.queueDelete(queue);
    return frame.get().getBody();
  }

  private GetResponse next(String queue) {
    try {
      return channel.basicGet(queue, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Puts a message into the queue of a node.
   *
   * @param node its id
   * @param contentType the content type, or null for none
   * @param body what a node would send as a frame
   * @throws IOException if the broker refuses
   */
  public void puts(String node, String contentType, byte[] body) throws IOException {
    channel.basicPublish(
        EXCHANGE,
        "server." + node,
        new AMQP.BasicProperties.Builder()
            .contentType(contentType)
            .deliveryMode(PERSISTENT)
            .build(),
        body);
  }

  /**
   * Removes the binding of a node's queue.
   *
   * @param node its id
   * @throws IOException if the broker refuses
   */
  public void unbinds(String node) throws IOException {
    channel.queueUnbind(EXCHANGE + "." + node, EXCHANGE, "server." + node);
  }

  @Override
  public void close() {
    connection.abort(CLOSE_MILLIS);
  }
}
