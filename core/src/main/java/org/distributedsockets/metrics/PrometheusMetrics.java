package org.distributedsockets.metrics;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Keeps what one node counts and writes it as Prometheus text.
 *
 * <p>Counting adds to a {@link LongAdder}: no lock, no allocation. Every series has the label
 * {@code node}, so the nodes of one process can share a page: {@link #text(List)}. Thread-safe.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition formats,
 *     text format 0.0.4</a>
 */
public final class PrometheusMetrics implements MetricsListener {
  /** The media type of the text. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final int INITIAL_CHARS = 16 * 1024;

  private final String nodeLabel;
  private final Map<Counter, LongAdder> counters;
  private final Map<Timer, PrometheusHistogram> timers;
  private final Map<Gauge, LongSupplier> gauges = new ConcurrentHashMap<>();

  /**
   * Begins at zero.
   *
   * @param nodeId the label of every series
   */
  public PrometheusMetrics(String nodeId) {
    this.nodeLabel = "node=\"" + escapeLabel(nodeId) + "\"";
    this.counters = filled(Counter.class, LongAdder::new);
    this.timers = filled(Timer.class, PrometheusHistogram::new);
  }

  @Override
  public void count(Counter counter, long times) {
    valueOf(counters, counter).add(times);
  }

  @Override
  public void time(Timer timer, long nanos) {
    valueOf(timers, timer).add(nanos);
  }

  @Override
  public void gauge(Gauge gauge, LongSupplier reading) {
    gauges.put(gauge, reading);
  }

  /**
   * What was counted so far. Reads without stopping the counting, so two series may differ by what
   * happens meanwhile.
   *
   * @return the text, to be served as {@link #CONTENT_TYPE}
   */
  public String text() {
    return text(List.of(this));
  }

  /**
   * What several nodes of this process counted, on one page.
   *
   * @param nodes the nodes, each with its own id
   * @return the text, to be served as {@link #CONTENT_TYPE}
   */
  public static String text(List<PrometheusMetrics> nodes) {
    StringBuilder out = new StringBuilder(INITIAL_CHARS);
    for (Counter counter : Counter.values()) {
      String name = name(counter, "_total");
      writeHead(out, name, counter.description(), "counter");
      nodes.forEach(node -> node.write(out, name, counter));
    }
    for (Gauge gauge : Gauge.values()) {
      String name = name(gauge, "");
      writeHead(out, name, gauge.description(), "gauge");
      nodes.forEach(node -> node.write(out, name, gauge));
    }
    for (Timer timer : Timer.values()) {
      String name = name(timer, "_seconds");
      writeHead(out, name, timer.description(), "histogram");
      nodes.forEach(node -> node.write(out, name, timer));
    }
    return out.toString();
  }

  private void write(StringBuilder out, String name, Counter counter) {
    writeSample(out, name, nodeLabel, Long.toString(valueOf(counters, counter).sum()));
  }

  private void write(StringBuilder out, String name, Gauge gauge) {
    LongSupplier reading = gauges.get(gauge);
    if (reading != null) {
      writeSample(out, name, nodeLabel, Long.toString(reading.getAsLong()));
    }
  }

  private void write(StringBuilder out, String name, Timer timer) {
    valueOf(timers, timer).write(out, name, nodeLabel);
  }

  static void writeSample(StringBuilder out, String name, String labels, String value) {
    out.append(name).append('{').append(labels).append("} ").append(value).append('\n');
  }

  private static void writeHead(StringBuilder out, String name, String help, String type) {
    out.append("# HELP ").append(name).append(' ').append(escapeHelp(help)).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private static String name(Enum<?> constant, String suffix) {
    return "distributed_sockets_" + constant.name().toLowerCase(Locale.ROOT) + suffix;
  }

  private static String escapeHelp(String text) {
    return text.replace("\\", "\\\\").replace("\n", "\\n");
  }

  private static String escapeLabel(String text) {
    return escapeHelp(text).replace("\"", "\\\"");
  }

  private static <E extends Enum<E>, V> Map<E, V> filled(Class<E> type, Supplier<V> initial) {
    Map<E, V> map = new EnumMap<>(type);
    for (E constant : type.getEnumConstants()) {
      map.put(constant, initial.get());
    }
    return map;
  }

  /** The map has a value for each constant. */
  private static <E extends Enum<E>, V> V valueOf(Map<E, V> map, E constant) {
    return Objects.requireNonNull(map.get(constant));
  }
}
