package org.distributedsockets.examples.chat.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.testkit.ChatClient;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.RedisServer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Nodes in JVMs of their own, joined by a Redis of their own and the RabbitMQ of this JVM. The
 * first two listen on ports in a row and allow each other's origin, as in the demonstration. For
 * one thread.
 */
public final class ChatCluster implements BeforeAllCallback, AfterAllCallback {
  private static final int DRAIN_SECONDS = 25;

  private static final Path EXAMPLE = Path.of("");

  /** Where there is no {@code .env} file. */
  private static final Path DIRECTORY = Path.of("target").toAbsolutePath();

  private final Map<String, Path> jars = new LinkedHashMap<>();
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final Map<String, ChatProcess> running = new LinkedHashMap<>();
  private RedisServer redis;
  private RabbitServer rabbit;
  private int firstPort;

  private ChatCluster() {}

  /**
   * Nodes of the example whose tests run.
   *
   * @param ids their ids
   * @return a cluster that runs while the tests of a class do
   */
  public static ChatCluster of(String... ids) {
    ChatCluster cluster = new ChatCluster();
    for (String id : ids) {
      cluster.and(id, EXAMPLE);
    }
    return cluster;
  }

  /**
   * One more node.
   *
   * @param id its id
   * @param example the folder of the example that it runs
   * @return this
   */
  public ChatCluster and(String id, Path example) {
    jars.put(id, ChatProcess.jarOf(example.toAbsolutePath().normalize()));
    return this;
  }

  /** Starts the nodes side by side and waits until they are ready. */
  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    redis = RedisServer.start();
    try {
      rabbit = RabbitServer.own();
      firstPort = FreePorts.pair();
      for (String id : jars.keySet()) {
        begin(id);
      }
      for (String id : jars.keySet()) {
        node(id).awaitReady();
      }
    } catch (Exception e) {
      end();
      throw e;
    }
  }

  /** Drains all nodes and ends their Redis. */
  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    try {
      drain(running.keySet().toArray(String[]::new));
    } finally {
      end();
    }
  }

  /**
   * Starts one more node, or one that was killed, and waits until it is ready.
   *
   * @param id its id
   * @throws Exception if it does not start
   */
  public void add(String id) throws Exception {
    begin(id);
    node(id).awaitReady();
  }

  private void begin(String id) throws IOException {
    if (!ports.containsKey(id)) {
      ports.put(id, ports.size() < 2 ? firstPort + ports.size() : RedisServer.freePort());
    }
    running.put(id, process(id, port(id)));
  }

  /**
   * Starts a node that the test looks after itself.
   *
   * @param id its id
   * @param port where it listens
   * @param more the environment besides, as {@code NAME=value}
   * @return its process
   * @throws IOException if it cannot be started
   */
  public ChatProcess process(String id, int port, String... more) throws IOException {
    List<String> assignments =
        new ArrayList<>(
            List.of(
                "SERVER_ID=" + id,
                "PORT=127.0.0.1:" + port,
                "REDIS_ADDR=" + redis.address(),
                "RABBITMQ_ADDR=" + rabbit.address(),
                "RABBITMQ_USER=" + rabbit.user(),
                "RABBITMQ_PASSWORD=" + rabbit.password(),
                // A count is of all, and a client is found from the beginning, on a busy machine.
                "DISTRIBUTED_SOCKETS_SEND_PARTIAL_OUTCOME_WAIT=3s",
                "DISTRIBUTED_SOCKETS_HANDSHAKE_REGISTRATION_WAIT=2s",
                "ALLOWED_ORIGINS=" + origins("localhost") + "," + origins("127.0.0.1")));
    assignments.addAll(List.of(more));
    Path jar = jars.getOrDefault(id, ChatProcess.jarOf(EXAMPLE.toAbsolutePath()));
    return ChatProcess.startJar(jar, DIRECTORY, assignments.toArray(String[]::new));
  }

  private String origins(String host) {
    return "http://" + host + ":" + firstPort + ",http://" + host + ":" + (firstPort + 1);
  }

  /**
   * Their Redis.
   *
   * @return the server, which ends with the cluster
   */
  public RedisServer redis() {
    return redis;
  }

  /**
   * Their RabbitMQ.
   *
   * @return the server, which ends with the JVM
   */
  public RabbitServer rabbit() {
    return rabbit;
  }

  /**
   * Where a node listens.
   *
   * @param id its id
   * @return the port on 127.0.0.1
   */
  public int port(String id) {
    return ports.get(id);
  }

  /**
   * A node that runs.
   *
   * @param id its id
   * @return its process
   */
  public ChatProcess node(String id) {
    return running.get(id);
  }

  /**
   * Connects a client.
   *
   * @param id the node
   * @param user who it is
   * @return the client
   * @throws Exception if the node refuses
   */
  public ChatClient connect(String id, String user) throws Exception {
    return new ChatClient(port(id), user);
  }

  /**
   * What a node counted.
   *
   * @param id the node
   * @param counter what to ask for
   * @return its count since it was started
   * @throws Exception if the node does not answer
   */
  public long count(String id, Counter counter) throws Exception {
    String name = "distributed_sockets_" + counter.name().toLowerCase(Locale.ROOT) + "_total";
    String metrics = ChatClient.get(port(id), "/metrics").body();
    Matcher sample = Pattern.compile("(?m)^" + name + "\\{.*} (\\d+)$").matcher(metrics);
    assertTrue(sample.find(), metrics);
    return Long.parseLong(sample.group(1));
  }

  /**
   * Asks a node how it is.
   *
   * @param id the node
   * @return what it answers
   * @throws Exception if it does not answer
   */
  public String health(String id) throws Exception {
    return ChatClient.get(port(id), "/health").body();
  }

  /**
   * Waits until nothing is left in a node's queue. A receipt comes before the acknowledgement, and
   * what is not acknowledged when a node dies may reach another device of its user once more.
   *
   * @param id the node
   */
  public void awaitAcknowledged(String id) {
    String empty = "ds.node.v1." + id + "\t0";
    Eventually.holds(
        "an empty queue of " + id,
        () -> rabbit.list("list_queues", "name", "messages").contains(empty));
  }

  /**
   * Ends a node as a power failure would.
   *
   * @param id the node
   * @throws Exception if it does not end
   */
  public void kill(String id) throws Exception {
    ChatProcess killed = running.remove(id);
    killed.close();
    assertNotEquals(0, killed.exitCode(DRAIN_SECONDS, SECONDS));
  }

  /**
   * Ends nodes in good order, which each must do in time.
   *
   * @param ids the nodes
   * @throws Exception if one does not end in time
   */
  public void drain(String... ids) throws Exception {
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

  private void end() {
    running.values().forEach(ChatProcess::close);
    redis.close();
  }
}
