package org.distributedsockets.protocol;

import java.util.Locale;

/** The codes of an error frame. */
public enum ErrorCode {
  /** Not a frame of the protocol. */
  BAD_REQUEST,
  /** Longer than the frame limit. */
  TOO_LARGE,
  /** More than the connection may send. */
  RATE_LIMITED,
  /** Not allowed, such as sending to a group without being a member. */
  FORBIDDEN,
  /** A kind of frame that is not understood, such as a binary one. */
  UNSUPPORTED,
  /** Refused by the node, for a frame that asked for no receipt. */
  UNAVAILABLE;

  /**
   * The name on the wire.
   *
   * @return the lower-case name
   */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
