package org.distributedsockets.examples.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** All runs of one row, and their medians as Markdown. For one thread. */
final class Outcomes {
  private static final double WHOLE_FROM = 100;

  private final Row row;
  private final List<Map<String, Sample>> runs = new ArrayList<>();

  Outcomes(Row row) {
    this.row = row;
  }

  void add(Map<String, Sample> run) {
    runs.add(new LinkedHashMap<>(run));
  }

  /** The measures of each contestant: medians, and how far the runs lay apart. */
  List<String> measures() {
    List<String> names = row.contestants().stream().map(Row.Contestant::name).toList();
    Set<String> measures =
        runs.stream()
            .flatMap(run -> run.values().stream())
            .flatMap(sample -> sample.values().keySet().stream())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    List<String> lines = new ArrayList<>();
    lines.add("| | " + String.join(" | ", measures) + " |");
    lines.add("|---|" + "---|".repeat(measures.size()));
    for (String name : names) {
      lines.add(
          measures.stream()
              .map(measure -> cell(valuesOf(name, measure)))
              .collect(Collectors.joining(" | ", "| " + name + " | ", " |")));
    }
    return lines;
  }

  private List<Double> valuesOf(String contestant, String measure) {
    return runs.stream()
        .map(run -> Objects.requireNonNull(run.get(contestant)).values().get(measure))
        .filter(Objects::nonNull)
        .toList();
  }

  private static String cell(List<Double> values) {
    if (values.isEmpty()) {
      return "";
    }
    List<Double> sorted = values.stream().sorted().toList();
    String median = number(median(values));
    String least = number(sorted.get(0));
    String most = number(sorted.get(sorted.size() - 1));
    return least.equals(most) ? median : median + " (" + least + " to " + most + ")";
  }

  /** What was asked: the median over the runs, each of which was compared in itself. */
  List<String> targets() {
    return row.targets().stream().map(this::line).toList();
  }

  private String line(Row.Target target) {
    List<Double> values = runs.stream().map(target.value()::applyAsDouble).toList();
    double median = median(values);
    if (Double.isInfinite(target.bound())) {
      return "| %s | %s | stated | %s | |".formatted(row.title(), target.text(), cell(values));
    }
    return "| %s | %s | %s %s | %s | %s |"
        .formatted(
            row.title(),
            target.text(),
            target.atLeast() ? "at least" : "at most",
            number(target.bound()),
            cell(values),
            target.isMet(median) ? "yes" : "**no**");
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String number(double value) {
    if (value == Math.rint(value) || value >= WHOLE_FROM) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
  }
}
