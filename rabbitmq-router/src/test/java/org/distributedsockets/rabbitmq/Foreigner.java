package org.distributedsockets.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeoutException;
import org.distributedsockets.testkit.servers.RabbitServer;

/** Somebody else's client of the same broker, who does what a bus would not. */
final class Foreigner implements AutoCloseable {
  private final Connection connection;
  final Channel channel;

  Foreigner(RabbitServer server) throws IOException, TimeoutException {
    BrokerAddress address = BrokerAddress.of(server.address());
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost(address.host());
    factory.setPort(address.port());
    factory.setUsername(server.user());
    factory.setPassword(server.password());
    factory.setAutomaticRecoveryEnabled(false);
    connection = factory.newConnection("foreigner");
    channel = connection.createChannel();
  }

  void put(String node, String contentType, byte[] body) {
    try {
      channel.basicPublish(
          RabbitTopology.EXCHANGE,
          RabbitTopology.key(node),
          new AMQP.BasicProperties.Builder().contentType(contentType).deliveryMode(2).build(),
          body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    connection.abort(1_000);
  }
}
