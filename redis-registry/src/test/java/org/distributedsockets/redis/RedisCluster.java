package org.distributedsockets.redis;

import java.util.List;
import java.util.stream.IntStream;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.RedisServer;

/** Three servers of a Redis Cluster, each with a third of the slots. */
final class RedisCluster implements AutoCloseable {
  private static final int SLOTS = 16_384;

  private final List<RedisServer> servers;

  RedisCluster() {
    servers = IntStream.range(0, 3).mapToObj(i -> startServer()).toList();
    for (int i = 0; i < 3; i++) {
      int first = SLOTS * i / 3;
      int last = SLOTS * (i + 1) / 3 - 1;
      servers
          .get(i)
          .cli("CLUSTER", "ADDSLOTSRANGE", Integer.toString(first), Integer.toString(last));
      servers.get(i).cli("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
    }
    for (RedisServer other : servers.subList(1, 3)) {
      String bus = field(other.cli("CLUSTER", "NODES"), "@");
      servers.get(0).cli("CLUSTER", "MEET", "127.0.0.1", Integer.toString(other.port()), bus);
    }
    Eventually.holds(
        "every server knows the whole cluster",
        () ->
            servers.stream()
                .allMatch(
                    server ->
                        server.cli("CLUSTER", "INFO").contains("cluster_state:ok")
                            && server.cli("CLUSTER", "INFO").contains("cluster_known_nodes:3")));
  }

  private static RedisServer startServer() {
    return RedisServer.start(
        "cluster-enabled yes",
        "cluster-port " + RedisServer.freePort(),
        "cluster-node-timeout 5000",
        "cluster-announce-ip 127.0.0.1");
  }

  /** The digits after a mark. */
  private static String field(String text, String mark) {
    return text.substring(text.indexOf(mark) + 1).replaceFirst("(?s)\\D.*", "");
  }

  List<RedisServer> servers() {
    return servers;
  }

  List<String> addresses() {
    return servers.stream().map(RedisServer::address).toList();
  }

  /** Moves a slot, whose keys are lost, from the server that has it to another one. */
  void moveSlot(int slot) {
    String number = Integer.toString(slot);
    RedisServer from = servers.get(Math.min(2, slot * 3 / SLOTS));
    RedisServer to = servers.get((servers.indexOf(from) + 1) % 3);
    String id = to.cli("CLUSTER", "MYID");
    from.cli("FLUSHALL");
    to.cli("CLUSTER", "SETSLOT", number, "IMPORTING", from.cli("CLUSTER", "MYID"));
    from.cli("CLUSTER", "SETSLOT", number, "MIGRATING", id);
    to.cli("CLUSTER", "SETSLOT", number, "NODE", id);
    from.cli("CLUSTER", "SETSLOT", number, "NODE", id);
  }

  void flush() {
    servers.forEach(server -> server.cli("FLUSHALL"));
  }

  @Override
  public void close() {
    servers.forEach(RedisServer::close);
  }
}
