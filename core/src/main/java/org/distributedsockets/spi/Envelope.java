package org.distributedsockets.spi;

import java.util.Objects;
import java.util.Set;
import org.distributedsockets.Address;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way. Immutable.
 *
 * @param id names it; stays the same however often it is sent
 * @param action what the receiving node does with it
 * @param origin the id of the node it was accepted by, where it returns to
 * @param from the sending user, or null
 * @param to the address
 * @param payload JSON text for DELIVER and REQUEST; for DISCONNECT the close code, a space and the
 *     reason
 * @param exceptConnection the id of a connection that shall not get it, or null
 * @param onlyConnection the id of the one connection of the address that it is for, or null for all
 * @param acceptedAtMillis when it was accepted, milliseconds of cluster time
 * @param expiresAtMillis when its life ends, milliseconds of cluster time
 * @param answerWanted whether somebody waits for the recipient's node to answer
 * @param ask true if it was sent to nodes that may well not hold the addressee: they answer and do
 *     not return it
 * @param attempt how often it was returned
 * @param sentTo the ids of all nodes it was ever sent to
 * @param returnedBy those of them that returned it without holding the addressee
 * @param alsoAt nodes of which one that holds the addressee said that they hold him too
 * @param traceContext an opaque W3C traceparent carried along, or null
 */
public record Envelope(
    MessageId id,
    Action action,
    String origin,
    @Nullable String from,
    Address to,
    String payload,
    @Nullable String exceptConnection,
    @Nullable String onlyConnection,
    long acceptedAtMillis,
    long expiresAtMillis,
    boolean answerWanted,
    boolean ask,
    int attempt,
    Set<String> sentTo,
    Set<String> returnedBy,
    Set<String> alsoAt,
    @Nullable String traceContext) {

  /** What the receiving node does. The order is part of the wire format: only ever append. */
  public enum Action {
    /** Write the payload to the addressee's connections. */
    DELIVER,
    /** Close the addressee's connections. */
    DISCONNECT,
    /** Have one of the addressee's connections answer the payload. */
    REQUEST
  }

  /**
   * Copies the sets.
   *
   * @param id names it; stays the same however often it is sent
   * @param action what the receiving node does with it
   * @param origin the id of the node it was accepted by, where it returns to
   * @param from the sending user, or null
   * @param to the address
   * @param payload JSON text for DELIVER; for DISCONNECT the close code, a space and the reason
   * @param exceptConnection the id of a connection that shall not get it, or null
   * @param onlyConnection the id of the one connection of the address that it is for, or null for
   *     all
   * @param acceptedAtMillis when it was accepted, milliseconds of cluster time
   * @param expiresAtMillis when its life ends, milliseconds of cluster time
   * @param answerWanted whether somebody waits for the recipient's node to answer
   * @param ask true if it was sent to nodes that may well not hold the addressee: they answer and
   *     do not return it
   * @param attempt how often it was returned
   * @param sentTo the ids of all nodes it was ever sent to
   * @param returnedBy those of them that returned it without holding the addressee
   * @param alsoAt nodes of which one that holds the addressee said that they hold him too
   * @param traceContext an opaque W3C traceparent carried along, or null
   */
  public Envelope {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(action, "action");
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(to, "to");
    Objects.requireNonNull(payload, "payload");
    sentTo = Set.copyOf(sentTo);
    returnedBy = Set.copyOf(returnedBy);
    alsoAt = Set.copyOf(alsoAt);
  }

  /**
   * As it leaves for some nodes.
   *
   * @param nowSentTo all nodes it was ever sent to, these included
   * @param nowAnswerWanted whether somebody waits
   * @param nowAsk whether those nodes may well not hold the addressee
   * @return the changed copy
   */
  public Envelope dispatched(Set<String> nowSentTo, boolean nowAnswerWanted, boolean nowAsk) {
    return new Envelope(
        id,
        action,
        origin,
        from,
        to,
        payload,
        exceptConnection,
        onlyConnection,
        acceptedAtMillis,
        expiresAtMillis,
        nowAnswerWanted,
        nowAsk,
        attempt,
        nowSentTo,
        returnedBy,
        alsoAt,
        traceContext);
  }

  /**
   * As it came back.
   *
   * @param nowReturnedBy the nodes that returned it so far
   * @param nowAlsoAt the nodes that are known to hold the addressee too
   * @return the changed copy, one attempt older
   */
  public Envelope returned(Set<String> nowReturnedBy, Set<String> nowAlsoAt) {
    return new Envelope(
        id,
        action,
        origin,
        from,
        to,
        payload,
        exceptConnection,
        onlyConnection,
        acceptedAtMillis,
        expiresAtMillis,
        answerWanted,
        ask,
        attempt + 1,
        sentTo,
        nowReturnedBy,
        nowAlsoAt,
        traceContext);
  }

  /**
   * The same attempt with what is known of more than one return of it.
   *
   * @param nowReturnedBy the nodes that returned it so far
   * @param nowAlsoAt the nodes that are known to hold the addressee too
   * @return the changed copy
   */
  public Envelope withReturns(Set<String> nowReturnedBy, Set<String> nowAlsoAt) {
    return new Envelope(
        id,
        action,
        origin,
        from,
        to,
        payload,
        exceptConnection,
        onlyConnection,
        acceptedAtMillis,
        expiresAtMillis,
        answerWanted,
        ask,
        attempt,
        sentTo,
        nowReturnedBy,
        nowAlsoAt,
        traceContext);
  }

  /**
   * As it goes on when the node it would return to is gone.
   *
   * @param nowOrigin the node that acts in its place
   * @return the changed copy
   */
  public Envelope adopted(String nowOrigin) {
    return new Envelope(
        id,
        action,
        nowOrigin,
        from,
        to,
        payload,
        exceptConnection,
        onlyConnection,
        acceptedAtMillis,
        expiresAtMillis,
        answerWanted,
        ask,
        attempt,
        sentTo,
        returnedBy,
        alsoAt,
        traceContext);
  }
}
