package org.distributedsockets.examples.faults;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.examples.chat.testkit.Footprint;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.Gauge;
import org.distributedsockets.testkit.ChatClient;
import org.distributedsockets.testkit.servers.Freezer;
import org.distributedsockets.testkit.servers.TcpProxy;
import org.jspecify.annotations.Nullable;

/**
 * A node in a JVM of its own, between proxies: what it says to Redis, to RabbitMQ and to its
 * clients can be disturbed. For one thread, but {@link #serving} and {@link #clientPort} for any.
 */
final class FaultNode implements AutoCloseable {
  private static final int DRAIN_SECONDS = 25;

  /** What one node of the example needs, also with clients that do not read. */
  private static final String JVM = "JAVA_TOOL_OPTIONS=-Xmx512m -XX:+ExitOnOutOfMemoryError";

  private final String id;
  private final int port;
  private final Path jar;
  private final Path folder;
  private final List<String> environment;
  private final TcpProxy toRedis;
  private final TcpProxy toRabbit;
  private final TcpProxy toClients;
  private final List<ChatProcess> processes = new ArrayList<>();
  private long peakKilobytes;
  private volatile boolean serving;

  FaultNode(
      String id, int port, Path jar, Path folder, String redis, String rabbit, String... more) {
    this.id = id;
    this.port = port;
    this.jar = jar;
    this.folder = folder;
    this.toRedis = TcpProxy.to(redis);
    this.toRabbit = TcpProxy.to(rabbit);
    this.toClients = TcpProxy.to("127.0.0.1:" + port);
    this.environment =
        new ArrayList<>(
            List.of(
                JVM,
                "SERVER_ID=" + id,
                "PORT=127.0.0.1:" + port,
                "REDIS_ADDR=" + toRedis.address(),
                "RABBITMQ_ADDR=" + toRabbit.address()));
    environment.addAll(List.of(more));
  }

  String id() {
    return id;
  }

  /** Where clients find it through the proxy. */
  int clientPort() {
    String address = toClients.address();
    return Integer.parseInt(address.substring(address.indexOf(':') + 1));
  }

  /** Where clients find it if thousands of them come. */
  int port() {
    return port;
  }

  TcpProxy toRedis() {
    return toRedis;
  }

  TcpProxy toRabbit() {
    return toRabbit;
  }

  TcpProxy toClients() {
    return toClients;
  }

  /** Whether a load balancer would send clients to it. */
  boolean serving() {
    return serving;
  }

  /** Begins to start it. */
  void begin(String... more) {
    List<String> assignments = new ArrayList<>(environment);
    assignments.addAll(List.of(more));
    try {
      processes.add(ChatProcess.startJar(jar, folder, assignments.toArray(String[]::new)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void awaitReady() {
    try {
      String unused = process().awaitReady();
    } catch (Exception e) {
      throw new AssertionError(id + " does not start", e);
    }
    serving = true;
  }

  /** Starts it, also again, and waits until it is ready. */
  void start(String... more) {
    begin(more);
    awaitReady();
  }

  /** A second process under its id, which must not start. */
  ChatProcess twin(int twinPort) {
    List<String> assignments = new ArrayList<>(environment);
    assignments.add("PORT=127.0.0.1:" + twinPort);
    try {
      return ChatProcess.startJar(jar, folder, assignments.toArray(String[]::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it as a power failure would. */
  void kill() {
    serving = false;
    notePeak();
    process().close();
    try {
      int unused = process().exitCode(DRAIN_SECONDS, SECONDS);
    } catch (Exception e) {
      throw new AssertionError(id + " does not end", e);
    }
  }

  /** Freezes it as a long pause of its machine would. */
  void freeze() {
    serving = false;
    Freezer.freeze(process().handle());
  }

  void thaw() {
    Freezer.thaw(process().handle());
    serving = true;
  }

  /** Asks it to end in good order. */
  void terminate() {
    serving = false;
    notePeak();
    process().terminate();
  }

  /** Waits for that end. */
  int exitCode() {
    try {
      return process().exitCode(DRAIN_SECONDS, SECONDS);
    } catch (Exception e) {
      throw new AssertionError(id + " does not end", e);
    }
  }

  boolean runs() {
    return !processes.isEmpty() && process().handle().isAlive();
  }

  private ChatProcess process() {
    return processes.get(processes.size() - 1);
  }

  long pid() {
    return process().handle().pid();
  }

  /** What its processes wrote, the last one last. */
  List<String> output() {
    return processes.stream().flatMap(process -> process.output().stream()).toList();
  }

  private void notePeak() {
    if (runs()) {
      peakKilobytes = Math.max(peakKilobytes, Footprint.peakKilobytes(pid()));
    }
  }

  /** The most memory that one of its processes had resident. */
  long peakMegabytes() {
    notePeak();
    return peakKilobytes / 1024;
  }

  /** What it counted since it was started last. */
  long count(Counter counter) {
    String name = counter.name() + "_total";
    return find(name).orElseThrow(() -> new AssertionError("no " + name));
  }

  /** What it holds now; 0 if it does not answer. */
  long gauge(Gauge gauge) {
    return find(gauge.name()).orElse(0);
  }

  private OptionalLong find(String metric) {
    String name = "distributed_sockets_" + metric.toLowerCase(Locale.ROOT);
    Matcher sample = Pattern.compile("(?m)^" + name + "\\{.*} (\\d+)$").matcher(get("/metrics"));
    return sample.find()
        ? OptionalLong.of(Long.parseLong(Objects.requireNonNull(sample.group(1))))
        : OptionalLong.empty();
  }

  boolean isUp() {
    return get("/health").contains("\"status\":\"UP\"");
  }

  private String get(String path) {
    try {
      return ChatClient.get(port, path).body();
    } catch (IOException e) {
      return "";
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The time that its answers carry, or none. */
  @Nullable String date() {
    try {
      return ChatClient.get(port, "/ping").headers().firstValue("Date").orElse(null);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    processes.forEach(ChatProcess::close);
    toRedis.close();
    toRabbit.close();
    toClients.close();
  }
}
