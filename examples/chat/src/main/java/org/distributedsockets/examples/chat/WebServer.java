package org.distributedsockets.examples.chat;

import java.io.IOException;

/**
 * The part of a chat server that depends on the web container: this is all that an example adds.
 * Used by one thread at a time.
 */
public interface WebServer {

  /** Makes the web server of a container. */
  @FunctionalInterface
  interface Factory {
    /**
     * Makes one that does not listen yet.
     *
     * @param site what it serves, and where
     * @return the web server
     */
    WebServer create(WebSite site);
  }

  /**
   * Takes the port.
   *
   * @throws IOException if it cannot be had
   */
  void open() throws IOException;

  /**
   * Serves.
   *
   * @throws Exception if the container does not start
   */
  void start() throws Exception;

  /**
   * Drains the node, then stops serving and gives the port back. Works in any state.
   *
   * @throws Exception if the container does not stop in good order
   */
  void stop() throws Exception;
}
