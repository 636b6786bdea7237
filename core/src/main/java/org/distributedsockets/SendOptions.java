package org.distributedsockets;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How to send. Immutable; each {@code with} method returns a changed copy.
 *
 * @param from the user the message says it is from, or null for none
 * @param awaitRecipient true to wait for the recipient's node (DELIVERED or OFFLINE), false to end
 *     as soon as the bus holds it (ACCEPTED), which is cheaper
 * @param life how long it may be on its way, or null for the node's default of 120 s
 * @param exceptConnection the id of a connection that shall not get it, or null
 */
public record SendOptions(
    @Nullable String from,
    boolean awaitRecipient,
    @Nullable Duration life,
    @Nullable String exceptConnection) {

  private static final int MAX_CONNECTION_ID = 128;
  private static final SendOptions DEFAULT = new SendOptions(null, true, null, null);

  /**
   * Checks the values.
   *
   * @param from the user the message says it is from, or null for none
   * @param awaitRecipient true to wait for the recipient's node (DELIVERED or OFFLINE), false to
   *     end as soon as the bus holds it (ACCEPTED), which is cheaper
   * @param life how long it may be on its way, or null for the node's default of 120 s
   * @param exceptConnection the id of a connection that shall not get it, or null
   * @throws IllegalArgumentException if {@code from} breaks a rule of {@link Address}, the life is
   *     not positive, or the connection id is longer than any
   */
  public SendOptions {
    if (from != null) {
      Objects.requireNonNull(Address.user(from));
    }
    if (life != null && (life.isNegative() || life.isZero())) {
      throw new IllegalArgumentException("must be positive: life=" + life);
    }
    if (exceptConnection != null && exceptConnection.length() > MAX_CONNECTION_ID) {
      throw new IllegalArgumentException(
          "must be at most " + MAX_CONNECTION_ID + " characters: exceptConnection");
    }
  }

  /**
   * Waits for the recipient's node, from nobody, default life.
   *
   * @return the defaults
   */
  public static SendOptions defaults() {
    return DEFAULT;
  }

  /**
   * Names the sender.
   *
   * @param user the user id
   * @return the changed copy
   */
  public SendOptions withFrom(String user) {
    return new SendOptions(user, awaitRecipient, life, exceptConnection);
  }

  /**
   * Chooses whether to wait for the recipient's node.
   *
   * @param await true to wait
   * @return the changed copy
   */
  public SendOptions withAwaitRecipient(boolean await) {
    return new SendOptions(from, await, life, exceptConnection);
  }

  /**
   * Sets the life.
   *
   * @param newLife how long it may be on its way
   * @return the changed copy
   */
  public SendOptions withLife(Duration newLife) {
    return new SendOptions(from, awaitRecipient, newLife, exceptConnection);
  }

  /**
   * Leaves one connection out.
   *
   * @param connectionId its id
   * @return the changed copy
   */
  public SendOptions withExceptConnection(String connectionId) {
    return new SendOptions(from, awaitRecipient, life, connectionId);
  }
}
