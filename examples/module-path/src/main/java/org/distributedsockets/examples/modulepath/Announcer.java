package org.distributedsockets.examples.modulepath;

import java.util.concurrent.CompletionStage;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;

/** Tells users something, in a cluster whose parts the settings name. */
public final class Announcer implements AutoCloseable {
  private final SocketNode node;

  /**
   * Joins the cluster.
   *
   * @param nodeId this process's name in it
   * @param settings what the registry and the bus are, and where
   * @throws org.distributedsockets.StartException if the cluster could not be joined
   */
  public Announcer(String nodeId, Settings settings) {
    node = SocketNode.builder().nodeId(nodeId).settings(settings).build();
    node.start();
  }

  /**
   * Tells a user.
   *
   * @param user the user
   * @param json what, as JSON
   * @return what became of it
   */
  public CompletionStage<Outcome> tell(String user, String json) {
    return node.send(Address.user(user), json);
  }

  @Override
  public void close() {
    node.close();
  }
}
