package org.distributedsockets.engine.wire;

import java.util.Set;
import org.distributedsockets.Address;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.jspecify.annotations.Nullable;

/** One thing that a node says to another. Items travel in {@link Batch}es. */
public sealed interface Item {

  /**
   * A message for connections of the receiving node.
   *
   * @param envelope the message
   */
  record MessageItem(Envelope envelope) implements Item {}

  /**
   * A message comes back to its origin.
   *
   * @param envelope the message as it was received
   * @param by the node that sends it back, or in whose place it is sent back
   * @param cause why
   * @param alsoAt the other nodes known to hold the addressee; filled for NEWS only
   */
  record ReturnItem(Envelope envelope, String by, Cause cause, Set<String> alsoAt) implements Item {
    /** Copies the nodes. */
    public ReturnItem {
      alsoAt = Set.copyOf(alsoAt);
    }
  }

  /** Why a message comes back. The order is part of the wire format: only ever append. */
  enum Cause {
    /** The node holds no connection of the addressee. */
    ABSENT,
    /** Its life ended on the way. */
    EXPIRED,
    /** The addressee's lane is full. */
    LANE_FULL,
    /** The node's lanes together are full. */
    NODE_BUSY,
    /**
     * The addressee is here, where the message is on its way to him, and also lives where it was
     * not sent. What became of it here follows.
     */
    NEWS
  }

  /**
   * What became of a message that somebody waits for.
   *
   * @param id the message
   * @param connections the sockets it was written to; 0 answers an asked envelope
   */
  record OutcomeItem(MessageId id, int connections) implements Item {}

  /**
   * A sign of life. The echo travels behind everything the node answered before.
   *
   * @param token chosen by who asks
   * @param echo whether this is the answer
   * @param about the echo waits until the messages for this address have left the lanes, too; null
   *     for none
   */
  record ProbeItem(long token, boolean echo, @Nullable Address about) implements Item {
    /**
     * About no address.
     *
     * @param token chosen by who asks
     * @param echo whether this is the answer
     */
    public ProbeItem(long token, boolean echo) {
      this(token, echo, null);
    }
  }

  /**
   * "This user now lives on my node, too."
   *
   * @param address the user
   */
  record AnnounceItem(Address address) implements Item {}
}
