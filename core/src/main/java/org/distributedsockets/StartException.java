package org.distributedsockets;

import org.jspecify.annotations.Nullable;

/**
 * A node could not join the cluster. The message is one line that says what is in the way, without
 * secrets.
 */
public final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message one line
   * @param cause the last failure, or null
   */
  public StartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
