package org.distributedsockets.examples.war;

import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import org.distributedsockets.SocketNode;

/**
 * Drains the node when the application stops. A servlet, mapped to nothing, because containers
 * destroy servlets while sockets still live; Tomcat closes all sockets before it calls the
 * listeners of the application.
 */
final class DrainServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);

  private final transient SocketNode node;

  DrainServlet(SocketNode node) {
    this.node = node;
  }

  @Override
  public void destroy() {
    node.drain(DRAIN_LIMIT);
  }
}
