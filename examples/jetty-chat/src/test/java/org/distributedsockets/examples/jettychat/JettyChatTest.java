package org.distributedsockets.examples.jettychat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Map;
import org.distributedsockets.StartException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class JettyChatTest extends ChatScenarios {
  private static int port;
  private static JettyChat chat;

  @BeforeAll
  static void start() throws Exception {
    port = FreePorts.pair();
    chat = JettyChat.start(settings(port, "n"));
  }

  @AfterAll
  static void stop() {
    chat.close();
  }

  private static ChatSettings settings(int port, String cluster) {
    return ChatSettings.load(
        Map.of("PORT", "127.0.0.1:" + port, "DISTRIBUTED_SOCKETS_MEMORY_CLUSTER", cluster),
        Path.of("no-such-file"));
  }

  @Override
  int port() {
    return port;
  }

  @Test
  void namesItselfAndItsPeer() throws Exception {
    assertEquals(
        "{\"node\":\"n1\",\"peer\":\"localhost:" + (port + 1) + "\"}",
        ChatClient.get(port, "/config.json").body());
    assertEquals(
        "{\"node\":\"n2\",\"peer\":\"localhost:" + port + "\"}",
        ChatClient.get((port + 1), "/config.json").body());
  }

  @Test
  void saysInOneLineThatThePortIsTaken() {
    StartException refused =
        assertThrows(StartException.class, () -> JettyChat.start(settings(port, "other")));
    assertEquals("PORT: cannot listen on port " + port + ", is it in use?", refused.getMessage());
  }
}
