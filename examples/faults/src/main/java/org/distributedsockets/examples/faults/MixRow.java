package org.distributedsockets.examples.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Everything, in an order that the seed decides. */
final class MixRow {
  private static final Duration WHOLE = Duration.ofMinutes(10);
  private static final Duration SETTLED = Duration.ofMinutes(2);
  private static final String QUEUE = "ds.node.v1.";

  /** Never killed, so that its memory can be compared. */
  private static final String SURVIVOR = "n3";

  private MixRow() {}

  static List<Row> all() {
    return List.of(
        new Row(
            "mix",
            "a random mix for 10 minutes",
            MixRow::mix,
            Map.of(
                "late", "adoptions and holds that ran out",
                "lost", "queues deleted by an operator",
                "missed device",
                    "nodes cannot tell each other of further devices while the bus is away")));
  }

  private static void mix(Scene scene) throws Exception {
    long start = System.nanoTime();
    long settled = 0;
    while (System.nanoTime() - start < WHOLE.toNanos()) {
      scene.pass(seconds(scene.random(), 3, 10));
      something(scene);
      if (settled == 0 && System.nanoTime() - start > SETTLED.toNanos()) {
        settled = liveHeap(scene.node(SURVIVOR));
      }
    }
    scene.mended();
    scene.pass(Duration.ofSeconds(40));
    scene.found(
        "live heap of %s after 2 min %d MB, in the end %d MB"
            .formatted(SURVIVOR, settled, liveHeap(scene.node(SURVIVOR))));
  }

  private static Duration seconds(Random random, int least, int most) {
    return Duration.ofSeconds(least + random.nextInt(most - least + 1));
  }

  private static void something(Scene scene) throws Exception {
    Random random = scene.random();
    List<FaultNode> nodes = scene.cluster().nodes();
    FaultNode mortal = nodes.get(random.nextInt(2));
    FaultNode node = nodes.get(random.nextInt(nodes.size()));
    Duration time = seconds(random, 2, 15);
    int what = random.nextInt(15);
    System.out.printf("fault %d at %s for %d s%n", what, node.id(), time.toSeconds());
    switch (what) {
      case 0 -> {
        mortal.kill();
        scene.pass(time);
        mortal.start();
      }
      case 1 -> {
        mortal.terminate();
        int unused = mortal.exitCode();
        mortal.start();
      }
      case 2 ->
          scene.excusing(
              node.id(),
              Duration.ofSeconds(5),
              s -> {
                node.freeze();
                s.pass(time);
                node.thaw();
              });
      case 3 -> {
        scene.excusing(
            mortal.id(),
            Duration.ZERO,
            s -> {
              mortal.freeze();
              s.pass(time);
              mortal.kill();
            });
        mortal.start();
      }
      case 4 -> {
        String unused = scene.cluster().redis().cli("FLUSHALL");
      }
      case 5 -> {
        scene.cluster().redis().kill();
        scene.pass(time);
        scene.cluster().redis().restart();
      }
      case 6 -> {
        scene.cluster().redis().pause();
        scene.pass(time);
        scene.cluster().redis().resume();
      }
      case 7 ->
          // If it is for longer than its lease, it counts as dead for the others.
          scene.excusing(
              node.id(),
              Duration.ofSeconds(5),
              s -> {
                node.toRedis().blackHole();
                s.pass(time);
                node.toRedis().restore();
              });
      case 8 -> scene.cluster().rabbit().closeAllConnections();
      case 9 -> scene.cluster().rabbit().restart();
      case 10 -> {
        node.toRabbit().blackHole();
        scene.pass(time.multipliedBy(2));
        node.toRabbit().restore();
      }
      case 11 -> {
        scene.cluster().rabbit().memoryAlarm(true);
        scene.pass(time);
        scene.cluster().rabbit().memoryAlarm(false);
      }
      case 12 -> scene.cluster().rabbit().deleteQueue(QUEUE + node.id());
      case 13 -> {
        node.toRabbit().cutAfter(1 + random.nextInt(20_000));
        node.toRedis().delay(Duration.ofMillis(random.nextInt(300)));
        scene.pass(time);
        node.toRabbit().restore();
        node.toRedis().restore();
      }
      default -> {
        node.toClients().cutAfter(1 + random.nextInt(20_000));
        node.toRabbit().slow(20_000);
        scene.pass(time);
        node.toClients().restore();
        node.toRabbit().restore();
      }
    }
  }

  /** What a node's objects take once everything else was collected, in megabytes. */
  private static long liveHeap(FaultNode node) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder("jcmd", Long.toString(node.pid()), "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    String output = new String(jcmd.getInputStream().readAllBytes(), UTF_8);
    boolean ended = jcmd.waitFor(10, SECONDS);
    String total = output.substring(output.lastIndexOf("Total"));
    return ended ? Long.parseLong(total.strip().split(" +", -1)[2].strip()) / (1 << 20) : 0;
  }
}
