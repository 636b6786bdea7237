package org.distributedsockets.testkit.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A server in a process of its own, with all the processes it starts. Everything it does to them is
 * by pid. Ends with the JVM at the latest. Thread-safe.
 */
final class ServerProcess implements AutoCloseable {
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();
  private static final Duration KILL_LIMIT = Duration.ofSeconds(10);
  private static final long POLL_NANOS = 20_000_000L;

  private final Process process;
  private final Path log;

  /** Where it takes connections, if it was waited for; 0 if not. */
  private volatile int port;

  private final Thread endWithTheJvm = new Thread(this::kill, "end-test-server");

  private ServerProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
    Runtime.getRuntime().addShutdownHook(endWithTheJvm);
  }

  /**
   * Starts a server.
   *
   * @param command the program and its arguments
   * @param environment added to this process's own
   * @param folder where it runs and writes its output to {@code output.log}
   */
  static ServerProcess start(List<String> command, Map<String, String> environment, Path folder) {
    try {
      Path log = folder.resolve("output.log");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().putAll(environment);
      return new ServerProcess(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException("could not start " + command.get(0), e);
    }
  }

  /** A port of the loopback address that was free a moment ago, another one each time. */
  static int freePort() {
    return freePorts(1).get(0);
  }

  /** Ports like {@link #freePort}. */
  static List<Integer> freePorts(int count) {
    List<Integer> ports = new ArrayList<>();
    List<ServerSocket> held = new ArrayList<>();
    try {
      while (ports.size() < count) {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        held.add(socket);
        // The system may give one out again before the server that it is for has taken it.
        if (GIVEN.add(socket.getLocalPort())) {
          ports.add(socket.getLocalPort());
        }
      }
      return ports;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      held.forEach(ServerProcess::release);
    }
  }

  private static void release(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the server takes connections, or fails with the end of what it wrote. */
  void awaitPort(int port, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!takesConnections(port)) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        kill();
        throw new IllegalStateException("no server on port " + port + ": " + endOfLog());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    this.port = port;
  }

  private static boolean takesConnections(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
      // Where nobody listens a socket may be given that port itself, and meet itself.
      return socket.getLocalPort() != port;
    } catch (IOException e) {
      return false;
    }
  }

  private String endOfLog() {
    try {
      String text = Files.readString(log);
      return text.substring(Math.max(0, text.length() - 2000));
    } catch (IOException e) {
      return "no output";
    }
  }

  private Stream<ProcessHandle> all() {
    return Stream.concat(process.descendants(), Stream.of(process.toHandle()));
  }

  /** Freezes it: no FIN, no RST, no answers. */
  void pause() {
    all().toList().forEach(Freezer::freeze);
  }

  /** Lets it go on after {@link #pause}. */
  void resume() {
    all().toList().forEach(Freezer::thaw);
  }

  /**
   * Ends it and all it started at once, as a power failure would, and waits until they are gone and
   * its port with them: a process that ends lets go of its memory first and of its sockets later.
   */
  void kill() {
    List<ProcessHandle> handles = all().toList();
    handles.forEach(ProcessHandle::destroyForcibly);
    long deadline = System.nanoTime() + KILL_LIMIT.toNanos();
    for (ProcessHandle handle : handles) {
      await(() -> hasEnded(handle), deadline, "process " + handle.pid() + " does not end");
    }
    if (port != 0) {
      await(() -> !takesConnections(port), deadline, "port " + port + " is not let go");
    }
  }

  private static void await(BooleanSupplier condition, long deadline, String failure) {
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(failure);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /**
   * A grandchild whose parent was killed as well is the system's to bury, which may take its time:
   * until then it counts as alive, though it has no program any more.
   */
  private static boolean hasEnded(ProcessHandle handle) {
    return !handle.isAlive() || handle.info().command().isEmpty();
  }

  @Override
  public void close() {
    kill();
    try {
      Runtime.getRuntime().removeShutdownHook(endWithTheJvm);
    } catch (IllegalStateException e) {
      // The JVM ends already, and this is its hook.
      return;
    }
  }
}
