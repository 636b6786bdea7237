package org.distributedsockets.examples.faults;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
   * @param undeliverable where they keep what found nobody
   */
  FaultCluster(Path examples, String example, Path folder, Path undeliverable) {
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
              "RABBITMQ_PASSWORD=" + rabbit.password(),
              "UNDELIVERABLE_FILE=" + undeliverable);
      nodes.put(id, node);
      node.begin();
    }
    try {
      nodes.values().forEach(FaultNode::awaitReady);
    } catch (AssertionError e) {
      close();
      throw e;
    }
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
    Set<String> live = owners();
    Map<String, Integer> counts = new TreeMap<>();
    for (String key : ask("KEYS", "ds:u:*")) {
      String name = key.substring("ds:u:{".length(), key.length() - 1);
      String user = new String(Base64.getUrlDecoder().decode(name), StandardCharsets.UTF_8);
      for (String field : ask("HKEYS", key)) {
        String owner = field.substring(0, field.lastIndexOf('|'));
        if (live.contains(owner)) {
          counts.merge(user + "@" + owner.substring(0, owner.indexOf('|')), 1, Integer::sum);
        }
      }
    }
    return counts;
  }

  /** The memberships that have a lease now, as entries name them. */
  Set<String> owners() {
    Set<String> owners = new HashSet<>();
    List<String> pairs = ask("HGETALL", "ds:{nodes}:leases");
    for (int i = 0; i + 1 < pairs.size(); i += 2) {
      String lease = pairs.get(i + 1);
      owners.add(pairs.get(i) + "|" + lease.substring(0, lease.indexOf('|')));
    }
    return owners;
  }

  private List<String> ask(String... command) {
    return redis.cli(command).lines().toList();
  }

  /**
   * What stands in Redis and RabbitMQ when no node runs.
   *
   * @param ended memberships that ended in good order; what others left stays for a while
   */
  List<String> leftBehind(Set<String> ended) {
    List<String> left = new ArrayList<>();
    left.addAll(rabbit.list("list_queues", "name", "messages"));
    left.addAll(rabbit.list("list_connections", "client_properties"));
    left.addAll(ask("HKEYS", "ds:{nodes}:leases"));
    for (String key : ask("KEYS", "ds:[ug]:*")) {
      ask("HKEYS", key).stream()
          .filter(field -> ended.contains(field.substring(0, field.lastIndexOf('|'))))
          .forEach(field -> left.add(key + " " + field));
    }
    return left;
  }

  /** Ends it, and leaves nothing of a row that went wrong to the next one. */
  @Override
  public void close() {
    nodes.values().forEach(FaultNode::close);
    rabbit.list("list_queues", "name").forEach(rabbit::deleteQueue);
    redis.close();
  }
}
