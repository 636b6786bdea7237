package org.distributedsockets.examples.jettychat;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.examples.chat.testkit.FreePorts;
import org.distributedsockets.testkit.ChatClient;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes in JVMs of their own, joined by a real Redis and a real RabbitMQ. */
class ClusterIT {
  private static final long WAIT_NANOS = 20_000_000_000L;

  @TempDir static Path directory;

  private static RedisServer redis;
  private static RabbitServer rabbit;

  private int port;
  private ChatProcess n1;
  private ChatProcess n2;

  @BeforeAll
  static void startServers() {
    redis = RedisServer.start();
    rabbit = RabbitServer.own();
  }

  @AfterAll
  static void stopServers() {
    redis.close();
  }

  @BeforeEach
  void startNodes() throws Exception {
    port = FreePorts.pair();
    n1 = node("n1", port);
    n2 = node("n2", port + 1);
    n1.awaitReady();
    n2.awaitReady();
  }

  @AfterEach
  void stopNodes() throws Exception {
    n1.terminate();
    n2.terminate();
    n1.exitCode(25, SECONDS);
    n2.exitCode(25, SECONDS);
  }

  private static ChatProcess node(String id, int port, String... more) throws Exception {
    List<String> assignments =
        new ArrayList<>(
            List.of(
                "SERVER_ID=" + id,
                "PORT=127.0.0.1:" + port,
                "REDIS_ADDR=" + redis.address(),
                "RABBITMQ_ADDR=" + rabbit.address(),
                "RABBITMQ_USER=" + rabbit.user(),
                "RABBITMQ_PASSWORD=" + rabbit.password()));
    assignments.addAll(List.of(more));
    return ChatProcess.start(directory, assignments.toArray(String[]::new));
  }

  @Test
  void givesEachDeviceOnBothNodesOneCopyInOrder() throws Exception {
    try (ChatClient alice = new ChatClient(port, "alice");
        ChatClient phone = new ChatClient(port, "bob");
        ChatClient laptop = new ChatClient(port + 1, "bob")) {
      awaitReceipt(alice, "bob", "\"connections\":2}");
      drainUntilQuiet(phone, laptop, alice);
      for (int i = 0; i < 20_000; i++) {
        alice.send("{\"to\":\"bob\",\"body\":" + i + "}");
      }
      for (ChatClient bob : List.of(phone, laptop)) {
        for (int i = 0; i < 20_000; i++) {
          assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":" + i + "}", bob.next());
        }
      }
    }
  }

  @Test
  void missesNoMessageToAUserWhoHopsBetweenTheNodes() throws Exception {
    ChatClient bob = new ChatClient(port + 1, "bob");
    try (ChatClient alice = new ChatClient(port, "alice")) {
      awaitReceipt(alice, "bob", "\"connections\":1}");
      bob.next();
      for (int hop = 0; hop < 60; hop++) {
        ChatClient next = new ChatClient(port + hop % 2, "bob");
        alice.send("{\"to\":\"bob\",\"body\":" + hop + ",\"id\":\"h" + hop + "\"}");
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":" + hop + "}", next.next());
        alice.next();
        bob.close();
        bob = next;
      }
    } finally {
      bob.close();
    }
  }

  @Test
  void tellsThatTheUsersOfAKilledNodeAreOfflineAndFindsThemElsewhere() throws Exception {
    try (ChatClient alice = new ChatClient(port, "alice")) {
      ChatClient bob = new ChatClient(port + 1, "bob");
      awaitReceipt(alice, "bob", "\"connections\":1}");
      n2.close();
      bob.close();
      awaitReceipt(alice, "bob", "\"status\":\"offline\"}");
      try (ChatClient again = new ChatClient(port, "bob")) {
        alice.send("{\"to\":\"bob\",\"body\":\"back\",\"id\":\"b1\"}");
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"back\"}", again.next());
      }
    }
  }

  @Test
  void refusesASecondLiveProcessOfTheSameId() throws Exception {
    try (ChatProcess twin =
        node("n2", FreePorts.pair(), "DISTRIBUTED_SOCKETS_NODE_START_TIMEOUT=2s")) {
      assertNotEquals(0, twin.exitCode(30, SECONDS));
      assertEquals(List.of("SERVER_ID n2 is held by a live node"), twin.output());
    }
    try (ChatClient alice = new ChatClient(port, "alice");
        ChatClient bob = new ChatClient(port + 1, "bob")) {
      awaitReceipt(alice, "bob", "\"connections\":1}");
      assertFalse(bob.next().isEmpty());
    }
  }

  @Test
  void leavesNoQueueBehindWhenItDrains() throws Exception {
    assertEquals(1, queuesOf("n2"));
    n2.terminate();
    assertEquals(0, n2.exitCode(25, SECONDS));
    assertEquals(0, queuesOf("n2"));
    assertEquals(1, queuesOf("n1"));
  }

  private static long queuesOf(String node) {
    return rabbit.list("list_queues", "name").stream()
        .filter(line -> line.strip().endsWith("." + node))
        .count();
  }

  /** Asks until the receipt ends as wanted. */
  private static void awaitReceipt(ChatClient from, String to, String end) throws Exception {
    long deadline = System.nanoTime() + WAIT_NANOS;
    String receipt = "";
    for (int i = 0; System.nanoTime() - deadline < 0; i++) {
      from.send("{\"to\":\"" + to + "\",\"body\":\"ask\",\"id\":\"a" + i + "\"}");
      receipt = from.next();
      if (receipt.endsWith(end)) {
        return;
      }
      LockSupport.parkNanos(50_000_000L);
    }
    throw new AssertionError("not " + end + " but " + receipt);
  }

  /** What was asked above has arrived at each device once a last message has. */
  private static void drainUntilQuiet(ChatClient phone, ChatClient laptop, ChatClient alice)
      throws Exception {
    alice.send("{\"to\":\"bob\",\"body\":\"last\"}");
    for (ChatClient bob : List.of(phone, laptop)) {
      String frame = bob.next();
      while (!frame.contains("\"last\"")) {
        frame = bob.next();
      }
    }
  }
}
