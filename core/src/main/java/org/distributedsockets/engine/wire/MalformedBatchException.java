package org.distributedsockets.engine.wire;

/**
 * Bytes from the bus that are not a batch of a known version. The message says what was wrong, not
 * what they held.
 */
public final class MalformedBatchException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what was wrong
   */
  public MalformedBatchException(String message) {
    super(message);
  }
}
