package org.distributedsockets.examples.jettychat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.distributedsockets.examples.chat.testkit.ChatCluster;
import org.distributedsockets.examples.chat.testkit.ChatScenarios;
import org.distributedsockets.testkit.ChatClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two nodes in JVMs of their own do what the demonstration does. */
class ClusterIT extends ChatScenarios {
  private static final int MANY = 20_000;

  @RegisterExtension static ChatCluster cluster = ChatCluster.of("n1", "n2");

  @Override
  protected int port() {
    return cluster.port("n1");
  }

  @Test
  void givesEachDeviceOnBothNodesOneCopyInOrder() throws Exception {
    try (ChatClient alice = cluster.connect("n1", "alice");
        ChatClient phone = cluster.connect("n1", "olga");
        ChatClient laptop = cluster.connect("n2", "olga")) {
      // More may be written at once than are held while her second device gets known.
      alice.askUntil("olga", "\"connections\":2}");
      for (int i = 0; i < MANY; i++) {
        alice.send("{\"to\":\"olga\",\"body\":" + i + "}");
      }
      for (ChatClient olga : List.of(phone, laptop)) {
        for (int i = 0; i < MANY; i++) {
          assertEquals(
              "{\"from\":\"alice\",\"to\":\"olga\",\"body\":" + i + "}", olga.nextUnasked());
        }
        assertEquals(0, olga.waiting());
      }
    }
  }

  @Test
  void missesNoMessageToAUserWhoHopsBetweenTheNodes() throws Exception {
    ChatClient here = cluster.connect("n2", "hopper");
    try (ChatClient alice = cluster.connect("n1", "alice")) {
      for (int hop = 0; hop < 60; hop++) {
        ChatClient next = new ChatClient(port() + hop % 2, "hopper");
        alice.send("{\"to\":\"hopper\",\"body\":" + hop + ",\"id\":\"h" + hop + "\"}");
        assertEquals("{\"from\":\"alice\",\"to\":\"hopper\",\"body\":" + hop + "}", next.next());
        alice.next();
        here.close();
        here = next;
      }
    } finally {
      here.close();
    }
  }

  @Test
  void namesItself() throws Exception {
    assertEquals("{\"node\":\"n1\"}", ChatClient.get(port(), "/config.json").body());
  }
}
