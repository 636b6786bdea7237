package org.distributedsockets.examples.faults;

import java.time.Duration;
import java.util.List;

/** Redis and RabbitMQ that fail. No node is started again. */
final class BackendRows {
  private BackendRows() {}

  static List<Row> all() {
    return List.of(
        new Row("rabbitmq-killed", "RabbitMQ killed and restarted", BackendRows::rabbitKilled),
        new Row("redis-flushed", "FLUSHALL", BackendRows::redisFlushed));
  }

  private static void rabbitKilled(Scene scene) {
    scene.cluster().rabbit().restart();
    scene.mended();
    scene.pass(Duration.ofSeconds(15));
  }

  private static void redisFlushed(Scene scene) {
    String ok = scene.cluster().redis().cli("FLUSHALL");
    scene.mended();
    scene.found(ok);
    scene.pass(Duration.ofSeconds(20));
  }
}
