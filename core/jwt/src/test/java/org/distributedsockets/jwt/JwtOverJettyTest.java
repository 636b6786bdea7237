package org.distributedsockets.jwt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.distributedsockets.ClientMessage;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.jetty.JettyBinding;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tokens on real sockets, with keys from a real server, in real time. */
@Timeout(60)
class JwtOverJettyTest {
  private static final Issuer ISSUER = new Issuer("k1");

  private final JwksServer keys = new JwksServer();
  private final ExecutorService verifying = Executors.newSingleThreadExecutor();
  private final JwtAuthenticator authenticator =
      JwtAuthenticator.builder()
          .keys(VerificationKeys.ofJwksUrl(keys.url()))
          .algorithms("RS256")
          .issuer(Issuer.NAME)
          .audience(Issuer.AUDIENCE)
          .clockSkew(Duration.ZERO)
          .tokens(
              TokenSource.authorizationHeader(),
              TokenSource.cookie("session"),
              TokenSource.subprotocol("bearer."))
          .build();
  private final SocketNode node =
      SocketNode.builder()
          .nodeId("n1")
          .settings(
              Settings.builder()
                  .set(MemorySettings.CLUSTER, getClass().getName() + System.nanoTime())
                  .set(NodeSettings.SUBPROTOCOLS, List.of("chat"))
                  .build())
          .registry(new MemoryConnectionRegistryProvider())
          .bus(new MemoryMessageBusProvider())
          .authenticator(authenticator)
          .messageListener(
              new TokenRefresh("$token", authenticator::verify, verifying, ClientMessage::forward))
          .build();
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);
  private final WebSocket.Builder client = HttpClient.newHttpClient().newWebSocketBuilder();

  @BeforeEach
  void start() throws Exception {
    keys.serves(ISSUER);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    server.setHandler(context);
    JettyBinding.install(context, node, "/ws");
    node.start();
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    server.stop();
    node.close();
    verifying.shutdownNow();
    keys.close();
  }

  private static String token(String user, Duration life) {
    return ISSUER.token(user, Instant.now().plus(life));
  }

  /** What a client hears, in order: texts, and its end as {@code CODE REASON}. */
  private static final class Heard implements WebSocket.Listener {
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      heard.add(text.toString());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      heard.add(code + " " + reason);
      return null;
    }

    String next() throws InterruptedException {
      return String.valueOf(heard.poll(30, TimeUnit.SECONDS));
    }
  }

  private WebSocket connect(Heard heard) {
    URI uri = URI.create("ws://127.0.0.1:" + connector.getLocalPort() + "/ws");
    return client.buildAsync(uri, heard).join();
  }

  private String onlyUser() {
    assertEquals(1, node.localConnections().size());
    return node.localConnections().get(0).user();
  }

  @Test
  void letsInByHeader() {
    client.header("Authorization", "Bearer " + token("alice", Duration.ofHours(1)));
    connect(new Heard());
    assertEquals("alice", onlyUser());
  }

  @Test
  void letsInByCookie() {
    client.header("Cookie", "session=" + token("alice", Duration.ofHours(1)));
    connect(new Heard());
    assertEquals("alice", onlyUser());
  }

  @Test
  void letsInBySubprotocolAndAnswersWithTheRealOne() {
    client.subprotocols("bearer." + token("alice", Duration.ofHours(1)), "chat");
    assertEquals("chat", connect(new Heard()).getSubprotocol());
    assertEquals("alice", onlyUser());
  }

  @Test
  void answers401WithoutAGoodToken() {
    assertEquals(401, refusal());
    client.header("Authorization", "Bearer " + token("alice", Duration.ofHours(-1)));
    assertEquals(401, refusal());
    assertEquals(1, keys.requests.get());
  }

  @Test
  void answers503WithoutKeys() {
    keys.answer = exchange -> JwksServer.reply(exchange, 500, "");
    client.header("Authorization", "Bearer " + token("alice", Duration.ofHours(1)));
    assertEquals(503, refusal());
  }

  private int refusal() {
    CompletionException e = assertThrows(CompletionException.class, () -> connect(new Heard()));
    return ((WebSocketHandshakeException) e.getCause()).getResponse().statusCode();
  }

  @Test
  void closesWithItsTokenUnlessItPresentsANewOneOfTheSameUser() throws Exception {
    Heard alice = new Heard();
    Heard bob = new Heard();
    // Whole seconds: a token has no others.
    client.header("Authorization", "Bearer " + token("alice", Duration.ofSeconds(6)));
    WebSocket alices = connect(alice);
    WebSocket bobs =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .header("Authorization", "Bearer " + token("bob", Duration.ofSeconds(6)))
            .buildAsync(URI.create("ws://127.0.0.1:" + connector.getLocalPort() + "/ws"), bob)
            .join();
    String alicesNext = token("alice", Duration.ofHours(1));

    alices.sendText(frame(alicesNext, "r1"), true).join();
    assertEquals("{\"receipt\":\"r1\",\"status\":\"delivered\",\"connections\":1}", alice.next());
    bobs.sendText(frame(alicesNext, "r2"), true).join();
    assertEquals(
        "{\"receipt\":\"r2\",\"status\":\"rejected\",\"reason\":\"forbidden\"}", bob.next());
    assertEquals("1008 expired", bob.next());

    alices.sendText("{\"to\":\"bob\",\"body\":1,\"id\":\"m1\"}", true).join();
    assertEquals("{\"receipt\":\"m1\",\"status\":\"offline\"}", alice.next());
    assertFalse(alices.isInputClosed());
  }

  private static String frame(String token, String id) {
    return "{\"to\":\"$token\",\"body\":\"" + token + "\",\"id\":\"" + id + "\"}";
  }
}
