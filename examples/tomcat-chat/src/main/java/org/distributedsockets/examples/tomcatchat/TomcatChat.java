package org.distributedsockets.examples.tomcatchat;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.distributedsockets.examples.chat.Chat;

/** The chat server on Tomcat. */
public final class TomcatChat {
  /** Held here, because a logger that nobody holds forgets its level. */
  private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

  private TomcatChat() {}

  /**
   * Runs until it is told to stop.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) {
    TOMCAT_LOG.setLevel(Level.OFF);
    Chat.run(TomcatServer::new);
  }
}
