package org.distributedsockets.examples.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Runs rows of the table of targets, and prints it. */
public final class Benchmarks {
  private static final int DEFAULT_RUNS = 5;
  private static final int DEFAULT_WARM_UP = 20;
  private static final int DEFAULT_SECONDS = 8;
  private static final String USAGE =
      "usage: benchmarks [--list] [--runs NUMBER] [--warm-up SECONDS] [--seconds NUMBER]"
          + " [--only CONTESTANT] [--jvm OPTIONS] [ROW...]";

  private Benchmarks() {}

  static List<Row> rows(Bench bench) {
    return Stream.of(MessageRows.all(bench), ConnectionRows.all(bench), ClusterRows.all(bench))
        .flatMap(List::stream)
        .toList();
  }

  /**
   * Runs the rows that are named, or all, one after the other.
   *
   * @param arguments see the usage
   * @throws Exception if a row cannot be run at all
   */
  public static void main(String[] arguments) throws Exception {
    List<String> names = new ArrayList<>();
    int runs = DEFAULT_RUNS;
    int warmUp = DEFAULT_WARM_UP;
    int seconds = DEFAULT_SECONDS;
    String only = null;
    String jvmOptions = "";
    boolean list = false;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--list" -> list = true;
        case "--runs" -> runs = Integer.parseInt(arguments[++i]);
        case "--warm-up" -> warmUp = Integer.parseInt(arguments[++i]);
        case "--seconds" -> seconds = Integer.parseInt(arguments[++i]);
        case "--only" -> only = arguments[++i];
        case "--jvm" -> jvmOptions = arguments[++i];
        default -> names.add(arguments[i]);
      }
    }
    Path here = Path.of("").toAbsolutePath();
    Path examples = here.resolve("examples");
    Path folder = Files.createDirectories(here.resolve("target/benchmarks"));
    try (Backends backends = new Backends()) {
      Bench bench =
          new Bench(
              examples,
              folder,
              backends,
              new Systems(examples, folder, backends, jvmOptions),
              warmUp,
              seconds);
      List<Row> all = rows(bench);
      List<Row> chosen =
          all.stream().filter(row -> names.isEmpty() || names.contains(row.name())).toList();
      if (list) {
        all.forEach(row -> System.out.printf("%-16s %s%n", row.name(), row.title()));
        return;
      }
      if (chosen.size() < names.size()) {
        System.err.println(USAGE + "; rows are: " + all.stream().map(Row::name).toList());
        System.exit(2);
      }
      String command = "bin/benchmarks " + String.join(" ", arguments);
      String alone = only;
      List<Row> asked =
          alone == null ? chosen : chosen.stream().map(row -> row.only(alone)).toList();
      print(command.strip(), asked, runs);
    }
    System.exit(0);
  }

  private static void print(String command, List<Row> rows, int runs) throws Exception {
    System.out.println(heading(command));
    List<String> targets = new ArrayList<>();
    for (Row row : rows) {
      Outcomes outcomes = new Outcomes(row);
      for (int run = 1; run <= runs; run++) {
        outcomes.add(runOnce(row, run));
      }
      System.out.printf("%n### `%s`: %s%n%n", row.name(), row.title());
      outcomes.measures().forEach(System.out::println);
      targets.addAll(outcomes.targets());
    }
    System.out.printf("%n### Targets%n%n| what | ratio | target | measured | met |%n");
    System.out.println("|---|---|---|---|---|");
    targets.forEach(System.out::println);
  }

  /** All contestants one after the other, so that what changes with time meets all of them. */
  private static Map<String, Sample> runOnce(Row row, int run) throws Exception {
    Map<String, Sample> samples = new LinkedHashMap<>();
    for (Row.Contestant contestant : row.contestants()) {
      Sample sample = contestant.trial().run();
      samples.put(contestant.name(), sample);
      System.err.printf(
          "%s, run %d, %s: %s%n", row.name(), run, contestant.name(), sample.values());
    }
    return samples;
  }

  private static String heading(String command) throws IOException {
    return "`%s` on %s: %s, %d cores, %s %s, Linux %s"
        .formatted(
            command,
            LocalDate.now(ZoneOffset.UTC),
            processor(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("java.vm.name"),
            System.getProperty("java.version"),
            System.getProperty("os.version"));
  }

  private static String processor() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 2))
        .findFirst()
        .orElse("unknown processor");
  }
}
