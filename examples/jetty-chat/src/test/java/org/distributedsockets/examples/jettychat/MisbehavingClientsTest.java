package org.distributedsockets.examples.jettychat;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.distributedsockets.examples.chat.Chat;
import org.distributedsockets.examples.chat.ChatSettings;
import org.distributedsockets.examples.chat.testkit.FreePorts;
import org.distributedsockets.testkit.ChatClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that do not behave are let go, and cost the others nothing. */
class MisbehavingClientsTest {
  private static final long WAIT_NANOS = 20_000_000_000L;
  private static final long QUICK_NANOS = 2_000_000_000L;

  private static int port;
  private static Chat chat;

  @BeforeAll
  static void start() throws Exception {
    port = FreePorts.pair();
    chat =
        Chat.start(
            ChatSettings.load(
                Map.of(
                    "PORT", "127.0.0.1:" + port,
                    "DISTRIBUTED_SOCKETS_MEMORY_CLUSTER", "misbehaving",
                    "DISTRIBUTED_SOCKETS_LANE_BYTES", "1MiB",
                    "DISTRIBUTED_SOCKETS_LANE_PING_INTERVAL", "1s",
                    "DISTRIBUTED_SOCKETS_LANE_PONG_DEADLINE", "900ms"),
                Path.of("no-such-file")),
            JettyServer::new);
  }

  @AfterAll
  static void stop() {
    chat.close();
  }

  /** Completes the handshake, and after that does nothing at all. */
  private static Socket silentClient(String user) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket
        .getOutputStream()
        .write(
            ("GET /ws?user_id="
                    + user
                    + " HTTP/1.1\r\nHost: 127.0.0.1:"
                    + port
                    + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                .getBytes(US_ASCII));
    return socket;
  }

  @Test
  void aClientThatNeverPongsIsLetGo() throws Exception {
    try (Socket ghost = silentClient("ghost");
        ChatClient alice = new ChatClient(port, "alice")) {
      awaitOutcome(alice, "ghost", "delivered");
      awaitCount("clients_unresponsive", 1);
      awaitOutcome(alice, "ghost", "offline");
      assertTrue(ghost.isConnected());
    }
  }

  @Test
  void aClientThatNeverReadsIsLetGoAndCostsTheOthersNothing() throws Exception {
    String load = "\"" + "x".repeat(60_000) + "\"";
    try (Socket stuck = silentClient("stuck");
        ChatClient mallory = new ChatClient(port + 1, "mallory");
        ChatClient alice = new ChatClient(port + 1, "alice");
        ChatClient bob = new ChatClient(port, "bob")) {
      awaitOutcome(alice, "stuck", "delivered");
      long slowest = 0;
      for (int i = 0; i < 300; i++) {
        mallory.send("{\"to\":\"stuck\",\"body\":" + load + "}");
        long start = System.nanoTime();
        alice.send("{\"to\":\"bob\",\"body\":" + i + "}");
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":" + i + "}", bob.next());
        slowest = Math.max(slowest, System.nanoTime() - start);
      }
      awaitCount("clients_too_slow", 1);
      awaitOutcome(alice, "stuck", "offline");
      assertTrue(slowest < QUICK_NANOS, "slowest message took " + slowest + " ns");
      assertTrue(stuck.isConnected());
    }
  }

  /** Asks until the outcome is the wanted one. */
  private static void awaitOutcome(ChatClient from, String to, String status) throws Exception {
    long deadline = System.nanoTime() + WAIT_NANOS;
    String receipt = "";
    for (int i = 0; System.nanoTime() - deadline < 0; i++) {
      from.send("{\"to\":\"" + to + "\",\"body\":1,\"id\":\"" + status + i + "\"}");
      receipt = from.next();
      if (receipt.contains("\"status\":\"" + status + "\"")) {
        return;
      }
      LockSupport.parkNanos(50_000_000L);
    }
    throw new AssertionError("not " + status + " but " + receipt);
  }

  private static void awaitCount(String counter, int atLeast) throws Exception {
    long deadline = System.nanoTime() + WAIT_NANOS;
    String name = "distributed_sockets_" + counter + "_total{";
    while (System.nanoTime() - deadline < 0) {
      String metrics = ChatClient.get(port, "/metrics").body();
      boolean reached =
          metrics
              .lines()
              .filter(line -> line.startsWith(name))
              .anyMatch(
                  line -> Double.parseDouble(line.substring(line.indexOf('}') + 1)) >= atLeast);
      if (reached) {
        return;
      }
      LockSupport.parkNanos(50_000_000L);
    }
    throw new AssertionError(counter + " did not reach " + atLeast);
  }
}
