package org.distributedsockets.spi;

import org.jspecify.annotations.Nullable;

/** Somebody else consumes from the queue. */
public final class InboxHeldException extends BusException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param node whose queue
   * @param cause the driver's exception, or null
   */
  public InboxHeldException(String node, @Nullable Throwable cause) {
    super("the inbox of node " + node + " is held by a live consumer", true, cause);
  }
}
