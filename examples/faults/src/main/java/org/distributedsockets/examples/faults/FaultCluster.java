package org.distributedsockets.examples.faults;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.RedisServer;

/** Three nodes, their Redis, and the RabbitMQ of this JVM. For one thread. */
final class FaultCluster implements AutoCloseable {
  private static final List<String> IDS = List.of("n1", "n2", "n3");

  private final Map<String, FaultNode> nodes = new LinkedHashMap<>();
  private RedisServer redis = RedisServer.start();
  private final RabbitServer rabbit = RabbitServer.own();

  /**
   * Starts it.
   *
   * @param examples the folder of the examples
   * @param example which of them the nodes run
   * @param folder where the nodes run, without a {@code .env} file
   */
  FaultCluster(Path examples, String example, Path folder) {
    for (String id : IDS) {
      FaultNode node =
          new FaultNode(
              id,
              RedisServer.freePort(),
              ChatProcess.jarOf(examples.resolve(example)),
              folder,
              redis.address(),
              rabbit.address(),
              "RABBITMQ_USER=" + rabbit.user(),
              "RABBITMQ_PASSWORD=" + rabbit.password());
      nodes.put(id, node);
      node.begin();
    }
    nodes.values().forEach(FaultNode::awaitReady);
  }

  FaultNode node(String id) {
    FaultNode node = nodes.get(id);
    if (node == null) {
      throw new IllegalArgumentException(id);
    }
    return node;
  }

  List<FaultNode> nodes() {
    return List.copyOf(nodes.values());
  }

  RedisServer redis() {
    return redis;
  }

  /** Another Redis takes the place of the one there is, which ends. */
  void failOver(RedisServer successor) {
    redis.close();
    redis = successor;
    for (FaultNode node : nodes.values()) {
      node.toRedis().redirect(successor.address());
      node.toRedis().cut();
    }
  }

  RabbitServer rabbit() {
    return rabbit;
  }

  /** How many live connections each user has on each node, as the registry knows it. */
  Map<String, Integer> registered() {
    Map<String, String> leases = new HashMap<>();
    List<String> pairs = ask("HGETALL", "ds:{nodes}:leases");
    for (int i = 0; i + 1 < pairs.size(); i += 2) {
      leases.put(pairs.get(i), pairs.get(i + 1).substring(0, pairs.get(i + 1).indexOf('|')));
    }
    Map<String, Integer> counts = new TreeMap<>();
    for (String key : ask("KEYS", "ds:u:*")) {
      String name = key.substring("ds:u:{".length(), key.length() - 1);
      String user = new String(Base64.getUrlDecoder().decode(name), StandardCharsets.UTF_8);
      for (String field : ask("HKEYS", key)) {
        String[] owner = field.split("\\|", -1);
        if (owner[1].equals(leases.get(owner[0]))) {
          counts.merge(user + "@" + owner[0], 1, Integer::sum);
        }
      }
    }
    return counts;
  }

  private List<String> ask(String... command) {
    return redis.cli(command).lines().toList();
  }

  /** What stands in Redis and RabbitMQ when no node runs; nothing should. */
  List<String> leftBehind() {
    List<String> left = new ArrayList<>();
    left.addAll(rabbit.list("list_queues", "name", "messages"));
    left.addAll(rabbit.list("list_connections", "client_properties"));
    left.addAll(redis.cli("KEYS", "ds:u:*").lines().toList());
    left.addAll(redis.cli("KEYS", "ds:g:*").lines().toList());
    left.addAll(redis.cli("HKEYS", "ds:{nodes}:leases").lines().toList());
    return left;
  }

  @Override
  public void close() {
    nodes.values().forEach(FaultNode::close);
    redis.close();
  }
}
