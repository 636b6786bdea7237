package org.distributedsockets;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** One open WebSocket session of a user on this node. Thread-safe; nothing here blocks. */
public interface Connection {

  /**
   * The connection's id, unique in the cluster and never reused.
   *
   * @return the id
   */
  String id();

  /**
   * Whose it is.
   *
   * @return the user id
   */
  String user();

  /**
   * When it was admitted, in cluster time.
   *
   * @return the instant
   */
  Instant since();

  /**
   * What the authenticator, or whoever replaced the credentials, attached to it.
   *
   * @return the immutable metadata
   */
  Map<String, String> metadata();

  /**
   * When its credentials expire by this node's wall clock. The node then closes it with {@link
   * CloseCode#POLICY_VIOLATION} and the reason {@value CloseCode#EXPIRED_REASON}, within about a
   * second.
   *
   * @return the instant; empty for never
   */
  Optional<Instant> expiresAt();

  /**
   * Gives the connection new credentials without a reconnect: a new expiry, which may also be
   * earlier or none, and new metadata, which the registry learns in the background. Whoever calls
   * this has verified them. On a connection that ended it does nothing.
   *
   * @param credentials what an authenticator would have answered
   * @throws IllegalArgumentException if they are another user's; the connection keeps the ones it
   *     has
   */
  void replaceCredentials(Authenticator.Accepted credentials);

  /**
   * The groups it is a member of now.
   *
   * @return an immutable copy
   */
  Set<String> groups();

  /**
   * Makes the connection a member of a group. Locally effective when this returns; in the whole
   * cluster when the stage completes. Joining twice is one membership. While this node cannot reach
   * the registry the stage completes all the same; nodes that cannot reach it either find the
   * member by asking all, the others only when the registry has it.
   *
   * @param group the group's name
   * @return completes when every node's next message to the group arrives here, or exceptionally
   *     with {@link IllegalStateException} if the connection ended first
   * @throws IllegalArgumentException if the name breaks a rule of {@link Address}
   */
  CompletionStage<Void> join(String group);

  /**
   * Ends a membership. Nothing sent after this returns reaches the connection through the group.
   *
   * @param group the group's name
   * @return completes when the registry knows too
   * @throws IllegalArgumentException if the name breaks a rule of {@link Address}
   */
  CompletionStage<Void> leave(String group);

  /**
   * Closes the connection. What waits unsent goes back to its senders. Idempotent.
   *
   * @param code the close code, see {@link CloseCode#check}
   * @param reason a text for the client, cut to {@value CloseCode#MAX_REASON_BYTES} bytes
   * @throws IllegalArgumentException if the code is not one a server of ours may send
   */
  void close(int code, String reason);
}
