package org.distributedsockets.examples.jettychat;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.distributedsockets.examples.chat.testkit.ChatCluster;
import org.distributedsockets.examples.chat.testkit.SubprotocolClient;
import org.distributedsockets.testkit.GroupSchedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Groups and presence over three processes, a Redis and a RabbitMQ, while nodes are killed and
 * started again. A seed: {@code -Dgroups.seed=N}.
 */
@Timeout(600)
class ClusterGroupsIT {
  @RegisterExtension static ChatCluster cluster = ChatCluster.of("n1", "n2", "n3");

  @Test
  void membersMissNothingAndSeeWhoIsThere() throws Exception {
    long seed = Long.getLong("groups.seed", ThreadLocalRandom.current().nextLong(1_000_000));
    System.out.println(GroupSchedule.play(new Processes(), 3, seed, 160, 2));
  }

  private static String id(int node) {
    return "n" + (node + 1);
  }

  private static final class Processes implements GroupSchedule.Cluster {
    @Override
    public GroupSchedule.Socket connect(int node, String user, Consumer<String> frames) {
      return new SubprotocolClient(cluster.port(id(node)), user, frames);
    }

    @Override
    public void kill(int node) throws Exception {
      cluster.kill(id(node));
    }

    @Override
    public void start(int node) throws Exception {
      cluster.add(id(node));
    }
  }
}
