package org.distributedsockets.metrics;

/** What can be read of a node at any time. */
public enum Gauge {
  /** Those of this node, in their handshake or open. */
  CONNECTIONS("Open connections"),
  /** Bytes of UTF-8, what is being sent included. */
  LANE_BYTES("Bytes waiting in lanes"),
  /** Bytes of UTF-8, what the bus has not confirmed included. */
  OUTBOX_BYTES("Bytes waiting in the outbox"),
  /** The nodes that this one believes to be alive. */
  MEMBERS("Live nodes, this one included"),
  /** Messages that this node still answers for. */
  PENDING_SENDS("Sends without an outcome yet"),
  /** Requests whose reply may still come. */
  PENDING_REQUESTS("Requests without a reply yet"),
  /** Each once, however many watch it. */
  WATCHED("Users and groups watched here");

  private final String description;

  Gauge(String description) {
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
