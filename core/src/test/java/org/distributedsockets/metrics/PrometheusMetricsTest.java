package org.distributedsockets.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrometheusMetricsTest {
  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-z_]+)\\{node=\"(?:[^\"\\\\\\n]|\\\\[\\\\n\"])*\"(?:,le=\"([0-9.]+|\\+Inf)\")?\\}"
              + " (-?[0-9.]+)");

  private final PrometheusMetrics metrics = new PrometheusMetrics("n1");

  @Test
  void shouldCount() {
    metrics.count(Counter.FRAMES_IN, 1);
    metrics.count(Counter.FRAMES_IN, 41);
    Page page = new Page(metrics.text());
    assertEquals("42", page.value("distributed_sockets_frames_in_total{node=\"n1\"}"));
    assertEquals("0", page.value("distributed_sockets_frames_out_total{node=\"n1\"}"));
  }

  @Test
  void shouldCountFromManyThreads() {
    IntStream.range(0, 10_000)
        .parallel()
        .forEach(
            i -> {
              metrics.count(Counter.FRAMES_IN, 2);
              metrics.time(Timer.SEND, 1_000_000);
            });
    Page page = new Page(metrics.text());
    assertEquals("20000", page.value("distributed_sockets_frames_in_total{node=\"n1\"}"));
    assertEquals("10000", page.value("distributed_sockets_send_seconds_count{node=\"n1\"}"));
    assertEquals("10", page.value("distributed_sockets_send_seconds_sum{node=\"n1\"}"));
  }

  @Test
  void shouldReadGaugeAtEachText() {
    AtomicLong bytes = new AtomicLong(7);
    metrics.gauge(Gauge.LANE_BYTES, bytes::get);
    assertEquals("7", gauge(metrics));
    bytes.set(9);
    assertEquals("9", gauge(metrics));
    metrics.gauge(Gauge.LANE_BYTES, () -> 1);
    assertEquals("1", gauge(metrics));
  }

  @Test
  void shouldLeaveOutGaugeWithoutReading() {
    assertFalse(metrics.text().contains("distributed_sockets_members{"));
  }

  @Test
  void shouldPutTimesIntoBuckets() {
    metrics.time(Timer.PROBE, 0);
    metrics.time(Timer.PROBE, 500_000);
    metrics.time(Timer.PROBE, 500_001);
    metrics.time(Timer.PROBE, 10_000_000_000L);
    metrics.time(Timer.PROBE, 10_000_000_001L);
    Page page = new Page(metrics.text());
    String bucket = "distributed_sockets_probe_seconds_bucket{node=\"n1\",le=\"%s\"}";
    assertEquals("2", page.value(String.format(bucket, "0.0005")));
    assertEquals("3", page.value(String.format(bucket, "0.001")));
    assertEquals("3", page.value(String.format(bucket, "5")));
    assertEquals("4", page.value(String.format(bucket, "10")));
    assertEquals("5", page.value(String.format(bucket, "+Inf")));
    assertEquals("5", page.value("distributed_sockets_probe_seconds_count{node=\"n1\"}"));
    assertEquals("20.001000002", page.value("distributed_sockets_probe_seconds_sum{node=\"n1\"}"));
  }

  @Test
  void shouldDeclareEveryMetric() {
    Page page = new Page(metrics.text());
    for (Counter counter : Counter.values()) {
      page.assertDeclared(name(counter) + "_total", "counter", counter.description());
    }
    for (Gauge gauge : Gauge.values()) {
      page.assertDeclared(name(gauge), "gauge", gauge.description());
    }
    for (Timer timer : Timer.values()) {
      page.assertDeclared(name(timer) + "_seconds", "histogram", timer.description());
    }
  }

  @Test
  void shouldEscapeNodeId() {
    PrometheusMetrics odd = new PrometheusMetrics("a\"b\\c\nd");
    String value =
        new Page(odd.text()).value("distributed_sockets_frames_in_total{node=\"a\\\"b\\\\c\\nd\"}");
    assertEquals("0", value);
  }

  @Test
  void shouldJoinNodesOfOneProcessOnOnePage() {
    PrometheusMetrics other = new PrometheusMetrics("n2");
    metrics.count(Counter.FRAMES_IN, 1);
    other.count(Counter.FRAMES_IN, 2);
    Page page = new Page(PrometheusMetrics.text(List.of(metrics, other)));
    assertEquals("1", page.value("distributed_sockets_frames_in_total{node=\"n1\"}"));
    assertEquals("2", page.value("distributed_sockets_frames_in_total{node=\"n2\"}"));
  }

  private static String gauge(PrometheusMetrics metrics) {
    return new Page(metrics.text()).value("distributed_sockets_lane_bytes{node=\"n1\"}");
  }

  private static String name(Enum<?> constant) {
    return "distributed_sockets_" + constant.name().toLowerCase(Locale.ROOT);
  }

  /** Reads the text line by line, as strictly as the format is written. */
  private static final class Page {
    private final Map<String, String> types = new LinkedHashMap<>();
    private final Map<String, String> helps = new HashMap<>();
    private final Map<String, String> samples = new LinkedHashMap<>();
    private final List<String> families = new ArrayList<>();

    Page(String text) {
      assertTrue(text.endsWith("\n"), "the last line ends, too");
      text.lines().forEach(this::read);
    }

    private void read(String line) {
      if (line.startsWith("# HELP ")) {
        String[] words = line.split(" ", 4);
        assertEquals(null, helps.put(words[2], words[3]), "one HELP: " + line);
        families.add(words[2]);
      } else if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ", 4);
        assertEquals(null, types.put(words[2], words[3]), "one TYPE: " + line);
        assertEquals(families.get(families.size() - 1), words[2], "TYPE follows its HELP");
      } else {
        readSample(line);
      }
    }

    private void readSample(String line) {
      Matcher matcher = SAMPLE.matcher(line);
      assertTrue(matcher.matches(), line);
      String family = families.get(families.size() - 1);
      String suffix = matcher.group(1).substring(family.length());
      assertTrue(matcher.group(1).startsWith(family), "stands in its family: " + line);
      assertTrue(
          types.get(family).equals("histogram")
              ? List.of("_bucket", "_sum", "_count").contains(suffix)
              : suffix.isEmpty(),
          line);
      assertEquals("_bucket".equals(suffix), matcher.group(2) != null, line);
      String series = line.substring(0, line.lastIndexOf(' '));
      assertEquals(null, samples.put(series, matcher.group(3)), "one sample: " + line);
    }

    String value(String series) {
      assertTrue(samples.containsKey(series), series + " in " + samples.keySet());
      return samples.get(series);
    }

    void assertDeclared(String family, String type, String help) {
      assertEquals(type, types.get(family), family);
      assertEquals(help, helps.get(family), family);
    }
  }
}
