package org.distributedsockets;

/** What happens when the lane of a connection is full. */
public enum LaneOverflow {
  /**
   * The connection is closed with {@link CloseCode#TOO_SLOW}; what waited goes back to its senders.
   */
  CLOSE,
  /** The connection stays; what does not fit is REJECTED (lane_full). */
  REJECT
}
