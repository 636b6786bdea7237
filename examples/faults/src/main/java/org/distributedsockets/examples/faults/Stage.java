package org.distributedsockets.examples.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.distributedsockets.examples.chat.testkit.ClientLoop;
import org.distributedsockets.examples.chat.testkit.Footprint;
import org.distributedsockets.testkit.Eventually;

/**
 * Runs rows, each with a cluster of its own: traffic, the fault, quiet, the oracle, the end of the
 * cluster, and what is left of it. For one thread.
 */
final class Stage {
  private static final Duration WARM_UP = Duration.ofSeconds(4);
  private static final Duration COOL_DOWN = Duration.ofSeconds(5);

  private static final Pattern UNDELIVERABLE =
      Pattern.compile(".*\"body\":\"(\\d+).*\",\"status\":\"([a-z]+)\"}");

  /** The longest life of a message, and a little more. */
  private static final long QUIET_NANOS = Duration.ofSeconds(150).toNanos();

  private final Path examples;
  private final String example;
  private final Path logs;

  /**
   * Makes one.
   *
   * @param examples the folder of the examples
   * @param example which one the nodes run
   * @param logs where what the nodes wrote goes
   */
  Stage(Path examples, String example, Path logs) {
    this.examples = examples;
    this.example = example;
    this.logs = logs;
  }

  /** Runs a row. */
  Verdict run(Row row, long seed) throws Exception {
    Files.createDirectories(logs);
    Path undeliverable = logs.resolve(row.name() + "-undeliverable.json");
    Files.deleteIfExists(undeliverable);
    Ledger ledger = new Ledger();
    try (FaultCluster cluster = new FaultCluster(examples, example, logs, undeliverable);
        ClientLoop loop = new ClientLoop()) {
      Traffic traffic = new Traffic(cluster, loop, ledger, seed);
      Scene scene = new Scene(cluster, traffic, loop, ledger, new Random(seed));
      try {
        traffic.start();
        scene.pass(WARM_UP);
        row.fault().happen(scene);
        scene.pass(COOL_DOWN);
        traffic.stop();
        awaitQuiet(scene, undeliverable);
        compareRegistry(scene);
        Map<Integer, List<String>> toldToHook = told(undeliverable);
        Tally tally = loop.call(() -> new Tally(ledger, toldToHook));
        traffic.leave();
        String peaks =
            cluster.nodes().stream()
                .map(node -> Long.toString(node.peakMegabytes()))
                .collect(Collectors.joining("/"));
        end(scene);
        return new Verdict(row, tally, scene, peaks);
      } finally {
        keepLogs(row, cluster);
      }
    }
  }

  /** By message, what was said of it when nobody was found. */
  private static Map<Integer, List<String>> told(Path undeliverable) throws IOException {
    Map<Integer, List<String>> told = new HashMap<>();
    if (Files.exists(undeliverable)) {
      for (String line : Files.readAllLines(undeliverable)) {
        Matcher message = UNDELIVERABLE.matcher(line);
        if (message.matches()) {
          told.computeIfAbsent(Integer.valueOf(message.group(1)), number -> new ArrayList<>())
              .add(message.group(2));
        }
      }
    }
    return told;
  }

  /** Waits until every receipt came that can come, and what was accepted arrived. */
  private static void awaitQuiet(Scene scene, Path undeliverable) throws IOException {
    long start = System.nanoTime();
    while (System.nanoTime() - start < QUIET_NANOS) {
      Set<Integer> told = told(undeliverable).keySet();
      if (scene.loop().call(() -> isQuiet(scene.ledger(), told))) {
        break;
      }
      scene.pass(Duration.ofSeconds(1));
    }
    // For what should not come.
    scene.pass(Duration.ofSeconds(2));
  }

  private static boolean isQuiet(Ledger ledger, Set<Integer> told) {
    return ledger.letters().stream()
        .allMatch(
            letter ->
                letter.receipts() == 0
                    ? !letter.from().isOpen()
                    : !letter.is("accepted")
                        || !letter.arrivals().isEmpty()
                        || told.contains(letter.number()));
  }

  private static void compareRegistry(Scene scene) {
    try {
      Eventually.holds(
          "the registry to name the live sockets",
          () -> scene.cluster().registered().equals(scene.traffic().connected()));
    } catch (AssertionError e) {
      scene.problem(
          "registry " + difference(scene.cluster().registered(), scene.traffic().connected()));
    }
  }

  private static String difference(Map<String, Integer> registered, Map<String, Integer> live) {
    Set<String> all = new TreeSet<>(registered.keySet());
    all.addAll(live.keySet());
    return all.stream()
        .filter(at -> !Objects.equals(registered.get(at), live.get(at)))
        .map(at -> at + ": " + registered.get(at) + " registered, " + live.get(at) + " live")
        .collect(Collectors.joining("; "));
  }

  /** Ends the cluster in good order, and looks what is left of it. */
  private static void end(Scene scene) {
    FaultCluster cluster = scene.cluster();
    for (FaultNode node : cluster.nodes()) {
      try {
        Eventually.holds(
            node.id() + " to let go of its clients",
            () -> Footprint.connectionsAt(node.port()) == 0);
      } catch (AssertionError e) {
        scene.problem(
            node.id() + " still holds " + Footprint.connectionsAt(node.port()) + " connections");
      }
    }
    Set<String> owners = cluster.owners();
    cluster.nodes().forEach(FaultNode::terminate);
    for (FaultNode node : cluster.nodes()) {
      int code = node.exitCode();
      if (code != 0) {
        scene.problem(node.id() + " ended with " + code);
      }
    }
    List<String> left = cluster.leftBehind(owners);
    if (!left.isEmpty()) {
      scene.problem("left behind: " + left);
    }
  }

  private void keepLogs(Row row, FaultCluster cluster) throws IOException {
    for (FaultNode node : cluster.nodes()) {
      Files.write(logs.resolve(row.name() + "-" + node.id() + ".log"), node.output());
    }
  }
}
