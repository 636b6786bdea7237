package org.distributedsockets;

/**
 * What happens when a user opens one connection more than he may have. That the last one wins is
 * {@link #CLOSE_OLDEST} with a limit of one.
 */
public enum ConnectionLimitPolicy {
  /** The new connection is refused with 429. */
  REJECT_NEW,
  /**
   * The oldest connection is closed and the new one let in. Of several that come at the same moment
   * one that is older than those that are in by then is refused with 429.
   */
  CLOSE_OLDEST
}
