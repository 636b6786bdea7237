package org.distributedsockets.metrics;

/** What a node times. */
public enum Timer {
  /** Whatever the outcome. */
  SEND("From acceptance of a message to its outcome"),
  /** The round trip to the bus, and what it takes to make a batch durable. */
  CONFIRM("From publishing a batch to the bus's confirm"),
  /** Through publishing, the queue and the consumer: what every message of another node passes. */
  PROBE("The way of a probe through the bus to the node itself"),
  /** Look-ups, registrations and removals. */
  REGISTRY_CALL("A call to the registry");

  private final String description;

  Timer(String description) {
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
