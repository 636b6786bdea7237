package org.distributedsockets.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.time.Duration;
import org.distributedsockets.CloseCode;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What two nodes do together in the containers of two bindings, or of one: inherit it, and give it
 * servers of yours.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class NodePairContract extends ClientScenarios {
  private static final int SMALL_BUFFER = 4096;

  /** Half the send deadline, which is what a thread would wait that a stalled client holds up. */
  private static final long QUICK_NANOS = SECONDS.toNanos(5);

  private NodePair pair;

  /**
   * A server of the one container under test.
   *
   * @return a new one, not started
   */
  protected abstract ContractServer newServer();

  /**
   * A server of the other container under test.
   *
   * @return a new one, not started
   */
  protected abstract ContractServer newPeer();

  @BeforeAll
  final void startPair() throws Exception {
    pair = NodePair.start(newServer(), newPeer(), Settings.builder());
  }

  /** Clients break off; that takes a moment to be noticed. */
  @BeforeEach
  final void awaitEmptyPair() {
    Eventually.holds("nobody is left", () -> isEmpty(pair.first()) && isEmpty(pair.second()));
  }

  private static boolean isEmpty(NodePair.Member member) {
    return member.node().localConnections().isEmpty();
  }

  @AfterAll
  final void stopPair() throws Exception {
    pair.close();
  }

  @Override
  protected final int port() {
    return pair.first().port();
  }

  @Override
  protected final int peerPort() {
    return pair.second().port();
  }

  @Override
  protected final String allowedOrigin() {
    return NodePair.ALLOWED_ORIGIN;
  }

  private NodePair startAnother(Settings.Builder settings) throws Exception {
    return NodePair.start(newServer(), newPeer(), settings);
  }

  /** A client that completes the handshake, and after that does nothing at all. */
  private static RawClient silentClient(NodePair pair, String user) throws Exception {
    RawClient client = new RawClient(pair.second().port(), SMALL_BUFFER);
    assertEquals(101, client.handshake("GET /ws?user_id=" + user).status());
    return client;
  }

  @Test
  void passesMessagesBothWays() throws Exception {
    try (ChatClient alice = new ChatClient(port(), "alice");
        ChatClient bob = new ChatClient(peerPort(), "bob")) {
      alice.send("{\"to\":\"bob\",\"body\":\"ping\"}");
      assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"ping\"}", bob.next());
      bob.send("{\"to\":\"alice\",\"body\":\"pong\",\"id\":\"c1\"}");
      assertEquals("{\"from\":\"bob\",\"to\":\"alice\",\"body\":\"pong\"}", alice.next());
      assertEquals("{\"receipt\":\"c1\",\"status\":\"delivered\",\"connections\":1}", bob.next());
    }
  }

  @Test
  void passesTheLargestFrame() throws Exception {
    String start = "{\"to\":\"bob\",\"body\":\"";
    String body = "\u00e9".repeat((65_536 - start.length() - 2) / 2);
    try (ChatClient alice = new ChatClient(port(), "alice");
        ChatClient bob = new ChatClient(peerPort(), "bob")) {
      alice.send(start + body + "\"}");
      assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"" + body + "\"}", bob.next());
    }
  }

  @Test
  void closesTheConnectionsOfAUserOnTheOtherNode() throws Exception {
    try (ChatClient bob = new ChatClient(peerPort(), "bob")) {
      Outcome outcome =
          Eventually.result(
              "the outcome",
              pair.first().node().disconnect("bob", CloseCode.POLICY_VIOLATION, "not allowed"));
      assertEquals(1, outcome.connections());
      assertEquals(CloseCode.POLICY_VIOLATION, bob.closeCode());
    }
  }

  @Test
  void refusesAConnectionTooMany() throws Exception {
    Settings.Builder one = Settings.builder().set(NodeSettings.MAX_CONNECTIONS, 1);
    try (NodePair small = startAnother(one);
        ChatClient alice = new ChatClient(small.first().port(), "alice");
        RawClient bob = new RawClient(small.first().port())) {
      RawClient.Response refused = bob.handshake("GET /ws?user_id=bob");
      assertEquals(503, refused.status());
      assertTrue(refused.body().startsWith("{\"message\":\""), refused.body());
      alice.send("{\"join\":\"room\",\"id\":\"j1\"}");
      assertEquals("{\"receipt\":\"j1\",\"status\":\"ok\"}", alice.next());
    }
  }

  @Test
  void sendsItsClientsAwayWhenTheServerStops() throws Exception {
    try (NodePair leaving = startAnother(Settings.builder());
        ChatClient alice = new ChatClient(leaving.first().port(), "alice");
        RawClient bob = silentClient(leaving, "bob")) {
      alice.send("{\"to\":\"bob\",\"body\":1}");
      assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":1}", bob.readText());
      leaving.second().server().stop();
      RawClient.Frame close = bob.readFrame();
      assertEquals(CloseCode.GOING_AWAY, close.closeCode());
      assertTrue(close.closeReason().contains("retry-after-ms="), close.closeReason());
      assertThrows(EOFException.class, bob::readFrame);
      alice.send("{\"to\":\"bob\",\"body\":2,\"id\":\"c2\"}");
      assertTrue(alice.next().startsWith("{\"receipt\":\"c2\",\"status\":\"offline\""));
    }
  }

  @Test
  void letsNobodyInOnceItHasDrained() throws Exception {
    try (NodePair leaving = startAnother(Settings.builder());
        RawClient late = new RawClient(leaving.second().port())) {
      leaving.second().node().drain(Duration.ofSeconds(10));
      RawClient.Response refused = late.handshake("GET /ws?user_id=bob");
      assertEquals(503, refused.status());
      assertFalse(refused.header("Retry-After").isEmpty());
    }
  }

  @Test
  void letsAClientGoThatNeverPongs() throws Exception {
    Settings.Builder impatient =
        Settings.builder()
            .set(NodeSettings.PING_INTERVAL, Duration.ofMillis(200))
            .set(NodeSettings.PONG_DEADLINE, Duration.ofMillis(100));
    try (NodePair strict = startAnother(impatient);
        RawClient ghost = silentClient(strict, "ghost")) {
      Eventually.holds("unresponsive", () -> strict.second().hasCounted("clients_unresponsive"));
      RawClient.Frame frame = ghost.readFrame();
      while (frame.opcode() != RawClient.CLOSE) {
        frame = ghost.readFrame();
      }
      Eventually.holds("let go", () -> strict.second().node().localConnections().isEmpty());
    }
  }

  @Test
  void letsAClientGoThatNeverReadsAtNoCostToTheOthers() throws Exception {
    byte[] load = ("{\"to\":\"stuck\",\"body\":\"" + "x".repeat(60_000) + "\"}").getBytes(UTF_8);
    Settings.Builder smallLanes = Settings.builder().set(NodeSettings.LANE_BYTES, 1L << 20);
    try (NodePair strict = startAnother(smallLanes);
        RawClient stuck = silentClient(strict, "stuck");
        ChatClient mallory = new ChatClient(strict.first().port(), "mallory");
        ChatClient alice = new ChatClient(strict.first().port(), "alice");
        ChatClient bob = new ChatClient(strict.second().port(), "bob")) {
      long slowest = 0;
      for (int i = 0; i < 300; i++) {
        mallory.send(new String(load, UTF_8));
        long start = System.nanoTime();
        alice.send("{\"to\":\"bob\",\"body\":" + i + "}");
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":" + i + "}", bob.next());
        slowest = Math.max(slowest, System.nanoTime() - start);
      }
      Eventually.holds("too slow", () -> strict.second().hasCounted("clients_too_slow"));
      Eventually.holds("let go", () -> strict.second().node().localConnections().size() == 1);
      assertTrue(slowest < QUICK_NANOS, "slowest message took " + slowest + " ns");
      assertEquals(RawClient.TEXT, stuck.readFrame().opcode());
    }
  }
}
