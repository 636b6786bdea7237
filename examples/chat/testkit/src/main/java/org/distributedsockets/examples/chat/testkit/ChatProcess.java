package org.distributedsockets.examples.chat.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A server in a process of its own, most often a runnable jar, with an environment that holds
 * nothing but what a test sets. Ends with this JVM at the latest.
 */
public final class ChatProcess implements AutoCloseable {
  private static final int START_SECONDS = 60;

  private final Process process;
  private final Instant started = Instant.now();
  private final List<String> output = new CopyOnWriteArrayList<>();
  private final CompletableFuture<String> ready = new CompletableFuture<>();
  private volatile Instant ended = Instant.MAX;
  private final Thread reader = new Thread(this::read, "output of the chat");

  private ChatProcess(Process process) {
    this.process = process;
  }

  /**
   * Starts the jar of the example whose tests run: it is named after the example's folder.
   *
   * @param directory the working directory
   * @param assignments the environment, as {@code NAME=value}
   * @return the process
   * @throws IOException if it cannot be started
   */
  public static ChatProcess start(Path directory, String... assignments) throws IOException {
    Path example = Path.of("").toAbsolutePath();
    return startJar(jarOf(example), directory, assignments);
  }

  /**
   * The jar of an example.
   *
   * @param example its folder
   * @return the file
   */
  public static Path jarOf(Path example) {
    return example.resolve("target").resolve(example.getFileName() + ".jar");
  }

  /**
   * Starts a jar.
   *
   * @param jar the file
   * @param directory the working directory
   * @param assignments the environment, as {@code NAME=value}
   * @return the process
   * @throws IOException if it cannot be started
   */
  public static ChatProcess startJar(Path jar, Path directory, String... assignments)
      throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return startProgram(List.of(java, "-jar", jar.toString()), directory, assignments);
  }

  /**
   * Starts any program that says {@code ready: } in a line of its own.
   *
   * @param command the program and its arguments
   * @param directory the working directory
   * @param assignments the environment, as {@code NAME=value}
   * @return the process
   * @throws IOException if it cannot be started
   */
  public static ChatProcess startProgram(
      List<String> command, Path directory, String... assignments) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(new File(directory.toString())).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.clear();
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      environment.put(assignment.substring(0, equals), assignment.substring(equals + 1));
    }
    ChatProcess chat = new ChatProcess(builder.start());
    Runtime.getRuntime().addShutdownHook(new Thread(chat::close, "end of the chat"));
    chat.reader.start();
    return chat;
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      lines.lines().forEach(this::note);
    } catch (UncheckedIOException | IOException e) {
      ready.completeExceptionally(e);
    }
    ended = Instant.now();
    ready.completeExceptionally(new IllegalStateException("ended: " + output));
  }

  private void note(String line) {
    output.add(line);
    if (line.startsWith("ready: ")) {
      ready.complete(line);
    }
  }

  /**
   * Waits until it serves.
   *
   * @return the line that says so
   * @throws Exception if it ends before, or takes too long
   */
  public String awaitReady() throws Exception {
    return ready.get(START_SECONDS, SECONDS);
  }

  /**
   * What it has written so far.
   *
   * @return the lines
   */
  public List<String> output() {
    return List.copyOf(output);
  }

  /**
   * How long it ran.
   *
   * @return the time from its start to the end of its output, after {@link #exitCode}
   */
  public Duration lifetime() {
    return Duration.between(started, ended);
  }

  /**
   * Its process.
   *
   * @return the process
   */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** Asks it to end, as SIGTERM does. */
  public void terminate() {
    process.destroy();
  }

  /**
   * Waits for its end.
   *
   * @param limit the longest wait
   * @param unit its unit
   * @return the exit code
   * @throws Exception if it takes longer
   */
  public int exitCode(long limit, TimeUnit unit) throws Exception {
    if (!process.waitFor(limit, unit)) {
      throw new TimeoutException("still running: " + output);
    }
    reader.join();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
