package org.distributedsockets.metrics;

/** What a node times. */
public enum Timer {
  SEND("From acceptance of a message to its outcome"),
  CONFIRM("From publishing a batch to the bus's confirm"),
  PROBE("The way of a probe through the bus to the node itself"),
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
