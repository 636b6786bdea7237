package org.distributedsockets;

import java.util.Map;
import java.util.Set;

/**
 * How many connections an address has, as the nodes that hold some said. Immutable.
 *
 * @param nodes by node id what that node holds
 * @param silentNodes the ids of nodes that should know but did not answer in time; what they hold
 *     is missing
 */
public record Census(Map<String, Count> nodes, Set<String> silentNodes) {
  /**
   * What one node holds.
   *
   * @param connections the connections
   * @param users the distinct users of these
   */
  public record Count(int connections, int users) {}

  /**
   * Copies the collections.
   *
   * @param nodes by node id what that node holds
   * @param silentNodes the ids of nodes that did not answer in time
   */
  public Census {
    nodes = Map.copyOf(nodes);
    silentNodes = Set.copyOf(silentNodes);
  }

  /**
   * All connections on the nodes that answered.
   *
   * @return the sum
   */
  public int connections() {
    return nodes.values().stream().mapToInt(Count::connections).sum();
  }
}
