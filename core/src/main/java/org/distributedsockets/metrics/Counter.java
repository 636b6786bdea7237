package org.distributedsockets.metrics;

/** What a node counts. */
public enum Counter {
  CONNECTIONS_OPENED("Connections that were opened"),
  CONNECTIONS_CLOSED("Connections that ended, for whatever reason"),
  HANDSHAKES_REFUSED("Handshakes answered with an error"),
  FRAMES_IN("Text frames that clients sent"),
  FRAMES_BAD("Frames of clients that could not be used"),
  FRAMES_OUT("Text frames written to sockets"),
  MESSAGES_ACCEPTED("Messages taken from clients and the application"),
  MESSAGES_DELIVERED("Sends that ended DELIVERED"),
  MESSAGES_ACCEPTED_UNANSWERED("Sends that ended ACCEPTED"),
  MESSAGES_OFFLINE("Sends that ended OFFLINE"),
  MESSAGES_REJECTED("Sends that ended REJECTED"),
  MESSAGES_UNAVAILABLE("Sends that ended UNAVAILABLE"),
  MESSAGES_EXPIRED("Sends that ended EXPIRED"),
  UNDELIVERABLE("Messages handed to the undeliverable hook"),
  BATCHES_OUT("Batches published to the bus, repetitions included"),
  BATCHES_REPEATED("Batches published again after a refusal or a lost connection"),
  BATCHES_UNROUTABLE("Batches the bus had no queue for"),
  BATCHES_IN("Batches that arrived from the bus"),
  BATCHES_DUPLICATE("Batches dropped because they had been seen"),
  BATCHES_BAD("Frames from the bus that were not batches of a known version"),
  RETURNS_OUT("Messages sent back to their origin"),
  RETURNS_IN("Messages that came back"),
  REROUTES("Messages sent again to other nodes"),
  LOOKUP_CALLS("Calls to the registry for look-ups"),
  LOOKUPS("Addresses looked up"),
  REGISTER_CALLS("Calls to the registry for registrations and removals"),
  REGISTRY_FAILURES("Calls to the registry that failed"),
  LANE_OVERFLOWS("Frames, messages and answers, that a lane had no room left for"),
  CLIENTS_TOO_SLOW("Connections closed because a send took too long or a lane was full"),
  CLIENTS_UNRESPONSIVE("Connections closed because a ping was not answered"),
  CLIENTS_EXPIRED("Connections closed because their credentials expired"),
  ADOPTIONS("Queues of dead nodes that were emptied"),
  ADOPTED_MESSAGES("Messages of dead nodes that were sent on"),
  INCARNATIONS("Memberships taken, the first one included"),
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
