package org.distributedsockets;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What came of a {@link SocketNode#request}. Immutable.
 *
 * @param status the kind of end
 * @param payload the answer, JSON text; null unless {@link Status#ANSWERED}
 * @param reason why, where the status does not say it all; else null
 */
public record Reply(Status status, @Nullable String payload, Outcome.@Nullable Reason reason) {

  /** The kinds of end. */
  public enum Status {
    /** One of the user's connections answered; of several answers this was the first. */
    ANSWERED,
    /** The user has no live connection. */
    OFFLINE,
    /** No answer within the time given. Whether a connection got the request is not known. */
    TIMED_OUT,
    /**
     * Said no: every connection that got the request, or (with {@link Outcome.Reason#UNSUPPORTED})
     * none of them can answer, or the node did not take the request, for the given reason.
     */
    REFUSED,
    /** Could not be taken. A connection may have got the request all the same. */
    UNAVAILABLE
  }

  /**
   * Checks that there is a payload exactly where there has to be one.
   *
   * @param status what became of the request
   * @param payload the answer, JSON text; null unless the status is ANSWERED
   * @param reason why not; null if there is nothing to say
   * @throws IllegalArgumentException if not
   */
  public Reply {
    Objects.requireNonNull(status, "status");
    if ((payload != null) != (status == Status.ANSWERED)) {
      throw new IllegalArgumentException(
          status + (payload == null ? " without" : " with") + " payload");
    }
  }

  /**
   * An answer.
   *
   * @param payload JSON text
   * @return the reply
   */
  public static Reply answered(String payload) {
    return new Reply(Status.ANSWERED, Objects.requireNonNull(payload, "payload"), null);
  }

  /**
   * Any other end.
   *
   * @param status anything but ANSWERED
   * @param reason why, or null
   * @return the reply
   */
  public static Reply failed(Status status, Outcome.@Nullable Reason reason) {
    return new Reply(status, null, reason);
  }
}
