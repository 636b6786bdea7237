package org.distributedsockets.examples.jettychat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.distributedsockets.examples.chat.testkit.ChatCluster;
import org.distributedsockets.examples.chat.testkit.Conversation;
import org.distributedsockets.examples.chat.testkit.Stranger;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.testkit.ChatClient;
import org.distributedsockets.testkit.Eventually;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two nodes whose backends fail under traffic. They are never started again. */
class ClusterFaultsIT {
  private static final long FLOWS_WITHIN_MILLIS = 3_000;

  /** More than a node remembers where a user is, at the pace of a conversation. */
  private static final int BEYOND_THE_CACHE = 1_200;

  @RegisterExtension static ChatCluster cluster = ChatCluster.of("n1", "n2");

  @AfterEach
  void theNodesAreWellAndTheSame() throws Exception {
    for (String id : List.of("n1", "n2")) {
      Eventually.holds(() -> id + " to be up", () -> isUp(id));
      assertEquals(1, cluster.count(id, Counter.INCARNATIONS));
    }
  }

  private static boolean isUp(String id) {
    try {
      return cluster.health(id).contains("\"status\":\"UP\"");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void losesNothingWhenRabbitMqIsRestarted() throws Exception {
    try (ChatClient alice = cluster.connect("n1", "alice");
        ChatClient bob = cluster.connect("n2", "bob")) {
      Conversation conversation = new Conversation(alice, bob);

      cluster.rabbit().restart();

      long took = conversation.awaitArrival();
      conversation.awaitMore(100);
      Map<String, Integer> receipts = conversation.end();
      System.out.printf("%d ms after RabbitMQ was back messages flowed: %s%n", took, receipts);
      assertTrue(took < FLOWS_WITHIN_MILLIS, "took " + took + " ms");
    }
  }

  @Test
  void losesNothingWhenRedisIsKilledAndStartsEmpty() throws Exception {
    try (ChatClient alice = cluster.connect("n1", "alice");
        ChatClient bob = cluster.connect("n2", "bob");
        ChatClient dave = cluster.connect("n1", "dave")) {
      Conversation conversation = new Conversation(alice, bob);

      cluster.redis().kill();
      conversation.awaitMore(BEYOND_THE_CACHE);
      // Comes while there is no registry, and is found all the same.
      try (ChatClient carol = cluster.connect("n2", "carol")) {
        dave.askUntil(carol.user(), "\"connections\":1}");
        cluster.redis().restart();
        awaitRegistered("bob", "carol", "alice", "dave");
        conversation.awaitMore(100);
        dave.askUntil("carol", "\"connections\":1}");
      }

      assertAllDelivered(conversation);
    }
  }

  @Test
  void losesNothingWhenRedisIsEmptied() throws Exception {
    try (ChatClient alice = cluster.connect("n1", "alice");
        ChatClient bob = cluster.connect("n2", "bob");
        ChatClient dave = cluster.connect("n1", "dave");
        ChatClient carol = cluster.connect("n2", "carol")) {
      Conversation conversation = new Conversation(alice, bob);

      assertEquals("OK", cluster.redis().cli("FLUSHALL"));
      dave.askUntil("carol", "\"connections\":1}");
      awaitRegistered("bob", "carol", "alice", "dave");
      conversation.awaitMore(100);
      carol.askUntil("dave", "\"connections\":1}");

      assertAllDelivered(conversation);
    }
  }

  private static void awaitRegistered(String... users) {
    for (String user : users) {
      String name = Base64.getUrlEncoder().withoutPadding().encodeToString(user.getBytes(UTF_8));
      Eventually.holds(
          () -> user + " to be registered again",
          () -> cluster.redis().cli("EXISTS", "ds:u:{" + name + "}").equals("1"));
    }
  }

  private static void assertAllDelivered(Conversation conversation) throws Exception {
    Map<String, Integer> receipts = conversation.end();
    assertEquals(List.of("delivered"), List.copyOf(receipts.keySet()), receipts::toString);
  }

  @Test
  void goesOnWhenAStrangerWritesToTheQueueOfANode() throws Exception {
    try (ChatClient alice = cluster.connect("n1", "alice");
        ChatClient bob = cluster.connect("n2", "bob");
        Stranger stranger = new Stranger(cluster.rabbit())) {
      byte[] real =
          stranger.overhears("n2", () -> alice.send("{\"to\":\"bob\",\"body\":\"real\"}"));
      assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"real\"}", bob.next());
      byte[] otherVersion = real.clone();
      otherVersion[0]++;
      long doubles = cluster.count("n2", Counter.BATCHES_DUPLICATE);

      stranger.puts("n2", Stranger.FRAME, "garbage".getBytes(UTF_8));
      stranger.puts("n2", Stranger.FRAME, otherVersion);
      stranger.puts("n2", Stranger.FRAME, Arrays.copyOf(real, real.length / 2));
      stranger.puts("n2", Stranger.FRAME, new byte[0]);
      stranger.puts("n2", Stranger.FRAME, new byte[4 << 20]);
      stranger.puts("n2", "application/json", "{}".getBytes(UTF_8));
      stranger.puts("n2", null, real);
      stranger.puts("n2", Stranger.FRAME, real);

      for (int i = 0; i < 100; i++) {
        alice.send("{\"to\":\"bob\",\"body\":" + i + ",\"id\":\"r\"}");
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":" + i + "}", bob.next());
        assertEquals(
            "{\"receipt\":\"r\",\"status\":\"delivered\",\"connections\":1}", alice.next());
      }
      // Had one been put back it would have been counted again.
      assertEquals(4, cluster.count("n2", Counter.BATCHES_BAD));
      assertEquals(doubles + 1, cluster.count("n2", Counter.BATCHES_DUPLICATE));
      assertSaid("n2", "from the bus", 4);
      assertSaid("n2", "foreign message of " + (4 << 20) + " bytes", 1);
      assertSaid("n2", "content type", 2);
      cluster.awaitAcknowledged("n2");
    }
  }

  private static void assertSaid(String id, String words, int times) {
    List<String> output = cluster.node(id).output();
    assertEquals(
        times, output.stream().filter(line -> line.contains(words)).count(), output::toString);
  }
}
