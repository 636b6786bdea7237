package org.distributedsockets.examples.faults;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.distributedsockets.examples.chat.testkit.Stranger;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.RedisServer;
import org.distributedsockets.testkit.servers.TcpProxy;

/** Redis and RabbitMQ that fail. No node is started again. */
final class BackendRows {
  private static final Duration A_WHILE = Duration.ofSeconds(20);
  private static final Duration AFTERWARDS = Duration.ofSeconds(15);
  private static final String QUEUE = "ds.node.v1.";
  private static final Map<String, String> NO_BUS =
      Map.of(
          "late", "order is not kept when a hold of 2 s runs out",
          "missed device", "nodes cannot tell each other of further devices while the bus is away");

  private BackendRows() {}

  static List<Row> all() {
    return List.of(
        new Row("redis-killed", "Redis killed and restarted empty", BackendRows::redisKilled),
        new Row("redis-flushed", "FLUSHALL", BackendRows::redisFlushed),
        new Row("redis-frozen", "Redis frozen for 20 s", BackendRows::redisFrozen),
        new Row("redis-cut-off", "Redis cut off from one node for 20 s", BackendRows::redisCutOff),
        new Row(
            "redis-failover",
            "Redis primary replaced by its lagging replica",
            BackendRows::redisFailover,
            Map.of("wrongly offline", "what is lost is noticed with the next renewal, within 3 s")),
        new Row(
            "rabbitmq-killed", "RabbitMQ killed and restarted", BackendRows::rabbitKilled, NO_BUS),
        new Row(
            "rabbitmq-connections",
            "all RabbitMQ connections closed, five times",
            BackendRows::rabbitConnections,
            NO_BUS),
        new Row(
            "queue-deleted",
            "node queue deleted by an operator",
            BackendRows::queueDeleted,
            Map.of(
                "lost", "what was in the queue is gone with it",
                "missed device", "their copy of a group's message was in the queue",
                "late", "while a queue is missing neither returns nor fences tell the truth")),
        new Row(
            "binding-removed",
            "binding of a node removed by an operator",
            BackendRows::bindingRemoved,
            Map.of(
                "late", "while a queue is unbound neither returns nor fences tell the truth",
                "missed device", "members of a group at a node that the bus cannot reach")),
        new Row("memory-alarm", "memory alarm for 20 s", BackendRows::memoryAlarm, NO_BUS),
        new Row(
            "rabbitmq-black-hole",
            "black hole between a node and RabbitMQ for 30 s",
            BackendRows::rabbitBlackHole,
            NO_BUS));
  }

  private static void redisKilled(Scene scene) {
    scene.cluster().redis().kill();
    scene.pass(Duration.ofSeconds(8));
    scene.cluster().redis().restart();
    scene.mended();
    scene.pass(A_WHILE);
  }

  private static void redisFlushed(Scene scene) {
    String answer = scene.cluster().redis().cli("FLUSHALL");
    scene.mended();
    if (!answer.equals("OK")) {
      scene.problem(answer);
    }
    scene.pass(A_WHILE);
  }

  private static void redisFrozen(Scene scene) {
    scene.cluster().redis().pause();
    scene.pass(A_WHILE);
    scene.cluster().redis().resume();
    scene.mended();
    scene.pass(AFTERWARDS);
  }

  private static void redisCutOff(Scene scene) throws Exception {
    // A node without a lease counts as dead for the others, and so do its users.
    scene.excusing(
        "n1",
        Duration.ofSeconds(5),
        s -> {
          s.node("n1").toRedis().blackHole();
          s.pass(A_WHILE);
          s.node("n1").toRedis().restore();
        });
    scene.mended();
    scene.pass(AFTERWARDS);
  }

  private static void redisFailover(Scene scene) {
    RedisServer primary = scene.cluster().redis();
    TcpProxy replication = TcpProxy.to(primary.address());
    int port = Integer.parseInt(replication.address().replaceAll(".*:", ""));
    RedisServer replica = RedisServer.start("replicaof 127.0.0.1 " + port);
    Eventually.holds(
        "the replica to have it all",
        () -> replica.cli("INFO", "replication").contains("master_link_status:up"));
    replication.blackHole();
    // What registers and leaves now is lost.
    scene.pass(Duration.ofSeconds(5));
    String promoted = replica.cli("REPLICAOF", "NO", "ONE");
    scene.cluster().failOver(replica);
    replication.close();
    scene.mended();
    scene.found("promoted: " + promoted);
    scene.pass(A_WHILE);
  }

  private static void rabbitKilled(Scene scene) {
    scene.cluster().rabbit().restart();
    scene.mended();
    scene.pass(AFTERWARDS);
  }

  private static void rabbitConnections(Scene scene) {
    for (int i = 0; i < 5; i++) {
      scene.cluster().rabbit().closeAllConnections();
      scene.mended();
      scene.pass(Duration.ofSeconds(4));
    }
    scene.pass(AFTERWARDS);
  }

  private static void queueDeleted(Scene scene) {
    scene.cluster().rabbit().deleteQueue(QUEUE + "n1");
    scene.mended();
    scene.pass(A_WHILE);
  }

  private static void bindingRemoved(Scene scene) throws Exception {
    try (Stranger operator = new Stranger(scene.cluster().rabbit())) {
      operator.unbinds("n1");
    }
    scene.pass(A_WHILE);
    // As docs/rabbitmq.md says: it is bound again when the node reconnects.
    scene.node("n1").toRabbit().cut();
    scene.mended();
    scene.pass(AFTERWARDS);
  }

  private static void memoryAlarm(Scene scene) {
    scene.cluster().rabbit().memoryAlarm(true);
    scene.pass(A_WHILE);
    scene.cluster().rabbit().memoryAlarm(false);
    scene.mended();
    scene.pass(AFTERWARDS);
  }

  private static void rabbitBlackHole(Scene scene) {
    scene.node("n1").toRabbit().blackHole();
    scene.pass(Duration.ofSeconds(30));
    scene.node("n1").toRabbit().restore();
    scene.mended();
    scene.pass(A_WHILE);
  }
}
