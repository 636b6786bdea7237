package org.distributedsockets.examples.faults;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.examples.chat.testkit.Client;
import org.distributedsockets.examples.faults.Person.Habits;
import org.distributedsockets.testkit.servers.RedisServer;

/** Nodes that die, freeze, leave and come back. */
final class NodeRows {
  /** Longer than a lease, and than a connection to RabbitMQ may be silent. */
  private static final Duration FROZEN = Duration.ofSeconds(25);

  /** Until a dead node's queue is adopted, and a little more. */
  private static final Duration ADOPTED = Duration.ofSeconds(35);

  private static final Duration AFTERWARDS = Duration.ofSeconds(10);
  private static final Duration OFFLINE_WITHIN = Duration.ofSeconds(20);
  private static final Map<String, String> ADOPTION =
      Map.of("late", "order is not kept across an adoption");

  private NodeRows() {}

  static List<Row> all() {
    return List.of(
        new Row("node-killed", "node killed (SIGKILL)", NodeRows::killed, ADOPTION),
        new Row(
            "node-frozen",
            "node frozen (SIGSTOP) longer than its lease, then continued",
            NodeRows::frozen,
            ADOPTION),
        new Row(
            "node-frozen-killed",
            "node frozen, then killed, its users returning elsewhere",
            NodeRows::frozenAndKilled,
            ADOPTION),
        new Row(
            "node-restarted",
            "node killed and restarted with the same id",
            NodeRows::restarted,
            ADOPTION),
        new Row(
            "rolling-restart",
            "rolling restart of all three nodes (SIGTERM), twice round",
            NodeRows::rolling),
        new Row("twin", "second process with the id of a live node", NodeRows::twin),
        new Row("clock", "clock of one node jumped by an hour", NodeRows::clock));
  }

  private static void killed(Scene scene) {
    Habits staysAway = new Habits(Client.Manners.GOOD, false, false);
    List<Person> absent = scene.traffic().join("absent", 1, staysAway, scene.node("n1"));
    scene.node("n1").kill();
    scene.mended();
    long took =
        scene.await(
            "offline", OFFLINE_WITHIN, () -> scene.traffic().isOffline(absent.get(0).name()));
    scene.found("who stayed away was OFFLINE after %.1f s".formatted(took / 1e3));
    scene.pass(ADOPTED);
    scene.node("n1").start();
    scene.pass(AFTERWARDS);
  }

  private static void frozen(Scene scene) throws Exception {
    scene.excusing(
        "n1",
        Duration.ofSeconds(5),
        s -> {
          s.node("n1").freeze();
          s.pass(FROZEN);
          s.node("n1").thaw();
        });
    scene.mended();
    scene.pass(Duration.ofSeconds(20));
  }

  private static void frozenAndKilled(Scene scene) throws Exception {
    scene.excusing(
        "n1",
        Duration.ZERO,
        s -> {
          s.node("n1").freeze();
          // Shorter than the lease: the others still send to it, and that waits in its queue.
          s.pass(Duration.ofSeconds(6));
          s.node("n1").kill();
        });
    scene.mended();
    scene.pass(ADOPTED);
    scene.node("n1").start();
    scene.pass(AFTERWARDS);
  }

  private static void restarted(Scene scene) {
    scene.node("n1").kill();
    scene.node("n1").start();
    scene.mended();
    scene.pass(AFTERWARDS);
  }

  private static void rolling(Scene scene) {
    for (int round = 0; round < 2; round++) {
      for (FaultNode node : scene.cluster().nodes()) {
        node.terminate();
        int code = node.exitCode();
        if (code != 0) {
          scene.problem(node.id() + " ended with " + code);
        }
        node.start();
        scene.pass(Duration.ofSeconds(4));
      }
    }
    scene.mended();
    scene.pass(Duration.ofSeconds(5));
  }

  private static void twin(Scene scene) throws Exception {
    try (ChatProcess twin = scene.node("n2").twin(RedisServer.freePort())) {
      int code = twin.exitCode(60, SECONDS);
      List<String> said = twin.output();
      scene.found("it ended with " + code + ": " + said.get(said.size() - 1));
      if (code == 0 || !said.get(said.size() - 1).contains("is held by a live node")) {
        scene.problem("the second process: " + said);
      }
    }
    scene.mended();
    scene.pass(Duration.ofSeconds(5));
  }

  private static void clock(Scene scene) throws Exception {
    try (WallClock clock = new WallClock()) {
      FaultNode node = scene.node("n1");
      node.terminate();
      int unused = node.exitCode();
      node.start(clock.environment());
      scene.pass(AFTERWARDS);
      jump(scene, node, clock, Duration.ofHours(1));
      jump(scene, node, clock, Duration.ofHours(-1));
      scene.mended();
      scene.pass(AFTERWARDS);
    }
  }

  private static void jump(Scene scene, FaultNode node, WallClock clock, Duration by)
      throws Exception {
    clock.moveBy(by);
    scene.pass(Duration.ofSeconds(15));
    ZonedDateTime said = ZonedDateTime.parse(node.date(), DateTimeFormatter.RFC_1123_DATE_TIME);
    long minutes = Duration.between(ZonedDateTime.now(said.getZone()), said).toMinutes();
    scene.found("its clock was off by " + minutes + " min");
    if (Math.abs(minutes) < 50) {
      scene.problem("the clock did not jump");
    }
  }
}
