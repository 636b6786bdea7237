package org.distributedsockets;

/**
 * The WebSocket close codes this library uses (RFC 6455 section 7.4). A server of ours never closes
 * with 1000: Tomcat would wait 20 s for a stalled peer.
 */
public final class CloseCode {
  /** The node is going away; the reason holds a reconnect delay hint. */
  public static final int GOING_AWAY = 1001;

  /**
   * What is told of a session that ended without a close frame (RFC 6455 section 7.1.5). Never
   * sent.
   */
  public static final int ABNORMAL_CLOSURE = 1006;

  /** Not allowed, or no longer. */
  public static final int POLICY_VIOLATION = 1008;

  /** A frame of more than four times the limit. */
  public static final int TOO_LARGE = 1009;

  /** A failure of ours. */
  public static final int INTERNAL_ERROR = 1011;

  /** The client reads more slowly than it is written to. */
  public static final int TOO_SLOW = 1013;

  /** The client did not answer pings in time. */
  public static final int UNRESPONSIVE = 4000;

  /** A newer connection of the same user took this one's place. */
  public static final int REPLACED = 4001;

  /** The application asked for the disconnect without a code of its own. */
  public static final int DISCONNECTED = 4002;

  /** The longest close reason in bytes of UTF-8 (RFC 6455 section 5.5: 125 less the code). */
  public static final int MAX_REASON_BYTES = 123;

  /** The reason of a close with {@link #POLICY_VIOLATION} because the credentials expired. */
  public static final String EXPIRED_REASON = "expired";

  private CloseCode() {}

  /**
   * Checks a code an application closes with.
   *
   * @param code the code
   * @return the code
   * @throws IllegalArgumentException unless it is 1001, 1008, 1009, 1011, 1012, 1013 or within 3000
   *     to 4999
   */
  public static int check(int code) {
    boolean known =
        code == 1001
            || code == 1008
            || code == 1009
            || (code >= 1011 && code <= 1013)
            || (code >= 3000 && code <= 4999);
    if (!known) {
      throw new IllegalArgumentException(
          "must be 1001, 1008, 1009, 1011-1013 or 3000-4999: close code " + code);
    }
    return code;
  }
}
