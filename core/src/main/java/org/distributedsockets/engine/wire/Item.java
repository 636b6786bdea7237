package org.distributedsockets.engine.wire;

import java.util.List;
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
    NEWS,
    /** It is a request, and none of the addressee's connections here can answer. */
    UNANSWERABLE,
    /**
     * None of the addressee's connections to the node has it for sure. One ended while the message
     * was written to it, and may have it or not.
     */
    BROKEN;

    /** Whether the addressee has to be looked for elsewhere. */
    public boolean isAbsence() {
      return this == ABSENT || this == BROKEN;
    }
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

  /**
   * Asks what a node holds.
   *
   * @param token chosen by who asks
   * @param about what the question is about
   * @param detail how much it wants to know
   * @param knownVersion the version of what it knows already, which need not be listed again; 0 for
   *     nothing
   */
  record QuestionItem(long token, Address about, Detail detail, long knownVersion)
      implements Item {}

  /** How much is asked for. The order is part of the wire format: only ever append. */
  enum Detail {
    /** The numbers. */
    COUNT,
    /** The users, each once. */
    USERS,
    /** The connections. */
    CONNECTIONS
  }

  /**
   * A part of the answer to a question.
   *
   * @param token of the question
   * @param last whether it ends the answer
   * @param version changes with each change of what the question was about
   * @param connections how many there are
   * @param users how many distinct users they have
   * @param held some of them; none if the version was known
   */
  record AnswerItem(
      long token, boolean last, long version, int connections, int users, List<Held> held)
      implements Item {
    /** Copies the list. */
    public AnswerItem {
      held = List.copyOf(held);
    }
  }

  /**
   * A connection; or a user, who has no connection id, since and metadata.
   *
   * @param user whose it is
   * @param connection its id, or empty
   * @param sinceMillis when it was admitted, milliseconds of cluster time, or 0
   * @param metadata what it was registered with, or empty
   */
  record Held(String user, String connection, long sinceMillis, String metadata) {}

  /**
   * A connection's answer to a request.
   *
   * @param id of the request
   * @param payload JSON text; null refuses
   */
  record ReplyItem(MessageId id, @Nullable String payload) implements Item {}
}
