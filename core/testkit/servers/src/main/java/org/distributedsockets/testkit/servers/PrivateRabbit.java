package org.distributedsockets.testkit.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A broker of the installed package in processes of its own, with its own name, ports, folder and
 * port mapper, all on the loopback address: it meets no other broker of the machine.
 */
final class PrivateRabbit implements RabbitServer.Broker {
  private static final Path PROGRAMS = Path.of("/usr/lib/rabbitmq/bin");
  private static final Duration CTL_LIMIT = Duration.ofSeconds(60);

  private final Path folder;
  private final int port;
  private final Map<String, String> environment;
  private final ServerProcess portMapper;
  private final Thread deleteWithTheJvm;
  private ServerProcess server;

  private PrivateRabbit(Path folder) throws IOException {
    this.folder = folder;
    List<Integer> ports = ServerProcess.freePorts(3);
    this.port = ports.get(0);
    int mapperPort = ports.get(1);
    int distributionPort = ports.get(2);
    Path cookie = folder.resolve(".erlang.cookie");
    Files.writeString(cookie, "COOKIE" + folder.getFileName());
    Files.setPosixFilePermissions(cookie, PosixFilePermissions.fromString("r--------"));
    Path plugins = Files.writeString(folder.resolve("enabled_plugins"), "[].");
    Path configuration =
        Files.writeString(
            folder.resolve("rabbitmq.conf"),
            "listeners.tcp.1 = 127.0.0.1:" + port + "\nlog.console = false\n");
    String loopback = "-kernel inet_dist_use_interface {127,0,0,1}";
    this.environment =
        Map.ofEntries(
            Map.entry("HOME", folder.toString()),
            Map.entry("RABBITMQ_NODENAME", "test-" + port + "@localhost"),
            Map.entry("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
            Map.entry("RABBITMQ_NODE_PORT", Integer.toString(port)),
            Map.entry("RABBITMQ_DIST_PORT", Integer.toString(distributionPort)),
            Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", loopback),
            Map.entry("RABBITMQ_CTL_ERL_ARGS", loopback),
            Map.entry("RABBITMQ_MNESIA_BASE", folder.resolve("data").toString()),
            Map.entry("RABBITMQ_LOG_BASE", folder.resolve("log").toString()),
            Map.entry("RABBITMQ_PID_FILE", folder.resolve("pid").toString()),
            Map.entry("RABBITMQ_CONFIG_FILE", configuration.toString()),
            Map.entry("RABBITMQ_CONF_ENV_FILE", folder.resolve("none.conf").toString()),
            Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", plugins.toString()),
            Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
            Map.entry("ERL_EPMD_PORT", Integer.toString(mapperPort)));
    // Erlang would start one that outlives the broker.
    Path mapperFolder = Files.createDirectory(folder.resolve("epmd"));
    this.portMapper =
        ServerProcess.start(
            List.of("epmd", "-port", Integer.toString(mapperPort), "-address", "127.0.0.1"),
            Map.of(),
            mapperFolder);
    portMapper.awaitPort(mapperPort, Duration.ofSeconds(10));
    this.server = startServer();
    this.deleteWithTheJvm = new Thread(this::close, "end-test-rabbit");
    Runtime.getRuntime().addShutdownHook(deleteWithTheJvm);
  }

  static PrivateRabbit start() {
    try {
      return new PrivateRabbit(Files.createTempDirectory("test-rabbit"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ServerProcess startServer() {
    ServerProcess started =
        ServerProcess.start(
            List.of(PROGRAMS.resolve("rabbitmq-server").toString()), environment, folder);
    started.awaitPort(port, RabbitServer.START_LIMIT);
    return started;
  }

  @Override
  public String address() {
    return "127.0.0.1:" + port;
  }

  @Override
  public String ctl(String... command) {
    List<String> line = new ArrayList<>(List.of(PROGRAMS.resolve("rabbitmqctl").toString()));
    line.addAll(List.of(command));
    try {
      Path output = Files.createTempFile(folder, "ctl", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      boolean ended = process.waitFor(CTL_LIMIT.toSeconds(), TimeUnit.SECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      String text = Files.readString(output, StandardCharsets.UTF_8);
      if (!ended || process.exitValue() != 0) {
        throw new IllegalStateException("rabbitmqctl " + List.of(command) + " failed: " + text);
      }
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public synchronized void kill() {
    server.close();
  }

  @Override
  public synchronized void restart() {
    server.close();
    server = startServer();
  }

  @Override
  public synchronized void pause() {
    server.pause();
  }

  @Override
  public synchronized void resume() {
    server.resume();
  }

  @Override
  public synchronized void close() {
    server.close();
    portMapper.close();
    delete(folder);
    try {
      Runtime.getRuntime().removeShutdownHook(deleteWithTheJvm);
    } catch (IllegalStateException e) {
      // The JVM ends already, and this is its hook.
      return;
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      // What is left lies in the folder for temporary files.
      return;
    }
  }
}
