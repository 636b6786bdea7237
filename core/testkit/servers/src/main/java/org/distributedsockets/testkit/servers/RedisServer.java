package org.distributedsockets.testkit.servers;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Redis for tests. {@link #shared} is for tests that only use it: the server that the environment
 * variable {@value #ADDRESS_VARIABLE} names, else one that this JVM starts once. {@link #start} is
 * for tests that stop it or configure it: always one of their own, in a container if a Docker
 * engine answers, else in a process. Thread-safe.
 */
public final class RedisServer implements AutoCloseable {
  /** Names a Redis that runs already, host:port. Tests empty it. */
  public static final String ADDRESS_VARIABLE = "TEST_REDIS_ADDR";

  private static final String IMAGE = "redis:7.4-bookworm";
  private static final String PROGRAM = "redis-server";
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final int CLI_TIMEOUT_MILLIS = 5_000;

  private final String host;
  private final int port;
  private final Optional<String> password;
  private final @Nullable Path folder;
  private final List<String> command;

  private @Nullable RunningServer running; // guarded by this

  private RedisServer(
      String host, int port, Optional<String> password, @Nullable Path folder, List<String> more) {
    this.host = host;
    this.port = port;
    this.password = password;
    this.folder = folder;
    List<String> parts = new ArrayList<>();
    if (folder != null) {
      parts.addAll(List.of(PROGRAM, folder.resolve("redis.conf").toString()));
      parts.addAll(more);
    }
    this.command = List.copyOf(parts);
  }

  /**
   * A server that others use as well.
   *
   * @return the same for all tests of this JVM; it need not be closed
   */
  public static RedisServer shared() {
    return Shared.SERVER;
  }

  private static final class Shared {
    static final RedisServer SERVER =
        ServerSource.given(ADDRESS_VARIABLE).map(RedisServer::at).orElseGet(RedisServer::start);
  }

  private static RedisServer at(String address) {
    int colon = address.lastIndexOf(':');
    return new RedisServer(
        address.substring(0, colon),
        Integer.parseInt(address.substring(colon + 1)),
        Optional.empty(),
        null,
        List.of());
  }

  /**
   * Starts a server on a free port of the loopback address that keeps nothing on disk.
   *
   * @param configuration more lines of its configuration, for example {@code requirepass secret},
   *     which win over those two
   * @return the server, ready
   */
  public static RedisServer start(String... configuration) {
    return start(List.of(), configuration);
  }

  /**
   * Starts a Sentinel on a free port of the loopback address.
   *
   * @param configuration what it watches
   * @return the Sentinel, ready
   */
  public static RedisServer startSentinel(String... configuration) {
    return start(List.of("--sentinel"), configuration);
  }

  private static RedisServer start(List<String> arguments, String... configuration) {
    try {
      int port = ServerProcess.freePort();
      Path folder = Files.createTempDirectory("test-redis-");
      List<String> lines = new ArrayList<>();
      lines.add("port " + port);
      lines.add("bind 127.0.0.1");
      lines.add("dir " + folder);
      if (arguments.isEmpty()) {
        lines.add("save \"\"");
        lines.add("appendonly no");
      }
      lines.addAll(List.of(configuration));
      Files.write(folder.resolve("redis.conf"), lines);
      Optional<String> password =
          Stream.of(configuration)
              .filter(line -> line.startsWith("requirepass "))
              .map(line -> line.substring("requirepass ".length()))
              .findFirst();
      RedisServer server = new RedisServer("127.0.0.1", port, password, folder, arguments);
      server.run(folder);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A port of the loopback address that was free a moment ago.
   *
   * @return the port
   */
  public static int freePort() {
    return ServerProcess.freePort();
  }

  private synchronized void run(Path where) {
    if (ServerSource.choose(PROGRAM, ADDRESS_VARIABLE) == ServerSource.DOCKER) {
      running = DockerServer.start(IMAGE, command, where);
      awaitAnswer(() -> {});
    } else {
      ServerProcess process = ServerProcess.start(command, Map.of(), where);
      running = RunningServer.of(process);
      // It may take connections before it finds a fault in its configuration and ends.
      awaitAnswer(() -> process.awaitPort(port, START_LIMIT));
    }
  }

  /** Waits until it has read its data; that it wants a login is an answer, too. */
  private void awaitAnswer(Runnable awaitPort) {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (true) {
      awaitPort.run();
      try {
        if (!cli("PING").startsWith("LOADING")) {
          return;
        }
      } catch (UncheckedIOException e) {
        if (System.nanoTime() - deadline > 0) {
          throw e;
        }
      }
      LockSupport.parkNanos(20_000_000L);
    }
  }

  /**
   * Where it listens.
   *
   * @return host:port
   */
  public String address() {
    return host + ":" + port;
  }

  /**
   * Its port.
   *
   * @return the number
   */
  public int port() {
    return port;
  }

  /** Ends it at once, as a power failure would. */
  public synchronized void kill() {
    owned().kill();
  }

  /** Kills it and starts it again, on the same port, with what it has on disk. */
  public synchronized void restart() {
    owned().close();
    Path where = folder;
    if (where != null) {
      run(where);
    }
  }

  /** Freezes it: no FIN, no RST, no answers. */
  public synchronized void pause() {
    owned().pause();
  }

  /** Lets it go on after {@link #pause}. */
  public synchronized void resume() {
    owned().resume();
  }

  private RunningServer owned() {
    RunningServer server = running;
    if (server == null) {
      throw new IllegalStateException(address() + " was not started here");
    }
    return server;
  }

  /**
   * Runs a command, logged in with the password of {@code requirepass} if there is one.
   *
   * @param words the command and its arguments
   * @return the answer, one element a line; an error as its text
   */
  public String cli(String... words) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(host), port), CLI_TIMEOUT_MILLIS);
      socket.setSoTimeout(CLI_TIMEOUT_MILLIS);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      if (password.isPresent()) {
        socket.getOutputStream().write(encoded("AUTH", password.get()));
        String unused = answer(in);
      }
      socket.getOutputStream().write(encoded(words));
      return answer(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The Redis protocol: an array of bulk strings. */
  private static byte[] encoded(String... words) {
    StringBuilder text = new StringBuilder().append('*').append(words.length).append("\r\n");
    for (String word : words) {
      int length = word.getBytes(StandardCharsets.UTF_8).length;
      text.append('$').append(length).append("\r\n").append(word).append("\r\n");
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String answer(InputStream in) throws IOException {
    String line = line(in);
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '$' -> bulk(in, Integer.parseInt(rest));
      case '*' -> array(in, Integer.parseInt(rest));
      default -> rest;
    };
  }

  private static String bulk(InputStream in, int length) throws IOException {
    if (length < 0) {
      return "";
    }
    byte[] bytes = in.readNBytes(length);
    in.skipNBytes(2);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String array(InputStream in, int length) throws IOException {
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      elements.add(answer(in));
    }
    return String.join("\n", elements);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("closed");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    if (line.isEmpty()) {
      throw new EOFException("no answer");
    }
    return line.toString();
  }

  /** Ends it and removes what it wrote. Does nothing to a server that was not started here. */
  @Override
  public synchronized void close() {
    Path where = folder;
    if (running == null || where == null) {
      return;
    }
    running.close();
    running = null;
    try (Stream<Path> paths = Files.walk(where)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
