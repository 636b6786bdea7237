package org.distributedsockets;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides who a handshake is from. Called on the container's request thread after the Origin was
 * checked; it may block that thread. Something thrown refuses the handshake with 500 and goes to
 * the {@link ErrorListener}.
 */
@FunctionalInterface
public interface Authenticator {

  /**
   * Decides.
   *
   * @param handshake the request
   * @return who it is, or why not
   */
  Result authenticate(Handshake handshake);

  /** The decision. */
  sealed interface Result {}

  /**
   * Let in.
   *
   * @param user the user id; one that breaks a rule of {@link Address} is refused with 400
   * @param metadata kept with the connection and shown by {@link SocketNode#connections}
   * @param expiresAt when the connection must end by this node's wall clock, unless its credentials
   *     are replaced ({@link Connection#replaceCredentials}); null for never
   */
  record Accepted(String user, Map<String, String> metadata, @Nullable Instant expiresAt)
      implements Result {
    /**
     * Copies the metadata.
     *
     * @param user the user id; one that breaks a rule of {@link Address} is refused with 400
     * @param metadata kept with the connection and shown by {@link SocketNode#connections}
     * @param expiresAt when the connection must end by this node's wall clock, or null for never
     */
    public Accepted {
      Objects.requireNonNull(user, "user");
      metadata = Map.copyOf(metadata);
    }
  }

  /**
   * Kept out.
   *
   * @param status the HTTP status: 400, 401 or 403, or 503 if it cannot be told now and a later try
   *     may be let in
   * @param message told to the client
   */
  record Refused(int status, String message) implements Result {
    /**
     * Checks the status.
     *
     * @param status the HTTP status
     * @param message told to the client
     * @throws IllegalArgumentException if it is none of the four
     */
    public Refused {
      Objects.requireNonNull(message, "message");
      if (status != 400 && status != 401 && status != 403 && status != 503) {
        throw new IllegalArgumentException("must be 400, 401, 403 or 503: status=" + status);
      }
    }
  }

  /**
   * Lets in without metadata or end.
   *
   * @param user the user id
   * @return the decision
   */
  static Result accept(String user) {
    return new Accepted(user, Map.of(), null);
  }

  /**
   * Keeps out with 401.
   *
   * @param message told to the client
   * @return the decision
   */
  static Result refuse(String message) {
    return new Refused(401, message);
  }
}
