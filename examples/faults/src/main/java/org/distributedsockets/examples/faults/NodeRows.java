package org.distributedsockets.examples.faults;

import java.time.Duration;
import java.util.List;

/** Nodes that die, freeze, and come back. */
final class NodeRows {
  /** Longer than a lease. */
  private static final Duration LONG = Duration.ofSeconds(15);

  private NodeRows() {}

  static List<Row> all() {
    return List.of(
        new Row("node-killed", "node killed (SIGKILL)", NodeRows::killed),
        new Row(
            "node-frozen",
            "node frozen (SIGSTOP) longer than its lease, then continued",
            NodeRows::frozen));
  }

  private static void killed(Scene scene) throws Exception {
    scene.node("n1").kill();
    scene.mended();
    scene.pass(Duration.ofSeconds(25));
    scene.node("n1").start();
    scene.pass(Duration.ofSeconds(10));
  }

  private static void frozen(Scene scene) throws Exception {
    scene.excusing(
        "n1",
        Duration.ofSeconds(5),
        s -> {
          s.node("n1").freeze();
          s.pass(LONG);
          s.node("n1").thaw();
        });
    scene.mended();
    scene.pass(Duration.ofSeconds(20));
  }
}
