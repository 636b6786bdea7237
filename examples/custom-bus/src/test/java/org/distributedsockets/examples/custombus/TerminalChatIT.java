package org.distributedsockets.examples.custombus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.distributedsockets.redis.RedisSettings;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.NatsServer;
import org.distributedsockets.testkit.servers.RedisServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two people at two terminals, each a process. */
@Timeout(120)
final class TerminalChatIT {
  @TempDir private Path folder;

  @Test
  void carriesALineFromOneTerminalToTheOther() throws Exception {
    try (RedisServer redis = RedisServer.start();
        NatsServer nats = NatsServer.start();
        Terminal alice = new Terminal("alice", redis.address(), nats.address());
        Terminal bob = new Terminal("bob", redis.address(), nats.address())) {
      alice.await("ready: alice");
      bob.await("ready: bob");

      alice.type("carol \"are you there?\"");
      alice.await("carol: OFFLINE");
      alice.type("bob hello");
      alice.await("payload");
      alice.type("bob \"hello\"");
      bob.await("{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"hello\"}");
      alice.await("bob: DELIVERED");
      bob.type("alice [1, \"too\"]");
      alice.await("{\"from\":\"bob\",\"to\":\"alice\",\"body\":[1, \"too\"]}");

      assertEquals(0, bob.leave());
      assertEquals(0, alice.leave());
    }
  }

  @Test
  void saysInOneLineWhyItCannotStart() throws Exception {
    try (RedisServer redis = RedisServer.start();
        Terminal alice = new Terminal("alice", redis.address(), "nowhere")) {
      assertEquals(1, alice.leave());
      List<String> lines = alice.lines();
      assertEquals(1, lines.size(), lines.toString());
      assertTrue(lines.get(0).contains("NATS_ADDRESSES"), lines.toString());
    }
  }

  private final class Terminal implements AutoCloseable {
    private final Path output;
    private final Process process;

    Terminal(String user, String redis, String nats) throws IOException {
      output = folder.resolve(user);
      ProcessBuilder builder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  TerminalChat.class.getName(),
                  user)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().put(RedisSettings.ADDRESSES.environmentName(), redis);
      builder.environment().put(NatsSettings.ADDRESSES.environmentName(), nats);
      process = builder.start();
    }

    List<String> lines() {
      try {
        return Files.readAllLines(output);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    void await(String part) {
      Eventually.holds(
          () -> part + "; so far " + lines(),
          () -> lines().stream().anyMatch(line -> line.contains(part)));
    }

    void type(String line) throws IOException {
      OutputStream keys = process.getOutputStream();
      keys.write((line + "\n").getBytes(UTF_8));
      keys.flush();
    }

    /** Ends the input, and returns the exit code. */
    int leave() throws Exception {
      process.getOutputStream().close();
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), () -> "still there: " + lines());
      return process.exitValue();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
