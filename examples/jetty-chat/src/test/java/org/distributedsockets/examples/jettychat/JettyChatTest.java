package org.distributedsockets.examples.jettychat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Map;
import org.distributedsockets.StartException;
import org.distributedsockets.examples.chat.Chat;
import org.distributedsockets.examples.chat.ChatSettings;
import org.distributedsockets.examples.chat.testkit.ChatScenarios;
import org.distributedsockets.examples.chat.testkit.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class JettyChatTest extends ChatScenarios {
  private static int port;
  private static Chat chat;

  @BeforeAll
  static void start() throws Exception {
    port = FreePorts.pair();
    chat = Chat.start(settings(port, "n"), JettyServer::new);
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
  protected int port() {
    return port;
  }

  @Test
  void saysInOneLineThatThePortIsTaken() {
    StartException refused =
        assertThrows(
            StartException.class, () -> Chat.start(settings(port, "other"), JettyServer::new));
    assertEquals("PORT: cannot listen on port " + port + ", is it in use?", refused.getMessage());
  }
}
