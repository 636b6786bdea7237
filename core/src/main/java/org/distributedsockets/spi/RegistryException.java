package org.distributedsockets.spi;

import org.jspecify.annotations.Nullable;

/** The registry could not be asked. The message holds no secret. */
public final class RegistryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** See {@link #retryable()}. */
  private final boolean retryable;

  /**
   * Makes one.
   *
   * @param message what failed, without secrets
   * @param retryable whether the same call may succeed later with nothing changed but time
   * @param cause the driver's exception, or null
   */
  public RegistryException(String message, boolean retryable, @Nullable Throwable cause) {
    super(message, cause);
    this.retryable = retryable;
  }

  /**
   * Whether waiting may help.
   *
   * @return false for, say, a wrong password
   */
  public boolean retryable() {
    return retryable;
  }
}
