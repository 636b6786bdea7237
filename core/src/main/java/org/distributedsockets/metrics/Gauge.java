package org.distributedsockets.metrics;

/** What can be read of a node at any time. */
public enum Gauge {
  CONNECTIONS("Open connections"),
  LANE_BYTES("Bytes waiting in lanes"),
  OUTBOX_BYTES("Bytes waiting in the outbox"),
  MEMBERS("Live nodes, this one included"),
  PENDING_SENDS("Sends without an outcome yet"),
  CACHED_ROUTES("Routes in the cache"),
  PENDING_REQUESTS("Requests without a reply yet"),
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
