package org.distributedsockets.jetty;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Credentials that expire while their user is connected, over real sockets and in real time. */
class CredentialsTest {
  private static final int LIFE_MS = 1_000;

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
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);

  @BeforeEach
  void start() throws Exception {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    EeContext.create().install(server, node, "/ws");
    node.start();
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
    node.close();
  }

  private RawClient open(String user) throws Exception {
    RawClient client = new RawClient(connector.getLocalPort());
    assertEquals(101, client.handshake("GET /ws?user_id=" + user).status());
    return client;
  }

  @Test
  void endsAConnectionWhoseCredentialsExpireAndKeepsOneThatGotNewOnes() throws Exception {
    try (RawClient bob = open("bob");
        RawClient carol = open("carol")) {
      Connection bobs =
          node.localConnections().stream()
              .filter(connection -> connection.user().equals("bob"))
              .findFirst()
              .orElseThrow();
      bobs.replaceCredentials(new Accepted("bob", Map.of(), Instant.now().plusSeconds(3_600)));

      RawClient.Frame end = carol.readFrame();
      assertEquals(CloseCode.POLICY_VIOLATION, end.closeCode());
      assertEquals("expired", end.closeReason());

      // Bob's first credentials were older than Carol's.
      bob.sendFrame(
          RawClient.TEXT, true, "{\"to\":\"carol\",\"body\":1,\"id\":\"a\"}".getBytes(UTF_8));
      assertEquals("{\"receipt\":\"a\",\"status\":\"offline\"}", bob.readText());
    }
  }
}
