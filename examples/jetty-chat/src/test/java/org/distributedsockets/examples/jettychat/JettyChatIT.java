package org.distributedsockets.examples.jettychat;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.examples.chat.testkit.ChatScenarios;
import org.distributedsockets.examples.chat.testkit.FreePorts;
import org.distributedsockets.testkit.ChatClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The runnable jar, in a process of its own. */
class JettyChatIT extends ChatScenarios {
  private static final String CLUSTER = "REDIS_ADDR=127.0.0.1:1 RABBITMQ_ADDR=127.0.0.1:1 ";

  @TempDir private static Path directory;
  private static int port;
  private static ChatProcess chat;

  @BeforeAll
  static void start() throws Exception {
    port = FreePorts.pair();
    chat =
        ChatProcess.start(
            directory,
            "PORT=127.0.0.1:" + port,
            "DISTRIBUTED_SOCKETS_SEND_PARTIAL_OUTCOME_WAIT=5s");
    chat.awaitReady();
  }

  @AfterAll
  static void stop() {
    chat.close();
  }

  @Override
  protected int port() {
    return port;
  }

  @Test
  void saysInOneLineWhereItIs() throws Exception {
    assertEquals(
        "ready: n1 at http://localhost:"
            + port
            + "/ and n2 at http://localhost:"
            + (port + 1)
            + "/",
        chat.awaitReady());
    assertEquals(1, chat.output().size(), () -> String.join("\n", chat.output()));
  }

  @Test
  void tellsItsClientsAndEndsWellOnSigterm() throws Exception {
    int other = FreePorts.pair();
    try (ChatProcess ending = ChatProcess.start(directory, "PORT=127.0.0.1:" + other)) {
      ending.awaitReady();
      try (ChatClient alice = new ChatClient(other, "alice");
          ChatClient bob = new ChatClient(other + 1, "bob")) {
        ending.terminate();
        assertEquals(1001, alice.closeCode());
        assertEquals(1001, bob.closeCode());
      }
      assertEquals(0, ending.exitCode(25, SECONDS));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PORT,PORT=abc",
    "PORT,PORT=0",
    "SERVER_ID,SERVER_ID=a/b",
    "RABBITMQ_ADDR,REDIS_ADDR=r:6379",
    "REDIS_ADDR,RABBITMQ_ADDR=q:5672",
    "REDIS_ADDR,RABBITMQ_ADDR=q:5672 REDIS_ADDR=redis://:secret@r",
    "ALLOWED_ORIGINS,ALLOWED_ORIGINS=example.org",
    "DISTRIBUTED_SOCKETS_NODE_LEASE,DISTRIBUTED_SOCKETS_NODE_LEASE=soon",
    "no-such-router,DISTRIBUTED_SOCKETS_ROUTER=no-such-router",
    "127.0.0.1:1,"
        + CLUSTER
        + "SERVER_ID=n1 REDIS_PASSWORD=secret DISTRIBUTED_SOCKETS_NODE_START_TIMEOUT=5s"
  })
  void stopsWithOneLineThatNamesWhatIsWrong(String name, String assignments) throws Exception {
    try (ChatProcess wrong = ChatProcess.start(directory, assignments.split(" ", -1))) {
      assertNotEquals(0, wrong.exitCode(20, SECONDS));
      List<String> output = wrong.output();
      assertEquals(1, output.size(), output::toString);
      assertTrue(output.get(0).contains(name), output::toString);
      assertFalse(output.get(0).contains("secret"), output::toString);
    }
  }

  @Test
  void stopsIfThePortIsTaken() throws Exception {
    try (ChatProcess second = ChatProcess.start(directory, "PORT=127.0.0.1:" + port)) {
      assertNotEquals(0, second.exitCode(20, SECONDS));
      assertEquals(
          List.of("PORT: cannot listen on port " + port + ", is it in use?"), second.output());
    }
  }

  @Test
  void isWellByTheHealthCheckOfItsImage() throws Exception {
    String dockerfile = Files.readString(Path.of("Dockerfile"));
    Matcher check = Pattern.compile("HEALTHCHECK .* CMD (\\[.*])").matcher(dockerfile);
    assertTrue(check.find(), dockerfile);
    String[] command = new Gson().fromJson(check.group(1), String[].class);
    assertEquals(0, exitCode(command, "127.0.0.1:" + port));
    assertEquals(0, exitCode(command, ":" + (port + 1)));
    assertNotEquals(0, exitCode(command, Integer.toString(FreePorts.pair())));
  }

  private static int exitCode(String[] command, String port) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PORT", port);
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    assertTrue(process.waitFor(20, SECONDS));
    return process.exitValue();
  }

  @Test
  void readsADotEnvFileInItsWorkingDirectory() throws Exception {
    Path elsewhere = Files.createTempDirectory(directory, "dot-env");
    Files.writeString(elsewhere.resolve(".env"), "PORT=wrong\n");
    try (ChatProcess wrong = ChatProcess.start(elsewhere)) {
      assertNotEquals(0, wrong.exitCode(20, SECONDS));
      assertTrue(wrong.output().get(0).startsWith("PORT must "), () -> wrong.output().toString());
    }
  }
}
