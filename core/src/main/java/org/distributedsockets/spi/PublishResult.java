package org.distributedsockets.spi;

/** What became of one published frame. */
public enum PublishResult {
  /** The bus holds it durably in the target's queue. */
  CONFIRMED,
  /** The bus has no queue bound for the target; it holds nothing. */
  UNROUTABLE,
  /**
   * Certainly not taken (the bus is away, or the queue is full); the same frame may be tried again.
   */
  REFUSED,
  /** The connection was lost before an answer: taken or not. */
  UNKNOWN
}
