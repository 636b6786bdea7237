package org.distributedsockets;

import java.time.Instant;
import java.util.Map;

/**
 * A connection somewhere in the cluster, as the registry knows it. Immutable.
 *
 * @param id the connection's id
 * @param user whose it is
 * @param node the id of the node that holds it
 * @param since when it was admitted, in cluster time
 * @param metadata what the authenticator attached to it
 */
public record ConnectionInfo(
    String id, String user, String node, Instant since, Map<String, String> metadata) {
  /**
   * Copies the metadata.
   *
   * @param id the connection's id
   * @param user whose it is
   * @param node the id of the node that holds it
   * @param since when it was admitted, in cluster time
   * @param metadata what the authenticator attached to it
   */
  public ConnectionInfo {
    metadata = Map.copyOf(metadata);
  }
}
