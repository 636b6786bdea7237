package org.distributedsockets.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.distributedsockets.Admission;
import org.distributedsockets.Handshake;
import org.distributedsockets.SocketNode;
import org.distributedsockets.servlet.SessionAttachment;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.WebSocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every binding must do, whatever its container: inherit it, and give it a server of yours. It
 * is about one server; what two nodes do together is in {@link NodePairContract}.
 */
public abstract class WebSocketBindingContract {
  private static final Duration IDLE = Duration.ofMillis(300);
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(7);

  private final RecordingSession session = new RecordingSession();
  private final ScriptedNode node = new ScriptedNode(session);
  private final ContractServer server = newServer();
  private int port;

  /**
   * A server of the container under test.
   *
   * @return a new one, not started
   */
  protected abstract ContractServer newServer();

  @AfterEach
  void stop() throws Exception {
    server.stop();
  }

  private RawClient connect() throws Exception {
    return connect("/ws");
  }

  private RawClient connect(String servletPath) throws Exception {
    if (port == 0) {
      server.install(node, servletPath, DRAIN_LIMIT);
      port = server.start();
    }
    return new RawClient(port);
  }

  private RawClient open() throws Exception {
    RawClient client = connect();
    assertEquals(101, client.handshake("GET /ws?user_id=alice").status());
    return client;
  }

  /** A container may say that it loses a session before it has. */
  private void awaitEnd() throws Exception {
    WebSocketChannel channel = session.channel();
    Eventually.holds("the channel is closed", () -> !channel.isOpen());
  }

  private void refuse(int status, String message, int retryAfterSeconds) {
    node.answer(new Admission.Refused(status, message, retryAfterSeconds));
  }

  @Test
  void givesTheNodeTheHandshakeAsItWasSent() throws Exception {
    try (RawClient client = connect()) {
      client.handshake(
          "GET /ws;jsessionid=1?user_id=%C3%A9%20+x&user_id=&flag",
          "Host: Example.org:8080", "Origin: http://a.example");
    }
    Handshake seen = node.handshakes.remove();
    assertEquals("http://example.org:8080", seen.serverOrigin());
    assertEquals("/ws", seen.path());
    assertEquals(List.of("\u00e9  x", ""), seen.query("user_id"));
    assertEquals(List.of(""), seen.query("flag"));
    assertEquals(Optional.of("http://a.example"), seen.header("origin"));
    assertEquals("127.0.0.1", seen.remoteAddress());
  }

  @ParameterizedTest
  @CsvSource({
    "localhost,http://localhost",
    "localhost:80,http://localhost",
    "[::1]:81,http://[::1]:81"
  })
  void derivesTheServerOriginFromTheHostHeader(String host, String origin) throws Exception {
    try (RawClient client = connect()) {
      client.handshake("GET /ws", "Host: " + host);
    }
    assertEquals(origin, node.handshakes.remove().serverOrigin());
  }

  @ParameterizedTest
  @CsvSource({
    "400,user_id required,0",
    "401,who are you,0",
    "403,origin not allowed,0",
    "429,too many connections,0",
    "503,draining,3"
  })
  void answersARefusalWithItsStatusAndMessage(int status, String message, int retryAfter)
      throws Exception {
    refuse(status, message, retryAfter);
    try (RawClient client = connect()) {
      RawClient.Response response = client.handshake("GET /ws?user_id=alice");
      assertEquals(status, response.status());
      assertEquals("{\"message\":\"" + message + "\"}", response.body());
      assertTrue(response.header("Content-Type").startsWith("application/json"));
      assertEquals("no-store", response.header("Cache-Control"));
      assertEquals(retryAfter == 0 ? "" : "3", response.header("Retry-After"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "405,POST /ws,X-Any: 1",
    "405,OPTIONS /ws,X-Any: 1",
    "426,GET /ws,Upgrade:",
    "426,GET /ws,Upgrade: other",
    "426,GET /ws,Sec-WebSocket-Version: 8",
    "426,GET /ws,Sec-WebSocket-Version:",
    "400,GET /ws,Sec-WebSocket-Key:",
    "400,GET /ws,Sec-WebSocket-Key: c2hvcnQ=",
    "400,GET /ws,Sec-WebSocket-Key: not base64",
    "400,GET /ws?user_id=%,X-Any: 1",
    "400,GET /ws?user_id=%4,X-Any: 1",
    "400,GET /ws?user_id=%zz,X-Any: 1",
    "400,GET /ws?user_id=%ff,X-Any: 1",
    "400,GET /ws?user_id=%ed%a0%80,X-Any: 1"
  })
  void refusesAMalformedHandshakeWithoutAskingTheNode(int status, String request, String changed)
      throws Exception {
    try (RawClient client = connect()) {
      RawClient.Response response = client.handshake(request, changed);
      assertEquals(status, response.status(), response::toString);
    }
    assertTrue(node.handshakes.isEmpty());
  }

  @Test
  void namesTheVersionItSpeaks() throws Exception {
    try (RawClient client = connect()) {
      RawClient.Response response = client.handshake("GET /ws", "Sec-WebSocket-Version: 8");
      assertEquals("13", response.header("Sec-WebSocket-Version"));
      assertEquals("websocket", response.header("Upgrade"));
      assertEquals("{\"message\":\"Sec-WebSocket-Version must be 13\"}", response.body());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits",
        ";;;=,",
        "\"",
        "@"
      })
  void agreesOnNoExtensionAndNoSubprotocol(String extensions) throws Exception {
    try (RawClient client = connect()) {
      RawClient.Response response =
          client.handshake(
              "GET /ws", "Sec-WebSocket-Extensions: " + extensions, "Sec-WebSocket-Protocol: chat");
      assertEquals(101, response.status(), response::body);
      assertEquals("", response.header("Sec-WebSocket-Extensions"));
      assertEquals("", response.header("Sec-WebSocket-Protocol"));
    }
  }

  @Test
  void answersWithTheSubprotocolOfTheNodeAndWithNoOther() throws Exception {
    node.answer(new Admission.Admitted(session, "chat"));
    try (RawClient client = connect()) {
      RawClient.Response response =
          client.handshake("GET /ws", "Sec-WebSocket-Protocol: bearer.s3cret, chat, other");
      assertEquals(101, response.status(), response::body);
      assertEquals("chat", response.header("Sec-WebSocket-Protocol"));
      assertFalse(response.toString().contains("s3cret"), response::toString);
    }
  }

  @Test
  void runsTheFiltersOfTheApplicationFirst() throws Exception {
    Filter onlyWithCookie =
        (request, response, chain) -> {
          if (((HttpServletRequest) request).getHeader("Cookie") == null) {
            ((HttpServletResponse) response).setStatus(401);
          } else {
            chain.doFilter(request, response);
          }
        };
    server.addFilter(onlyWithCookie);
    try (RawClient stranger = connect();
        RawClient friend = connect()) {
      assertEquals(401, stranger.handshake("GET /ws").status());
      assertTrue(node.handshakes.isEmpty());
      assertEquals(101, friend.handshake("GET /ws", "Cookie: a=b").status());
    }
  }

  @Test
  void sendsTextByteForByte() throws Exception {
    String text = "{\"from\":\"al\u00ef\",\"body\":\"\ud83d\ude00\"}".repeat(10_000);
    try (RawClient client = open()) {
      CompletableFuture<Throwable> done = new CompletableFuture<>();
      session.channel().send(text, done::complete);
      assertEquals(text, client.readText());
      assertNull(done.get(15, SECONDS));
    }
  }

  @Test
  void takesTextInFramesOfAnySize() throws Exception {
    String large = "\u00e9".repeat(3 << 19);
    try (RawClient client = open()) {
      client.sendFrame(RawClient.TEXT, true, large.getBytes(UTF_8));
      client.sendFrame(RawClient.TEXT, false, "a".getBytes(UTF_8));
      client.sendFrame(0, false, "b".getBytes(UTF_8));
      client.sendFrame(0, true, "c".getBytes(UTF_8));
      client.sendFrame(RawClient.TEXT, true, new byte[0]);
      assertEquals(large, RecordingSession.next(session.texts));
      assertEquals("abc", RecordingSession.next(session.texts));
      assertEquals("", RecordingSession.next(session.texts));
    }
  }

  @Test
  void reportsABinaryMessageOnce() throws Exception {
    try (RawClient client = open()) {
      client.sendFrame(RawClient.BINARY, false, new byte[200_000]);
      client.sendFrame(0, true, new byte[1]);
      client.sendFrame(RawClient.TEXT, true, "end".getBytes(UTF_8));
      assertEquals("end", RecordingSession.next(session.texts));
      assertEquals(List.of("binary"), List.copyOf(session.signals));
    }
  }

  @Test
  void pingsAndReportsThePong() throws Exception {
    try (RawClient client = open()) {
      session.channel().ping();
      assertEquals(9, client.readFrame().opcode());
      client.sendFrame(10, true, new byte[0]);
      assertEquals("pong", RecordingSession.next(session.signals));
    }
  }

  @Test
  void reportsTheClientsCloseCode() throws Exception {
    try (RawClient client = open()) {
      client.sendFrame(RawClient.CLOSE, true, new byte[] {0x0F, (byte) 0xA1});
      assertEquals(4001, session.closeCode());
    }
  }

  @Test
  void reportsALostClient() throws Exception {
    RawClient client = open();
    session.channel();
    client.close();
    assertEquals(1006, session.closeCode());
    awaitEnd();
  }

  @Test
  void endsASessionThatSendsInvalidText() throws Exception {
    try (RawClient client = open()) {
      client.sendFrame(RawClient.TEXT, true, new byte[] {(byte) 0xFF});
      assertEquals(1007, client.readFrame().closeCode());
      session.closeCode();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1001, 1008, 1009, 1011, 1013, 4000})
  void closesWithTheCodeAsked(int code) throws Exception {
    try (RawClient client = open()) {
      session.channel().close(code, "because");
      RawClient.Frame frame = client.readFrame();
      assertEquals(code, frame.closeCode());
      assertEquals("because", frame.closeReason());
      client.sendFrame(RawClient.CLOSE, true, new byte[] {(byte) (code >> 8), (byte) code});
      session.closeCode();
      session.channel().close(code, "again");
    }
  }

  /** A container that ends idle sessions must not take the close for the end of its patience. */
  @Test
  void closesASessionThatWasSilentForLongerThanItWaitsForAnAnswerWithTheCodeAsked()
      throws Exception {
    try (RawClient client = open()) {
      WebSocketChannel channel = session.channel();
      assertThrows(TimeoutException.class, () -> session.closed.get(6, SECONDS));
      channel.close(1008, "because");
      RawClient.Frame frame = client.readFrame();
      assertEquals(1008, frame.closeCode());
      assertEquals("because", frame.closeReason());
    }
  }

  @Test
  void closesASessionThatCannotBeOpened() throws Exception {
    node.answer(new Admission.Admitted(new RecordingSession(true)));
    try (RawClient client = open()) {
      assertEquals(1011, client.readFrame().closeCode());
    }
  }

  @Test
  void doesNotWaitForeverForAnAnswerToItsClose() throws Exception {
    try (RawClient client = open()) {
      session.channel().close(1001, "");
      session.closeCode();
      assertEquals(RawClient.CLOSE, client.readFrame().opcode());
    }
  }

  /** Jetty itself does so for codes below 3000 only; for the others it waits for the answer. */
  @ParameterizedTest
  @CsvSource({"1008,1", "4001,1", "4001,9"})
  void cutsOffAClientThatGoesOnSendingInsteadOfAnsweringTheClose(int code, int opcode)
      throws Exception {
    try (RawClient client = open()) {
      session.channel().close(code, "no");
      assertEquals(code, client.readFrame().closeCode());
      assertThrows(IOException.class, () -> sendForHalfAMinute(client, opcode));
    }
  }

  /** Sends frames too often for any idle timeout. */
  private static void sendForHalfAMinute(RawClient client, int opcode) throws IOException {
    long start = System.nanoTime();
    while (System.nanoTime() - start < SECONDS.toNanos(30)) {
      client.sendFrame(opcode, true, new byte[] {'x'});
      LockSupport.parkNanos(MILLISECONDS.toNanos(50));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/*", "/", "/rooms/*", "*.ws"})
  void upgradesWhereverItIsMapped(String servletPath) throws Exception {
    try (RawClient client = connect(servletPath)) {
      assertEquals(101, client.handshake("GET /rooms/%7Bid.ws").status());
      assertEquals("/rooms/%7Bid.ws", node.handshakes.remove().path());
    }
  }

  @Test
  void endsASessionWhoseClientDoesNotRead() throws Exception {
    try (RawClient client = open()) {
      CompletableFuture<Throwable> done = new CompletableFuture<>();
      session.channel().send("x".repeat(50 << 20), done::complete);
      session.channel().close(1013, "too slow");
      session.closeCode();
      awaitEnd();
      assertTrue(!done.isDone() || done.join() != null, "reported as written");
      assertEquals(RawClient.TEXT, client.readFrame().opcode());
    }
  }

  @Test
  void reportsASendAfterTheEndAsFailed() throws Exception {
    open().close();
    session.closeCode();
    awaitEnd();
    CompletableFuture<Throwable> done = new CompletableFuture<>();
    session.channel().send("late", done::complete);
    assertTrue(done.get(15, SECONDS) != null);
    assertThrows(IOException.class, () -> session.channel().ping());
  }

  @Test
  void keepsASilentSessionOpen() throws Exception {
    server.setIdleTimeout(IDLE);
    try (RawClient client = open()) {
      session.channel();
      assertThrows(
          TimeoutException.class, () -> session.closed.get(2 * IDLE.toMillis(), MILLISECONDS));
      client.sendFrame(RawClient.TEXT, true, "still here".getBytes(UTF_8));
      assertEquals("still here", RecordingSession.next(session.texts));
    }
  }

  @Test
  void drainsTheNodeWhenTheServerStops() throws Exception {
    connect().close();
    server.stop();
    assertEquals(DRAIN_LIMIT, node.drained.get(15, SECONDS));
  }

  @Test
  void attachesASessionOfTheApplicationsOwnEndpoint() throws Exception {
    OwnEndpoint.NODES.add(node);
    server.addEndpoint(OwnEndpoint.class);
    try (RawClient client = connect()) {
      assertEquals(101, client.handshake("GET /own").status());
      node.attached.get(15, SECONDS).ping();
      assertEquals(9, client.readFrame().opcode());
      client.sendFrame(10, true, new byte[0]);
      assertEquals("pong", RecordingSession.next(session.signals));
      client.sendFrame(RawClient.CLOSE, true, new byte[] {0x0F, (byte) 0xA1});
      assertEquals(4001, session.closeCode());
    }
  }

  /** An endpoint as applications have them. */
  @ServerEndpoint("/own")
  public static final class OwnEndpoint {
    static final Queue<SocketNode> NODES = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<ClientSession> delivery = new CompletableFuture<>();

    /** Made by the container. */
    public OwnEndpoint() {}

    /**
     * Gives the session to the node.
     *
     * @param session the session
     */
    @OnOpen
    public void onOpen(Session session) {
      delivery.complete(SessionAttachment.attach(NODES.remove(), session, "bob"));
    }

    /**
     * Takes messages and does nothing with them.
     *
     * @param text a message
     */
    @OnMessage
    public void onText(String text) {}

    /**
     * Tells the node of the end.
     *
     * @param reason why
     */
    @OnClose
    public void onClose(CloseReason reason) {
      delivery.join().closed(reason.getCloseCode().getCode());
    }
  }
}
