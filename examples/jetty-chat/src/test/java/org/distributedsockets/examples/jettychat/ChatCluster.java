package org.distributedsockets.examples.jettychat;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.RedisServer;

/**
 * Nodes in JVMs of their own, joined by a Redis of their own and the RabbitMQ of this JVM. The
 * first two listen on ports in a row and allow each other's origin, as in the demonstration.
 */
final class ChatCluster {
  static final int DRAIN_SECONDS = 25;

  private final Path directory;
  private final RedisServer redis = RedisServer.start();
  private final RabbitServer rabbit = RabbitServer.own();
  private final int firstPort;
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final Map<String, ChatProcess> running = new LinkedHashMap<>();

  private ChatCluster(Path directory) throws Exception {
    this.directory = directory;
    this.firstPort = FreePorts.pair();
  }

  /** Starts nodes side by side and waits until they are ready. */
  static ChatCluster start(Path directory, String... ids) throws Exception {
    ChatCluster cluster = new ChatCluster(directory);
    try {
      for (String id : ids) {
        cluster.begin(id);
      }
      for (String id : ids) {
        cluster.node(id).awaitReady();
      }
      return cluster;
    } catch (Exception e) {
      cluster.end();
      throw e;
    }
  }

  /** Starts one more node, or one that was killed, and waits until it is ready. */
  void add(String id) throws Exception {
    begin(id);
    node(id).awaitReady();
  }

  private void begin(String id) throws Exception {
    if (!ports.containsKey(id)) {
      ports.put(id, ports.size() < 2 ? firstPort + ports.size() : RedisServer.freePort());
    }
    running.put(id, process(id, port(id)));
  }

  /** A process that the test looks after itself. */
  ChatProcess process(String id, int port, String... more) throws Exception {
    List<String> assignments =
        new ArrayList<>(
            List.of(
                "SERVER_ID=" + id,
                "PORT=127.0.0.1:" + port,
                "REDIS_ADDR=" + redis.address(),
                "RABBITMQ_ADDR=" + rabbit.address(),
                "RABBITMQ_USER=" + rabbit.user(),
                "RABBITMQ_PASSWORD=" + rabbit.password(),
                "ALLOWED_ORIGINS=" + origins("localhost") + "," + origins("127.0.0.1")));
    assignments.addAll(List.of(more));
    return ChatProcess.start(directory, assignments.toArray(String[]::new));
  }

  private String origins(String host) {
    return "http://" + host + ":" + firstPort + ",http://" + host + ":" + (firstPort + 1);
  }

  RedisServer redis() {
    return redis;
  }

  RabbitServer rabbit() {
    return rabbit;
  }

  int port(String id) {
    return ports.get(id);
  }

  ChatProcess node(String id) {
    return running.get(id);
  }

  ChatClient connect(String id, String user) throws Exception {
    return new ChatClient(port(id), user);
  }

  /** What a node counted. */
  long count(String id, Counter counter) throws Exception {
    String name = "distributed_sockets_" + counter.name().toLowerCase(Locale.ROOT) + "_total";
    String metrics = ChatClient.get(port(id), "/metrics").body();
    Matcher sample = Pattern.compile("(?m)^" + name + "\\{.*} (\\d+)$").matcher(metrics);
    assertTrue(sample.find(), metrics);
    return Long.parseLong(sample.group(1));
  }

  String health(String id) throws Exception {
    return ChatClient.get(port(id), "/health").body();
  }

  /** Ends a node as a power failure would. */
  void kill(String id) throws Exception {
    ChatProcess killed = running.remove(id);
    killed.close();
    assertNotEquals(0, killed.exitCode(DRAIN_SECONDS, SECONDS));
  }

  /** Ends nodes in good order, which each must do in time. */
  void drain(String... ids) throws Exception {
    List<ChatProcess> ending = new ArrayList<>();
    for (String id : ids) {
      ChatProcess node = running.remove(id);
      node.terminate();
      ending.add(node);
    }
    for (ChatProcess node : ending) {
      try (node) {
        assertEquals(0, node.exitCode(DRAIN_SECONDS, SECONDS), () -> node.output().toString());
      }
    }
  }

  /** Drains all nodes and ends their Redis. */
  void stop() throws Exception {
    try {
      drain(running.keySet().toArray(String[]::new));
    } finally {
      end();
    }
  }

  private void end() {
    running.values().forEach(ChatProcess::close);
    redis.close();
  }
}
