package org.distributedsockets.examples.chat.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Map;
import org.distributedsockets.StartException;
import org.distributedsockets.examples.chat.Chat;
import org.distributedsockets.examples.chat.ChatSettings;
import org.distributedsockets.examples.chat.WebServer;
import org.distributedsockets.testkit.ChatClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The demonstration in the JVM of its tests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class EmbeddedChatScenarios extends ChatScenarios {
  private int port;
  private Chat chat;

  /**
   * The container under test.
   *
   * @return makes its web servers
   */
  protected abstract WebServer.Factory container();

  @BeforeAll
  final void start() throws Exception {
    port = FreePorts.pair();
    chat = Chat.start(settings("n"), container());
  }

  @AfterAll
  final void stop() {
    chat.close();
  }

  private ChatSettings settings(String cluster) {
    return ChatSettings.load(
        Map.of(
            "PORT",
            "127.0.0.1:" + port,
            "DISTRIBUTED_SOCKETS_MEMORY_CLUSTER",
            cluster,
            // A count is of all, also on a busy machine.
            "DISTRIBUTED_SOCKETS_SEND_PARTIAL_OUTCOME_WAIT",
            "5s"),
        Path.of("no-such-file"));
  }

  @Override
  protected final int port() {
    return port;
  }

  @Test
  void namesItselfAndItsPeer() throws Exception {
    assertEquals(
        "{\"node\":\"n1\",\"peer\":\"localhost:" + peerPort() + "\"}",
        ChatClient.get(port(), "/config.json").body());
    assertEquals(
        "{\"node\":\"n2\",\"peer\":\"localhost:" + port() + "\"}",
        ChatClient.get(peerPort(), "/config.json").body());
  }

  @Test
  void saysInOneLineThatThePortIsTaken() {
    StartException refused =
        assertThrows(StartException.class, () -> Chat.start(settings("other"), container()));
    assertEquals("PORT: cannot listen on port " + port + ", is it in use?", refused.getMessage());
  }
}
