package org.distributedsockets.examples.faults;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.distributedsockets.examples.chat.testkit.SubprotocolClient;
import org.distributedsockets.testkit.GroupSchedule;

/** Groups and presence while nodes die and come back. */
final class GroupRows {
  private static final int STEPS = 400;
  private static final int KILLS = 4;

  private GroupRows() {}

  static List<Row> all() {
    return List.of(
        new Row(
            "groups",
            "nodes killed and restarted in turn while clients join, leave, send to and watch groups",
            GroupRows::groups,
            Map.of("late", "order is not kept across an adoption")));
  }

  private static void groups(Scene scene) throws Exception {
    Nodes nodes = new Nodes(scene.cluster().nodes());
    long seed = scene.random().nextInt(1_000_000);
    scene.found(GroupSchedule.play(nodes, nodes.all.size(), seed, STEPS, KILLS));
    scene.mended();
    scene.pass(Duration.ofSeconds(10));
  }

  /** The nodes of a scene, by their place. */
  private record Nodes(List<FaultNode> all) implements GroupSchedule.Cluster {
    @Override
    public GroupSchedule.Socket connect(int node, String user, Consumer<String> frames) {
      return new SubprotocolClient(all.get(node).clientPort(), user, frames);
    }

    @Override
    public void kill(int node) {
      all.get(node).kill();
    }

    @Override
    public void start(int node) {
      all.get(node).start();
    }
  }
}
