package org.distributedsockets.metrics;

/** What a node counts. */
public enum Counter {
  /**
   * Sessions of clients that are open or were; less {@link #CONNECTIONS_CLOSED}, those that are.
   */
  CONNECTIONS_OPENED("Connections that were opened"),
  /** Each opened connection counts here once, whoever ended it. */
  CONNECTIONS_CLOSED("Connections that ended, for whatever reason"),
  /** By the Origin rule, a limit, the authenticator, or a node that lets nobody in now. */
  HANDSHAKES_REFUSED("Handshakes answered with an error"),
  /** Whole frames, those that could not be used included. */
  FRAMES_IN("Text frames that clients sent"),
  /** Answered with an error: malformed, too large, too many, not allowed, binary. */
  FRAMES_BAD("Frames of clients that could not be used"),
  /** Messages and answers; a message to two sockets counts twice. */
  FRAMES_OUT("Text frames written to sockets"),
  /** What was refused for want of room is not among them. */
  MESSAGES_ACCEPTED("Messages taken from clients and the application"),
  /** At least one socket got the message before the outcome was given. */
  MESSAGES_DELIVERED("Sends that ended DELIVERED"),
  /** Nobody waited for the recipient's node, or it did not answer within the outcome wait. */
  MESSAGES_ACCEPTED_UNANSWERED("Sends that ended ACCEPTED"),
  /** No live connection was found. */
  MESSAGES_OFFLINE("Sends that ended OFFLINE"),
  /** Not attempted, for a limit, a full lane or a busy node. */
  MESSAGES_REJECTED("Sends that ended REJECTED"),
  /** Not taken within the outcome wait: a backend was away, or the route unstable. */
  MESSAGES_UNAVAILABLE("Sends that ended UNAVAILABLE"),
  /** The life of the message ended on its way. */
  MESSAGES_EXPIRED("Sends that ended EXPIRED"),
  /** Calls of the hook; one message may count twice if it was in doubt. */
  UNDELIVERABLE("Messages handed to the undeliverable hook"),
  /** A batch holds everything that waited for one node. */
  BATCHES_OUT("Batches published to the bus, repetitions included"),
  /** Many mean a bus that refuses, or connections that break. */
  BATCHES_REPEATED("Batches published again after a refusal or a lost connection"),
  /** The node was gone, or its queue unbound. */
  BATCHES_UNROUTABLE("Batches the bus had no queue for"),
  /** Those in adopted queues included. */
  BATCHES_IN("Batches that arrived from the bus"),
  /** Repetitions of what had arrived already; they did no harm. */
  BATCHES_DUPLICATE("Batches dropped because they had been seen"),
  /** Dropped and reported: from a foreign publisher or a newer version. */
  BATCHES_BAD("Frames from the bus that were not batches of a known version"),
  /** This node did not hold the addressee, or knew that he is elsewhere, too. */
  RETURNS_OUT("Messages sent back to their origin"),
  /** Each is a route that was out of date, or a node that is gone. */
  RETURNS_IN("Messages that came back"),
  /** What came back and found a new way. */
  REROUTES("Messages sent again to other nodes"),
  /** One call asks about all addresses that waited. */
  LOOKUP_CALLS("Calls to the registry for look-ups"),
  /** By {@link #LOOKUP_CALLS}: how well look-ups share calls. */
  LOOKUPS("Addresses looked up"),
  /** One call writes and removes all that waited. */
  REGISTER_CALLS("Calls to the registry for registrations and removals"),
  /** Of any kind, time-outs included. */
  REGISTRY_FAILURES("Calls to the registry that failed"),
  /** A client falls behind by more than a lane holds, or all of a node by more than it may. */
  LANE_OVERFLOWS(
      "Frames, messages and answers, that a lane, or the lanes of the node, had no room for"),
  /** Closed with 1013. */
  CLIENTS_TOO_SLOW("Connections closed because a send took too long or a lane was full"),
  /** Closed with 4000. */
  CLIENTS_UNRESPONSIVE("Connections closed because a ping was not answered"),
  /** Closed with 1008. */
  CLIENTS_EXPIRED("Connections closed because their credentials expired"),
  /** This node did so in the place of another. */
  ADOPTIONS("Queues of dead nodes that were emptied"),
  /** Sent back to their origin, or handled in its place. */
  ADOPTED_MESSAGES("Messages of dead nodes that were sent on"),
  /** More than one: the lease or the queue was lost to another. */
  INCARNATIONS("Memberships taken, the first one included"),
  /** The one way in which a socket gets a message twice. */
  LATE_ACKNOWLEDGEMENTS(
      "Batches acknowledged after this node learnt that its inbox was taken over: what they brought may arrive twice");

  private final String description;

  Counter(String description) {
    this.description = description;
  }

  /**
   * One line for people.
   *
   * @return the description
   */
  public String description() {
    return description;
  }
}
