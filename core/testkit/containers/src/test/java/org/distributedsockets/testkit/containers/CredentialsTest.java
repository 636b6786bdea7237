package org.distributedsockets.testkit.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.distributedsockets.Authenticator.Accepted;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Connection;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.testkit.ChatClient;
import org.distributedsockets.testkit.ContractServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Credentials that expire while their user is connected, over real sockets and in real time. */
class CredentialsTest {
  private static final int LIFE_MS = 2_000;

  private final SocketNode node =
      SocketNode.builder()
          .nodeId("n1")
          .settings(
              Settings.builder()
                  .set(MemorySettings.CLUSTER, getClass().getName() + System.nanoTime())
                  .build())
          .registry(new MemoryConnectionRegistryProvider())
          .bus(new MemoryMessageBusProvider())
          .authenticator(
              handshake ->
                  new Accepted(
                      handshake.query("user_id").get(0),
                      Map.of(),
                      Instant.now().plusMillis(LIFE_MS)))
          .build();
  private final ContractServer server = Containers.newFirst();
  private int port;

  @BeforeEach
  void start() throws Exception {
    server.install(node, "/ws", Duration.ofSeconds(5));
    node.start();
    port = server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  private ChatClient open(String user) throws Exception {
    return new ChatClient(port, user);
  }

  @Test
  void endsAConnectionWhoseCredentialsExpireAndKeepsOneThatGotNewOnes() throws Exception {
    try (ChatClient bob = open("bob");
        ChatClient carol = open("carol")) {
      Connection bobs =
          node.localConnections().stream()
              .filter(connection -> connection.user().equals("bob"))
              .findFirst()
              .orElseThrow();
      bobs.replaceCredentials(new Accepted("bob", Map.of(), Instant.now().plusSeconds(3_600)));

      assertEquals(CloseCode.POLICY_VIOLATION, carol.closeCode());
      // Bob's first credentials were older than Carol's.
      bob.send("{\"to\":\"carol\",\"body\":1,\"id\":\"a\"}");
      assertEquals("{\"receipt\":\"a\",\"status\":\"offline\"}", bob.next());
    }
  }
}
