package org.distributedsockets.examples.faults;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Runs rows of the table of guarantees, and prints it. */
public final class Faults {
  private static final String USAGE =
      "usage: faults [--example NAME] [--seed NUMBER] [--list | ROW...]";

  private Faults() {}

  static List<Row> rows() {
    return Stream.of(
            NodeRows.all(), BackendRows.all(), ClientRows.all(), GroupRows.all(), MixRow.all())
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
    long seed = System.nanoTime() & 0xFFFF;
    String example = "jetty-chat";
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--list" -> {
          rows().forEach(row -> System.out.printf("%-24s %s%n", row.name(), row.title()));
          return;
        }
        case "--seed" -> seed = Long.parseLong(arguments[++i]);
        case "--example" -> example = arguments[++i];
        default -> names.add(arguments[i]);
      }
    }
    List<Row> chosen =
        rows().stream().filter(row -> names.isEmpty() || names.contains(row.name())).toList();
    if (chosen.size() < names.size()) {
      System.err.println(USAGE + "; rows are: " + rows().stream().map(Row::name).toList());
      System.exit(2);
    }
    System.exit(run(chosen, seed, example) ? 0 : 1);
  }

  private static boolean run(List<Row> rows, long seed, String example) throws Exception {
    Path here = Path.of("").toAbsolutePath();
    Stage stage = new Stage(here.resolve("examples"), example, here.resolve("target/faults"));
    List<String> lines = new ArrayList<>(List.of(Verdict.head()));
    boolean good = true;
    for (Row row : rows) {
      Instant start = Instant.now();
      System.out.printf("%n%s, seed %d%n", row.title(), seed);
      good &= run(stage, row, seed, lines);
      System.out.printf("took %d s%n", Duration.between(start, Instant.now()).toSeconds());
    }
    System.out.println();
    lines.forEach(System.out::println);
    return good;
  }

  private static boolean run(Stage stage, Row row, long seed, List<String> lines) {
    try {
      Verdict verdict = stage.run(row, seed);
      lines.add(verdict.line());
      System.out.println(verdict.receipts());
      System.out.println(verdict.line());
      verdict.problems().forEach(problem -> System.out.println("PROBLEM " + problem));
      return verdict.problems().isEmpty();
    } catch (Exception | AssertionError e) {
      // The other rows are to be seen all the same.
      e.printStackTrace();
      return false;
    }
  }
}
