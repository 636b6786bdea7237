package org.distributedsockets;

import org.jspecify.annotations.Nullable;

/**
 * Told of what went wrong where nobody waits for an answer. Must not throw, must not block; may be
 * called on any thread.
 */
@FunctionalInterface
public interface ErrorListener {
  /**
   * Something failed in the background.
   *
   * @param what one line for a log, without secrets
   * @param cause the failure, or null if the line says it all
   */
  void onError(String what, @Nullable Throwable cause);
}
