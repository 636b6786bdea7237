package org.distributedsockets.spi;

/**
 * Decides to which nodes an envelope goes.
 *
 * <p>The same method takes an envelope for the first time and each time it came back: then {@link
 * Envelope#attempt} is positive, {@link Envelope#returnedBy} says who did not hold the addressee
 * and {@link Envelope#alsoAt} who holds him too. For each call the router calls, now or later,
 * exactly one of {@link RouterContext#dispatch} and {@link RouterContext#end} with that envelope
 * (or, if two nodes returned the same message, once for both), and never sends it to a node of
 * {@code sentTo} that is not in {@code returnedBy}. What became of the message is told to its
 * sender by the node, which sees every answer.
 *
 * <p>Implementations must not block and must keep the order of the envelopes of one address to one
 * node; they may be called from any thread at any time.
 */
@FunctionalInterface
public interface Router {
  /**
   * Sends an envelope on.
   *
   * @param envelope what to route
   */
  void route(Envelope envelope);
}
