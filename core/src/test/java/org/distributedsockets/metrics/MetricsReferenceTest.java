package org.distributedsockets.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page lists each metric, and the dashboard asks for no other. */
class MetricsReferenceTest {
  private static final Path PAGE = Path.of("..", "docs", "metrics.md");
  private static final Path DASHBOARD =
      Path.of("..", "docs", "grafana", "distributed-sockets.json");
  private static final String BEGIN = "<!-- from here written by MetricsReferenceTest -->\n";

  /** Selectors, ranges, groupings and variables hold no metric. */
  private static final Pattern NO_METRIC =
      Pattern.compile("\\{[^}]*}|\\[[^]]*]|\\b(by|without|on)\\s*\\([^)]*\\)|\\$\\w+|\"[^\"]*\"");

  /** An identifier that is no function. */
  private static final Pattern METRIC = Pattern.compile("\\b[a-zA-Z_][a-zA-Z0-9_]*\\b(?!\\s*\\()");

  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((\\w+),\\s*\\w+\\)");

  @Test
  void pageIsTrueAndComplete() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    String expected = page.substring(0, begin) + table();
    if (Boolean.getBoolean("metrics.reference.write")) {
      Files.writeString(PAGE, expected);
    }
    assertEquals(expected, Files.readString(PAGE));
  }

  private static String table() {
    StringBuilder text =
        new StringBuilder("\n| metric | type | unit | meaning |\n|---|---|---|---|\n");
    for (Counter counter : Counter.values()) {
      row(text, counter, "_total", "counter", "1", counter.description());
    }
    for (Gauge gauge : Gauge.values()) {
      String unit = gauge.name().endsWith("_BYTES") ? "bytes" : "1";
      row(text, gauge, "", "gauge", unit, gauge.description());
    }
    for (Timer timer : Timer.values()) {
      row(text, timer, "_seconds", "histogram", "seconds", timer.description());
    }
    return text.toString();
  }

  private static void row(
      StringBuilder text, Enum<?> metric, String suffix, String type, String unit, String meaning) {
    text.append(
        String.format(
            "| `distributed_sockets_%s%s` | %s | %s | %s |\n",
            metric.name().toLowerCase(Locale.ROOT), suffix, type, unit, meaning));
  }

  @Test
  void dashboardAsksOnlyForMetricsThatExist() throws IOException {
    Set<String> existing = names();
    List<String> queries = queries();
    assertFalse(queries.isEmpty());
    for (String query : queries) {
      Set<String> asked = metricsOf(query);
      assertFalse(asked.isEmpty(), query);
      asked.removeAll(existing);
      assertEquals(Set.of(), asked, query);
    }
  }

  @Test
  void seesAMetricThatDoesNotExist() {
    assertEquals(
        Set.of("distributed_sockets_frames_in_total", "no_such_metric"),
        metricsOf(
            "sum by (node) (rate(distributed_sockets_frames_in_total{node=~\"$node\"}[5m]))"
                + " / no_such_metric"));
    assertEquals(Set.of("no_such_metric"), metricsOf("label_values(no_such_metric, node)"));
  }

  private static Set<String> metricsOf(String query) {
    String bare = LABEL_VALUES.matcher(query).replaceAll("$1");
    return METRIC
        .matcher(NO_METRIC.matcher(bare).replaceAll(" "))
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> names() {
    PrometheusMetrics metrics = new PrometheusMetrics("n1");
    for (Gauge gauge : Gauge.values()) {
      metrics.gauge(gauge, () -> 0);
    }
    return metrics
        .text()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.substring(0, line.indexOf('{')))
        .collect(Collectors.toSet());
  }

  private static List<String> queries() throws IOException {
    List<String> queries = new ArrayList<>();
    collect(JsonParser.parseString(Files.readString(DASHBOARD)), queries);
    return queries;
  }

  private static void collect(JsonElement element, List<String> queries) {
    if (element instanceof JsonArray array) {
      array.forEach(each -> collect(each, queries));
    } else if (element instanceof JsonObject object) {
      object
          .entrySet()
          .forEach(
              entry -> {
                JsonElement value = entry.getValue();
                boolean query =
                    entry.getKey().equals("expr")
                        || (entry.getKey().equals("query")
                            && value.isJsonPrimitive()
                            && value.getAsString().startsWith("label_values"));
                if (query) {
                  queries.add(value.getAsString());
                } else {
                  collect(value, queries);
                }
              });
    }
  }
}
