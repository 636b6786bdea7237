package org.distributedsockets;

import java.util.List;
import java.util.Set;

/**
 * The member connections of a group, as the nodes that hold some said. Immutable.
 *
 * @param connections the connections, node by node
 * @param silentNodes the ids of nodes that should know of some but did not answer in time; what
 *     they hold is missing
 */
public record Members(List<ConnectionInfo> connections, Set<String> silentNodes) {
  /**
   * Copies the collections.
   *
   * @param connections the connections, node by node
   * @param silentNodes the ids of nodes that did not answer in time
   */
  public Members {
    connections = List.copyOf(connections);
    silentNodes = Set.copyOf(silentNodes);
  }
}
