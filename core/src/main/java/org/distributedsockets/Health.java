package org.distributedsockets;

import java.util.List;

/**
 * How a node is. Immutable.
 *
 * @param status the state in one word
 * @param node the node's id
 * @param reasons what is wrong, such as {@code registry_unavailable}; empty when UP
 */
public record Health(Status status, String node, List<String> reasons) {

  /** The states. */
  public enum Status {
    /** Everything works, measured end to end. */
    UP,
    /** It serves, but not everything works. */
    DEGRADED,
    /** It lets nobody in and sends its clients away. */
    DRAINING,
    /** It does not serve. */
    DOWN
  }

  /**
   * Copies the reasons.
   *
   * @param status the state in one word
   * @param node the node's id
   * @param reasons what is wrong, such as {@code registry_unavailable}; empty when UP
   */
  public Health {
    reasons = List.copyOf(reasons);
  }

  /**
   * Whether clients should be sent here.
   *
   * @return true for UP and DEGRADED
   */
  public boolean serving() {
    return status == Status.UP || status == Status.DEGRADED;
  }
}
