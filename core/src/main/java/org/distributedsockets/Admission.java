package org.distributedsockets;

import java.util.Objects;
import org.distributedsockets.spi.ClientSession;
import org.jspecify.annotations.Nullable;

/** What a node says to a handshake. */
public sealed interface Admission {

  /**
   * Upgrade it, and give the session the container's events. If the upgrade fails, call {@link
   * ClientSession#closed}.
   *
   * @param session takes the events
   * @param subprotocol the one of {@link NodeSettings#SUBPROTOCOLS} to answer with, which the
   *     client offered; null for none
   */
  record Admitted(ClientSession session, @Nullable String subprotocol) implements Admission {
    /**
     * Without a subprotocol.
     *
     * @param session takes the events
     */
    public Admitted(ClientSession session) {
      this(session, null);
    }
  }

  /**
   * Answer with an error.
   *
   * @param status the HTTP status: 400, 401, 403, 429, 500 or 503
   * @param message for the client, without secrets
   * @param retryAfterSeconds for a Retry-After header (RFC 9110 section 10.2.3), or 0 for none
   */
  record Refused(int status, String message, int retryAfterSeconds) implements Admission {
    /**
     * Checks the message.
     *
     * @param status the HTTP status: 400, 401, 403, 429, 500 or 503
     * @param message for the client, without secrets
     * @param retryAfterSeconds for a Retry-After header (RFC 9110 section 10.2.3), or 0 for none
     */
    public Refused {
      Objects.requireNonNull(message, "message");
    }
  }
}
