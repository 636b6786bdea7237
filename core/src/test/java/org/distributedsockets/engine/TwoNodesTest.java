package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.distributedsockets.Address;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Health;
import org.distributedsockets.Message;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.SendOptions;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.spi.ClientSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Two nodes with threads of their own over the in-memory registry and bus. */
class TwoNodesTest {
  /** Twenty thousand messages may take long where other work goes on. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<Message> undeliverable = new CopyOnWriteArrayList<>();
  private final List<String> errors = new CopyOnWriteArrayList<>();
  private SocketNode n1;
  private SocketNode n2;

  @BeforeEach
  void start(TestInfo test) {
    String name = test.getDisplayName() + System.nanoTime();
    n1 = node("n1", name);
    n2 = node("n2", name);
    n1.start();
    n2.start();
  }

  private SocketNode node(String id, String clusterName) {
    return SocketNode.builder()
        .nodeId(id)
        .settings(
            Settings.builder()
                .set(MemorySettings.CLUSTER, clusterName)
                .set(NodeSettings.LEASE, Duration.ofSeconds(2))
                .set(NodeSettings.LEASE_RENEWAL, Duration.ofMillis(500))
                .set(NodeSettings.OUTCOME_WAIT, PATIENCE)
                .set(NodeSettings.PARTIAL_OUTCOME_WAIT, PATIENCE)
                .build())
        .registry(new MemoryConnectionRegistryProvider())
        .bus(new MemoryMessageBusProvider())
        .undeliverableHook((message, outcome) -> undeliverable.add(message))
        .errorListener((what, cause) -> errors.add(what + " " + cause))
        .build();
  }

  @AfterEach
  void close() {
    n1.close();
    n2.close();
  }

  private static Outcome get(CompletionStage<Outcome> stage)
      throws ExecutionException, InterruptedException, TimeoutException {
    return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void deliversToAllDevicesOnBothNodes() throws Exception {
    List<RecordingChannel> channels = new ArrayList<>();
    for (SocketNode node : List.of(n1, n1, n2, n2)) {
      RecordingChannel channel = new RecordingChannel();
      channels.add(channel);
      node.attach(channel, "bob", Map.of());
    }
    await(() -> connectionCount("bob") == 4);
    // A further device is known to the user's other nodes within 100 ms of its registration.
    await(() -> reached("bob") == 4);
    channels.forEach(channel -> channel.texts.clear());
    assertEquals(
        Outcome.delivered(4),
        get(n1.send(Address.user("bob"), "1", SendOptions.defaults().withFrom("alice"))));
    for (RecordingChannel channel : channels) {
      assertEquals(List.of("{\"from\":\"alice\",\"to\":\"bob\",\"body\":1}"), channel.texts);
    }
  }

  private int reached(String user) {
    try {
      return get(n1.send(Address.user(user), "0")).connections();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private int connectionCount(String user) {
    try {
      return n1.connections(user).toCompletableFuture().get(5, TimeUnit.SECONDS).size();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void tellsOfflineAndCallsTheHook() throws Exception {
    assertEquals(Outcome.offline(), get(n1.send(Address.user("nobody"), "1")));
    await(() -> undeliverable.size() == 1);
  }

  @Test
  void keepsTheOrderOfTwentyThousandMessages() throws Exception {
    RecordingChannel channel = new RecordingChannel();
    n2.attach(channel, "bob", Map.of());
    await(() -> connectionCount("bob") == 1);
    // Without an awaited message first, all the others would be held for the look-up: more than may
    // be.
    assertEquals(1, reached("bob"));
    channel.texts.clear();
    CompletionStage<Outcome> last = null;
    for (int i = 0; i < 20_000; i++) {
      last =
          n1.send(
              Address.user("bob"),
              Integer.toString(i),
              SendOptions.defaults().withAwaitRecipient(i == 19_999));
    }
    assertEquals(Outcome.delivered(1), get(last));
    for (int i = 0; i < 20_000; i++) {
      assertEquals("{\"to\":\"bob\",\"body\":" + i + "}", channel.texts.get(i));
    }
    assertEquals(20_000, channel.texts.size());
  }

  @Test
  void findsUsersWhoHopBetweenNodes() throws Exception {
    RecordingChannel channel = new RecordingChannel();
    ClientSession session = n1.attach(channel, "bob", Map.of());
    await(() -> connectionCount("bob") == 1);
    int delivered = 0;
    for (int hop = 0; hop < 20; hop++) {
      ClientSession next = (hop % 2 == 0 ? n2 : n1).attach(new RecordingChannel(), "bob", Map.of());
      await(() -> connectionCount("bob") == 2);
      session.closed(1006);
      Outcome outcome = get(n1.send(Address.user("bob"), "1"));
      assertEquals(Outcome.Status.DELIVERED, outcome.status(), () -> "hop " + outcome);
      delivered++;
      session = next;
      await(() -> connectionCount("bob") == 1);
    }
    assertEquals(20, delivered);
    assertTrue(undeliverable.isEmpty());
  }

  @Test
  void disconnectsAUserAnywhere() throws Exception {
    RecordingChannel channel = new RecordingChannel();
    n2.attach(channel, "bob", Map.of());
    await(() -> connectionCount("bob") == 1);
    assertEquals(Outcome.delivered(1), get(n1.disconnect("bob", CloseCode.POLICY_VIOLATION, "go")));
    await(() -> channel.closeCode == CloseCode.POLICY_VIOLATION);
    await(() -> connectionCount("bob") == 0);
  }

  @Test
  void drainsWithoutLeavingAnythingBehind() throws Exception {
    RecordingChannel channel = new RecordingChannel();
    n2.attach(channel, "bob", Map.of());
    await(() -> connectionCount("bob") == 1);
    await(() -> n1.health().status() == Health.Status.UP);
    long start = System.nanoTime();
    n2.drain(Duration.ofSeconds(20));
    assertTrue(System.nanoTime() - start < 5_000_000_000L, "took long: " + errors);
    assertEquals(CloseCode.GOING_AWAY, channel.closeCode);
    assertEquals(Outcome.offline(), get(n1.send(Address.user("bob"), "1")));
  }

  static void await(java.util.function.BooleanSupplier condition) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - deadline < 0, "condition not met in 10 s");
      LockSupport.parkNanos(2_000_000L);
    }
  }
}
