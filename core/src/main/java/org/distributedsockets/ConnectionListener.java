package org.distributedsockets;

/**
 * Told when connections of this node open and end, join groups and leave them. Called on the node's
 * callback executor, one call at a time per connection, {@code onConnected} first and {@code
 * onDisconnected} last, exactly once after it. It may block, which delays other callbacks; what it
 * throws goes to the {@link ErrorListener}.
 */
public interface ConnectionListener {
  /**
   * A connection opened.
   *
   * @param connection the connection
   */
  default void onConnected(Connection connection) {}

  /**
   * A connection ended.
   *
   * @param connection the connection
   * @param code the close code; 1006 if none was received (RFC 6455 section 7.1.5)
   */
  default void onDisconnected(Connection connection, int code) {}

  /**
   * A connection became a member of a group. Called after {@code onConnected}, also for what was
   * joined before.
   *
   * @param connection the connection
   * @param group the group's name
   */
  default void onJoined(Connection connection, String group) {}

  /**
   * A connection is no longer a member of a group: it left, or it ended. Called once for each
   * {@code onJoined}, before {@code onDisconnected}.
   *
   * @param connection the connection
   * @param group the group's name
   */
  default void onLeft(Connection connection, String group) {}
}
