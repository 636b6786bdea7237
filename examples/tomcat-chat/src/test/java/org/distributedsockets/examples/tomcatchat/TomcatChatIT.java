package org.distributedsockets.examples.tomcatchat;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import java.util.List;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.examples.chat.testkit.ChatScenarios;
import org.distributedsockets.examples.chat.testkit.FreePorts;
import org.distributedsockets.testkit.ChatClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runnable jar, in a process of its own. */
class TomcatChatIT extends ChatScenarios {
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
  void saysOneLineOnly() throws Exception {
    assertEquals(List.of(chat.awaitReady()), chat.output());
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
      assertEquals(1, ending.output().size(), () -> String.join("\n", ending.output()));
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
}
