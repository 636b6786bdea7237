package org.distributedsockets.examples.jettychat;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.distributedsockets.examples.chat.Chat;

/** The chat server on Jetty. */
public final class JettyChat {
  /** Held here, because a logger that nobody holds forgets its level. */
  private static final Logger JETTY_LOG = Logger.getLogger("org.eclipse.jetty");

  private JettyChat() {}

  /**
   * Runs until it is told to stop.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) {
    JETTY_LOG.setLevel(Level.WARNING);
    Chat.run(JettyServer::new);
  }
}
