package org.distributedsockets.testkit.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.Address;
import org.distributedsockets.DevelopmentQueryParameterAuthenticator;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.testkit.ContractServer;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is said of messages that are written while their client leaves. A search: only now and then
 * one leaves in the middle of a write.
 */
class LeavingTest {
  private static final int CLIENTS = 30;
  private static final int MESSAGES = 60;
  private static final byte[] GOING_AWAY = {3, (byte) 0xE9};

  private final String cluster = getClass().getName() + System.nanoTime();
  private final SocketNode n1 = node("n1");
  private final SocketNode n2 = node("n2");
  private final ContractServer first = Containers.newFirst();
  private final ContractServer second = Containers.newFirst();
  private int port;

  private SocketNode node(String id) {
    return SocketNode.builder()
        .nodeId(id)
        .settings(Settings.builder().set(MemorySettings.CLUSTER, cluster).build())
        .registry(new MemoryConnectionRegistryProvider())
        .bus(new MemoryMessageBusProvider())
        .authenticator(new DevelopmentQueryParameterAuthenticator("user_id"))
        .build();
  }

  private static int start(SocketNode node, ContractServer server) throws Exception {
    server.install(node, "/ws", Duration.ofSeconds(5));
    node.start();
    return server.start();
  }

  @BeforeEach
  void start() throws Exception {
    int unused = start(n1, first);
    port = start(n2, second);
  }

  @AfterEach
  void stop() throws Exception {
    first.stop();
    second.stop();
  }

  @Test
  void saysOfflineOfNothingThatWasRead() throws Exception {
    int delivered = 0;
    for (int i = 0; i < CLIENTS; i++) {
      delivered += leaveAmidMessages("bob" + i, i % (MESSAGES / 2));
    }
    assertTrue(delivered > 0, "everybody left too early");
  }

  private static void readUntilTheEnd(RawClient bob, Set<String> read) throws IOException {
    try {
      RawClient.Frame frame = bob.readFrame();
      while (frame.opcode() != RawClient.CLOSE) {
        read.add(frame.text());
        frame = bob.readFrame();
      }
    } catch (EOFException e) {
      // Not every container answers the close of a client that it still writes to.
    }
  }

  /** Returns how many messages are said to have been delivered. */
  private int leaveAmidMessages(String user, int leaveAfter) throws Exception {
    Map<String, Outcome> outcomes = new HashMap<>();
    Set<String> read = new HashSet<>();
    try (RawClient bob = new RawClient(port)) {
      assertEquals(101, bob.handshake("GET /ws?user_id=" + user).status());
      List<CompletionStage<Outcome>> sends = new ArrayList<>();
      for (int i = 0; i < MESSAGES; i++) {
        if (i == leaveAfter) {
          bob.sendFrame(RawClient.CLOSE, true, GOING_AWAY);
        }
        sends.add(n1.send(Address.user(user), Integer.toString(i)));
      }
      readUntilTheEnd(bob, read);
      for (int i = 0; i < MESSAGES; i++) {
        outcomes.put(
            "{\"to\":\"" + user + "\",\"body\":" + i + "}",
            Eventually.result("an outcome", sends.get(i)));
      }
    }
    int delivered = 0;
    for (Map.Entry<String, Outcome> outcome : outcomes.entrySet()) {
      boolean wasRead = read.contains(outcome.getKey());
      if (outcome.getValue().connections() > 0) {
        delivered++;
        assertTrue(wasRead, outcome::toString);
      } else if (outcome.getValue().equals(Outcome.offline())) {
        assertFalse(wasRead, outcome::toString);
      }
    }
    return delivered;
  }
}
