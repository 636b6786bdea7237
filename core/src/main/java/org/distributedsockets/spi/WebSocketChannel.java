package org.distributedsockets.spi;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way out to one client, as a container offers it. The library calls it from one thread at a
 * time and never starts a send or ping while another is under way.
 */
public interface WebSocketChannel {
  /**
   * Sends a text message. Must not block.
   *
   * @param text the message
   * @param done called exactly once, on any thread, possibly inside this call: with null when the
   *     container has written it, else with the failure, after which the client may have it or not;
   *     only a session that was closed meanwhile may leave it uncalled
   */
  void send(String text, Consumer<@Nullable Throwable> done);

  /**
   * Sends a ping. May block for as long as the container's own limit, so the library calls it from
   * an executor that may be held up.
   *
   * @throws java.io.IOException if the connection is gone
   */
  void ping() throws java.io.IOException;

  /**
   * Closes with a close frame, and without waiting for a stalled peer more than briefly.
   * Idempotent, throws nothing.
   *
   * @param code the close code
   * @param reason at most 123 bytes of UTF-8
   */
  void close(int code, String reason);

  /**
   * Whether the session is still open, for endpoints whose close event may never come.
   *
   * @return false once it is closed
   */
  boolean isOpen();
}
