package org.distributedsockets;

/** A watch over users or over a group; see {@link SocketNode#watch}. Thread-safe. */
public interface PresenceWatch extends AutoCloseable {
  /** Ends the watch; a call of the listener may be under way. Idempotent; does not block. */
  @Override
  void close();
}
