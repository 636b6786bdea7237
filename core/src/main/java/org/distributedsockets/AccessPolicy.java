package org.distributedsockets;

/**
 * Decides what clients may do beyond sending in their own name. Called on the connection's
 * container thread, in the order of its frames, so it must not block. What it refuses is answered
 * {@code forbidden}; something thrown refuses too and goes to the {@link ErrorListener}. What the
 * application does itself, such as {@link Connection#join}, is not asked about.
 */
public interface AccessPolicy {
  /**
   * Whether a client may become a member of a group.
   *
   * @param connection who asks
   * @param group the group's name
   * @return true unless overridden
   */
  default boolean mayJoin(Connection connection, String group) {
    return true;
  }

  /**
   * Whether a client may send a message. To a group only members are asked about.
   *
   * @param connection who sends
   * @param to a user or group
   * @return true unless overridden
   */
  default boolean maySend(Connection connection, Address to) {
    return true;
  }

  /**
   * Whether a client may watch who is online. Of a group only members are asked about.
   *
   * @param connection who asks
   * @param watched a user or group
   * @return unless overridden, true for groups and false for users
   */
  default boolean mayWatch(Connection connection, Address watched) {
    return watched.kind() == Address.Kind.GROUP;
  }
}
