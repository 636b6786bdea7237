package org.distributedsockets.examples.jettychat;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.distributedsockets.examples.chat.testkit.ChatCluster;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.examples.chat.testkit.FreePorts;
import org.distributedsockets.testkit.ChatClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Nodes that come, die, and come back. Each test has users of its own: what waited for a dead node
 * reaches them whenever another one finds it.
 */
class ClusterNodesIT {
  private static final long OFFLINE_WITHIN_MILLIS = 20_000;

  /** A lease that nobody renews, and the start of a JVM. */
  private static final long BACK_WITHIN_MILLIS = 20_000;

  @RegisterExtension static ChatCluster cluster = ChatCluster.of("n1", "n2");

  @Test
  void twoOfThreeNodesGoOnWhenTheThirdIsKilled() throws Exception {
    cluster.add("n3");
    try (ChatClient alice = cluster.connect("n1", "alice");
        ChatClient carol = cluster.connect("n2", "carol");
        ChatClient dave = cluster.connect("n3", "dave");
        ChatClient bob1 = cluster.connect("n1", "bob");
        ChatClient bob2 = cluster.connect("n2", "bob");
        ChatClient bob3 = cluster.connect("n3", "bob")) {
      alice.askUntil("bob", "\"connections\":3}");
      alice.send("{\"to\":\"bob\",\"body\":\"all\",\"id\":\"c1\"}");
      assertEquals("{\"receipt\":\"c1\",\"status\":\"delivered\",\"connections\":3}", alice.next());
      for (ChatClient bob : List.of(bob1, bob2, bob3)) {
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"all\"}", bob.nextUnasked());
      }
      passes(alice, carol);
      passes(carol, dave);
      passes(dave, alice);

      cluster.awaitAcknowledged("n3");
      cluster.kill("n3");

      passes(alice, carol);
      passes(carol, alice);
      alice.send("{\"to\":\"bob\",\"body\":\"two\",\"id\":\"c2\"}");
      assertEquals("{\"receipt\":\"c2\",\"status\":\"delivered\",\"connections\":2}", alice.next());
      for (ChatClient bob : List.of(bob1, bob2)) {
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"two\"}", bob.next());
        assertEquals(0, bob.waiting());
      }
      long took = alice.askUntil("dave", "\"status\":\"offline\"}");
      System.out.printf("%d ms after its node was killed dave was offline%n", took);
      assertTrue(took < OFFLINE_WITHIN_MILLIS, "took " + took + " ms");
      try (ChatClient again = cluster.connect("n2", "dave")) {
        passes(alice, again);
      }
    }
  }

  private static void passes(ChatClient from, ChatClient to) throws Exception {
    from.send("{\"to\":\"" + to.user() + "\",\"body\":1,\"id\":\"p\"}");
    assertEquals(
        "{\"from\":\"" + from.user() + "\",\"to\":\"" + to.user() + "\",\"body\":1}",
        to.nextUnasked());
    assertEquals("{\"receipt\":\"p\",\"status\":\"delivered\",\"connections\":1}", from.next());
  }

  @Test
  void aKilledNodeComesBackUnderItsIdWithWhatWaitedForIt() throws Exception {
    cluster.add("n4");
    try (ChatClient alice = cluster.connect("n1", "alice");
        ChatClient erin = cluster.connect("n4", "erin")) {
      passes(alice, erin);
      cluster.awaitAcknowledged("n4");
      cluster.kill("n4");
      alice.send("{\"to\":\"erin\",\"body\":\"waits\",\"id\":\"w\"}");
      try (ChatClient elsewhere = cluster.connect("n2", "erin")) {
        long start = System.nanoTime();
        cluster.add("n4");
        long took = (System.nanoTime() - start) / 1_000_000;
        System.out.printf("a killed node was back after %d ms%n", took);
        assertTrue(took < BACK_WITHIN_MILLIS, "took " + took + " ms");
        assertEquals("{\"from\":\"alice\",\"to\":\"erin\",\"body\":\"waits\"}", elsewhere.next());
        String receipt = alice.next();
        assertTrue(receipt.startsWith("{\"receipt\":\"w\",\"status\":\""), receipt);
      }
      try (ChatClient again = cluster.connect("n4", "frank")) {
        passes(alice, again);
      }
    }
  }

  @Test
  void aSecondLiveProcessOfTheSameIdIsRefused() throws Exception {
    try (ChatProcess twin =
        cluster.process("n2", FreePorts.pair(), "DISTRIBUTED_SOCKETS_NODE_START_TIMEOUT=10s")) {
      assertNotEquals(0, twin.exitCode(30, SECONDS));
      assertEquals(List.of("SERVER_ID n2 is held by a live node"), twin.output());
    }
    try (ChatClient alice = cluster.connect("n1", "alice");
        ChatClient grace = cluster.connect("n2", "grace")) {
      passes(alice, grace);
    }
  }
}
