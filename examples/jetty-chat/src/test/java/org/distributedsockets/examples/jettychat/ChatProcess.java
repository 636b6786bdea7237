package org.distributedsockets.examples.jettychat;

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
 * The runnable jar in a JVM of its own, with an environment that holds nothing but what a test
 * sets. Ends with this JVM at the latest.
 */
final class ChatProcess implements AutoCloseable {
  private static final Path JAR = Path.of("target", "jetty-chat.jar").toAbsolutePath();
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

  static ChatProcess start(Path directory, String... assignments) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder = new ProcessBuilder(java, "-jar", JAR.toString());
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

  String awaitReady() throws Exception {
    return ready.get(START_SECONDS, SECONDS);
  }

  List<String> output() {
    return List.copyOf(output);
  }

  /** How long it ran, after {@link #exitCode}. */
  Duration lifetime() {
    return Duration.between(started, ended);
  }

  void terminate() {
    process.destroy();
  }

  int exitCode(long limit, TimeUnit unit) throws Exception {
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
