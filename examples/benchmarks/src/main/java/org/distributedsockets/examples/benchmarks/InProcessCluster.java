package org.distributedsockets.examples.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.distributedsockets.Authenticator;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.rabbitmq.RabbitSettings;
import org.distributedsockets.redis.RedisSettings;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Nodes in this JVM, with the real Redis and RabbitMQ, whose clients have no sockets: for what is
 * counted, and for more connections than there are file handles. For one thread.
 */
final class InProcessCluster implements AutoCloseable {
  private final List<SocketNode> nodes = new ArrayList<>();
  private final AtomicLong framesOut = new AtomicLong();

  InProcessCluster(Backends backends, int count) {
    backends.clear();
    MetricsListener metrics =
        new MetricsListener() {
          @Override
          public void count(Counter counter, long times) {
            if (counter == Counter.BATCHES_OUT) {
              framesOut.addAndGet(times);
            }
          }
        };
    for (int i = 1; i <= count; i++) {
      nodes.add(
          SocketNode.builder()
              .settings(settings(backends, "n" + i))
              .authenticator(handshake -> Authenticator.refuse("nobody"))
              .metrics(metrics)
              .build());
    }
    nodes.forEach(SocketNode::start);
  }

  private static Settings settings(Backends backends, String id) {
    return Settings.builder()
        .set(NodeSettings.NODE_ID, Optional.of(id))
        .set(NodeSettings.REGISTRY, Optional.of("redis"))
        .set(NodeSettings.BUS, Optional.of("rabbitmq"))
        .read(RedisSettings.ADDRESSES, "Redis", backends.redis().address())
        .read(RabbitSettings.ADDRESSES, "RabbitMQ", backends.rabbit().address())
        .read(RabbitSettings.USER, "RabbitMQ", backends.rabbit().user())
        .read(RabbitSettings.PASSWORD, "RabbitMQ", backends.rabbit().password())
        .build();
  }

  /** Connects a user to one of the nodes, the first of which is 1. */
  ClientSession connect(int node, String user, Consumer<String> received) {
    Client client = new Client(received);
    ClientSession session = nodes.get(node - 1).attach(client, user, Map.of());
    client.session = session;
    return session;
  }

  /** AMQP messages that all nodes published. */
  long framesOut() {
    return framesOut.get();
  }

  @Override
  public void close() {
    nodes.forEach(SocketNode::close);
  }

  /** A client that reads at once, and answers pings. */
  private static final class Client implements WebSocketChannel {
    private final Consumer<String> received;
    private volatile @Nullable ClientSession session;
    private volatile boolean open = true;

    Client(Consumer<String> received) {
      this.received = received;
    }

    @Override
    public void send(String text, Consumer<@Nullable Throwable> done) {
      received.accept(text);
      done.accept(null);
    }

    @Override
    public void ping() {
      ClientSession connected = session;
      if (connected != null) {
        connected.pong();
      }
    }

    @Override
    public void close(int code, String reason) {
      open = false;
      ClientSession connected = session;
      if (connected != null) {
        connected.closed(code);
      }
    }

    @Override
    public boolean isOpen() {
      return open;
    }
  }
}
