package org.distributedsockets.spi;

import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * Follows messages from node to node. Called on the way of messages, from any thread, so it must be
 * quick and must not block; what it throws is reported to the {@link
 * org.distributedsockets.ErrorListener} and the message goes on without it.
 */
public interface MessageTracing {
  /** Follows nothing. */
  MessageTracing NONE = new MessageTracing() {};

  /**
   * A message was accepted, from a client's frame or a call of {@code send}. Called on the thread
   * that brought it.
   *
   * @param to its address
   * @return what follows it, or null if it is not followed
   */
  default @Nullable Sending accepted(Address to) {
    return null;
  }

  /**
   * A message that is followed is about to be given to connections of this node.
   *
   * @param traceContext what {@link Sending#context} said on the node that accepted it; not to be
   *     trusted
   * @param to its address
   * @return what follows it here, or null if it is not followed
   */
  default @Nullable Delivering delivering(String traceContext, Address to) {
    return null;
  }

  /** Follows a message on the node that accepted it. */
  interface Sending {
    /**
     * What travels with the message.
     *
     * @return a W3C traceparent
     */
    String context();

    /**
     * The sender learns what became of it. Called once.
     *
     * @param outcome that
     */
    void ended(Outcome outcome);
  }

  /** Follows a message on a node that has the recipient. */
  @FunctionalInterface
  interface Delivering {
    /**
     * The message was written to sockets, or will not be. Called once; a socket that takes longer
     * than the others may be written to later.
     *
     * @param connections how many
     */
    void ended(int connections);
  }
}
