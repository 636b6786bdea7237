package org.distributedsockets.testkit.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A NATS server with JetStream for tests: always one of their own, on a free port of the loopback
 * address, in a container if a Docker engine answers, else in a process. What it stores is kept
 * until it is closed. Thread-safe.
 */
public final class NatsServer implements AutoCloseable {
  private static final String IMAGE = "nats:2.9-alpine";
  private static final String PROGRAM = "nats-server";
  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private final int port;
  private final Path folder;
  private RunningServer running; // guarded by this

  private NatsServer(int port, Path folder) {
    this.port = port;
    this.folder = folder;
    this.running = run();
  }

  /**
   * Starts a server.
   *
   * @param configuration more lines of its configuration, for example {@code max_payload: 64KB}
   * @return the server, ready
   */
  public static NatsServer start(String... configuration) {
    try {
      int port = ServerProcess.freePort();
      Path folder = Files.createTempDirectory("test-nats-");
      Files.write(
          folder.resolve("nats.conf"),
          Stream.concat(
                  Stream.of(
                      "listen: \"127.0.0.1:" + port + "\"",
                      "jetstream { store_dir: \"" + folder.resolve("store") + "\" }"),
                  Stream.of(configuration))
              .toList());
      return new NatsServer(port, folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RunningServer run() {
    List<String> command = List.of(PROGRAM, "-c", folder.resolve("nats.conf").toString());
    if (ServerSource.choose(PROGRAM) == ServerSource.DOCKER) {
      return DockerServer.start(IMAGE, command, folder);
    }
    ServerProcess process = ServerProcess.start(command, Map.of(), folder);
    process.awaitPort(port, START_LIMIT);
    return RunningServer.of(process);
  }

  /**
   * Where it listens.
   *
   * @return host:port
   */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** Kills it, as a power failure would, and starts it again, with what it has on disk. */
  public synchronized void restart() {
    running.close();
    running = run();
  }

  /** Freezes it: no FIN, no RST, no answers. */
  public synchronized void pause() {
    running.pause();
  }

  /** Lets it go on after {@link #pause}. */
  public synchronized void resume() {
    running.resume();
  }

  /** Ends it and removes what it wrote. */
  @Override
  public synchronized void close() {
    running.close();
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
