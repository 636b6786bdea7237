package org.distributedsockets.spi;

import org.distributedsockets.Connection;

/**
 * Takes the events of one client's WebSocket session from a container. The first is {@code opened}
 * (or {@code closed}, if the upgrade failed), the last {@code closed}; the container calls one at a
 * time, except {@code closed}, which may come at any time, any number of times. None blocks on
 * another node or on a client; none throws.
 */
public interface ClientSession {
  /**
   * The connection these events are about.
   *
   * @return the connection
   */
  Connection connection();

  /**
   * The WebSocket subprotocol to answer the handshake with.
   *
   * @return its name, or empty for none
   */
  default String subprotocol() {
    return "";
  }

  /**
   * The handshake is complete.
   *
   * @param channel the way out to the client
   */
  void opened(WebSocketChannel channel);

  /**
   * A part of a text message arrived. The frame limit is kept here, so containers need no large
   * buffers: give parts as they come.
   *
   * @param part the part
   * @param last whether it ends the message
   */
  void text(String part, boolean last);

  /** A binary message arrived. Called once per message, at its last part. */
  void binary();

  /** A pong arrived. */
  void pong();

  /**
   * The session is gone: a close frame, an error, a failed upgrade. Idempotent.
   *
   * @param code the close code; 1006 if there was none
   */
  void closed(int code);
}
