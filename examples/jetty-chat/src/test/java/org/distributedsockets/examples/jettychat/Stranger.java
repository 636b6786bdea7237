package org.distributedsockets.examples.jettychat;

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

/** Somebody who may use the broker, and does what no node does. */
final class Stranger implements AutoCloseable {
  /** The content type of what nodes send each other. */
  static final String FRAME = "application/octet-stream";

  private static final String EXCHANGE = "ds.node.v1";
  private static final int PERSISTENT = 2;
  private static final int CLOSE_MILLIS = 1_000;

  private final Connection connection;
  private final Channel channel;

  Stranger(RabbitServer server) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri("amqp://" + server.address());
    factory.setUsername(server.user());
    factory.setPassword(server.password());
    this.connection = factory.newConnection("stranger");
    this.channel = connection.createChannel();
  }

  /** Gets a copy of the first frame on its way to a node after something was done. */
  byte[] overhears(String node, Runnable action) throws IOException {
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

  void puts(String node, String contentType, byte[] body) throws IOException {
    channel.basicPublish(
        EXCHANGE,
        "server." + node,
        new AMQP.BasicProperties.Builder()
            .contentType(contentType)
            .deliveryMode(PERSISTENT)
            .build(),
        body);
  }

  @Override
  public void close() {
    connection.abort(CLOSE_MILLIS);
  }
}
