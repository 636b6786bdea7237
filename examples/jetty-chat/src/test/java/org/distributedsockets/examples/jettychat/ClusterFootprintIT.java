package org.distributedsockets.examples.jettychat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.examples.chat.testkit.ChatCluster;
import org.distributedsockets.testkit.ChatClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What nodes take up in Redis and RabbitMQ. */
class ClusterFootprintIT {
  private static final int MESSAGES = 2_000;

  /**
   * Renewals of two leases every three seconds, a look-up of each address after five, the permanent
   * pass: one a second, and what a busy machine makes of the one or two seconds it takes.
   */
  private static final int MOST_CALLS = 20;

  @RegisterExtension static ChatCluster cluster = ChatCluster.of("n1", "n2");

  @Test
  void aSteadyConversationCostsRedisNothing() throws Exception {
    try (ChatClient alice = cluster.connect("n1", "alice");
        ChatClient bob = cluster.connect("n2", "bob")) {
      alice.askUntil("bob", "\"connections\":1}");
      bob.askUntil("alice", "\"connections\":1}");
      int before = callsToRedis();
      long start = System.nanoTime();
      assertTrue(before > 0, "calls are not counted");
      for (int i = 0; i < MESSAGES / 2; i++) {
        alice.send("{\"to\":\"bob\",\"body\":1,\"id\":\"a\"}");
        bob.send("{\"to\":\"alice\",\"body\":2,\"id\":\"b\"}");
      }
      for (int i = 0; i < MESSAGES; i++) {
        assertFalse(alice.nextUnasked().contains("error"));
        assertFalse(bob.nextUnasked().contains("error"));
      }
      int calls = callsToRedis() - before;
      long seconds = (System.nanoTime() - start) / 1_000_000_000;
      System.out.printf("%,d messages with receipts: %d calls to Redis%n", MESSAGES, calls);
      assertTrue(calls <= MOST_CALLS + 3 * seconds, calls + " calls in " + seconds + " s");
    }
  }

  /** What comes from clients; other commands are run by scripts. */
  private static int callsToRedis() {
    Matcher sent =
        Pattern.compile("cmdstat_(?:evalsha|eval|hkeys|hdel):calls=(\\d+)")
            .matcher(cluster.redis().cli("INFO", "commandstats"));
    int calls = 0;
    while (sent.find()) {
      calls += Integer.parseInt(sent.group(1));
    }
    return calls;
  }

  @Test
  void aNodeIsAQueueABindingAndTwoConnectionsAndLeavesNothingBehind() throws Exception {
    List<String> keysBefore = keys();
    cluster.add("n3");
    try (ChatClient carol = cluster.connect("n3", "carol")) {
      carol.send("{\"join\":\"room\",\"id\":\"j\"}");
      assertEquals("{\"receipt\":\"j\",\"status\":\"ok\"}", carol.next());

      for (String id : List.of("n1", "n2", "n3")) {
        assertEquals(List.of("ds.node.v1." + id), queuesOf(id));
        assertEquals(List.of("ds.node.v1\tds.node.v1." + id + "\tserver." + id), bindingsOf(id));
        assertEquals(2, connectionsOf(id).size(), () -> connectionsOf(id).toString());
      }
      assertEquals(keysBefore.size() + 2, keys().size(), () -> keys().toString());
      assertTrue(nodesIn("leases").contains("n3"));
      assertTrue(nodesIn("writes").contains("n3"));

      cluster.drain("n3");

      assertEquals(1001, carol.closeCode());
    }
    assertEquals(List.of(), queuesOf("n3"));
    assertEquals(List.of(), bindingsOf("n3"));
    assertEquals(List.of(), connectionsOf("n3"));
    assertEquals(keysBefore, keys());
    assertFalse(nodesIn("leases").contains("n3"));
    assertFalse(nodesIn("writes").contains("n3"));
    assertEquals(List.of("ds.node.v1.n1"), queuesOf("n1"));
  }

  private static List<String> queuesOf(String id) {
    return listed(".v1." + id, "list_queues", "name");
  }

  /** Without that of the default exchange, which every queue has. */
  private static List<String> bindingsOf(String id) {
    return listed(
        "server." + id, "list_bindings", "source_name", "destination_name", "routing_key");
  }

  private static List<String> connectionsOf(String id) {
    return listed("distributed-sockets " + id + " ", "list_connections", "client_properties");
  }

  private static List<String> listed(String part, String... what) {
    return cluster.rabbit().list(what).stream().filter(row -> row.contains(part)).toList();
  }

  /** Of users and groups. */
  private static List<String> keys() {
    return cluster.redis().cli("KEYS", "ds:[ug]:*").lines().sorted().toList();
  }

  private static List<String> nodesIn(String hash) {
    return cluster.redis().cli("HKEYS", "ds:{nodes}:" + hash).lines().toList();
  }
}
