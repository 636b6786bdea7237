package org.distributedsockets;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What became of a send. Immutable.
 *
 * @param status the kind of end
 * @param connections the sockets written to; 0 unless {@link Status#DELIVERED}
 * @param reason why, for every status but {@link Status#DELIVERED}; null where the status says it
 *     all
 */
public record Outcome(Status status, int connections, @Nullable Reason reason) {

  /** The kinds of end. */
  public enum Status {
    /** Written to at least one socket. */
    DELIVERED,
    /** The bus holds it durably, but the recipient's node has not answered yet. */
    ACCEPTED,
    /** No live connection; the undeliverable hook was called. */
    OFFLINE,
    /** Not attempted. */
    REJECTED,
    /**
     * Could not be taken in time, or was being written when the recipient left. It may arrive, or
     * have arrived: this is not "not delivered".
     */
    UNAVAILABLE,
    /** Its life ended on the way; the undeliverable hook was called. */
    EXPIRED
  }

  /** Why a send did not end as {@link Status#DELIVERED}. */
  public enum Reason {
    /** The payload is over the limit. */
    TOO_LARGE,
    /** The sender is over its rate. */
    RATE_LIMITED,
    /** The sender may not do that. */
    FORBIDDEN,
    /** The recipient's lane is full. */
    LANE_FULL,
    /** This node's lanes together are full. */
    NODE_BUSY,
    /** This node is shutting down. */
    DRAINING,
    /** The message bus is away, or the outbox is full. */
    BUS_UNAVAILABLE,
    /** The registry is away and a known node did not answer. */
    REGISTRY_UNAVAILABLE,
    /**
     * The recipient moved faster than the message could follow, or left while it was written to
     * him.
     */
    UNSTABLE_ROUTE,
    /** None of the recipient's connections can answer a request. */
    UNSUPPORTED;

    /**
     * The name on the wire.
     *
     * @return the lower-case name, such as {@code too_large}
     */
    public String wireName() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private static final Outcome ACCEPTED = new Outcome(Status.ACCEPTED, 0, null);
  private static final Outcome OFFLINE = new Outcome(Status.OFFLINE, 0, null);
  private static final Outcome EXPIRED = new Outcome(Status.EXPIRED, 0, null);

  /**
   * Checks that the count belongs to the status.
   *
   * @param status the kind of end
   * @param connections the sockets written to; 0 unless {@link Status#DELIVERED}
   * @param reason why, for every status but {@link Status#DELIVERED}; null where the status says it
   *     all
   * @throws IllegalArgumentException if the count is positive for anything but DELIVERED, or not
   *     positive for it
   */
  public Outcome {
    Objects.requireNonNull(status, "status");
    if (status == Status.DELIVERED ? connections < 1 : connections != 0) {
      throw new IllegalArgumentException(status + " with connections=" + connections);
    }
  }

  /**
   * Written to sockets.
   *
   * @param connections how many, at least 1
   * @return the outcome
   */
  public static Outcome delivered(int connections) {
    return new Outcome(Status.DELIVERED, connections, null);
  }

  /**
   * Held by the bus, unanswered.
   *
   * @return the outcome
   */
  public static Outcome accepted() {
    return ACCEPTED;
  }

  /**
   * No live connection.
   *
   * @return the outcome
   */
  public static Outcome offline() {
    return OFFLINE;
  }

  /**
   * Its life ended.
   *
   * @return the outcome
   */
  public static Outcome expired() {
    return EXPIRED;
  }

  /**
   * Not attempted.
   *
   * @param reason why
   * @return the outcome
   */
  public static Outcome rejected(Reason reason) {
    return new Outcome(Status.REJECTED, 0, Objects.requireNonNull(reason, "reason"));
  }

  /**
   * Not taken in time.
   *
   * @param reason why
   * @return the outcome
   */
  public static Outcome unavailable(Reason reason) {
    return new Outcome(Status.UNAVAILABLE, 0, Objects.requireNonNull(reason, "reason"));
  }
}
