package org.distributedsockets.jetty;

import jakarta.websocket.Session;
import java.time.Duration;
import org.distributedsockets.SocketNode;
import org.distributedsockets.servlet.JakartaChannel;
import org.distributedsockets.servlet.SocketServlet;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.ee11.websocket.jakarta.common.JakartaWebSocketSession;
import org.eclipse.jetty.ee11.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.Server;

/**
 * Installs a node in a Jetty 12.1 server with Jakarta EE 11. For EE 10 see {@link JettyBinding}.
 *
 * <pre>{@code
 * JettyEe11Binding.install(context, node, "/ws");
 * JettyEe11Binding.drainOnStop(server, node, Duration.ofSeconds(20));
 * }</pre>
 */
public final class JettyEe11Binding {
  private JettyEe11Binding() {}

  /**
   * Lets clients connect to a node at a path. The filters of the context run before it, as for any
   * servlet. Other WebSocket endpoints of the context, and what is configured for them, stay as
   * they are.
   *
   * @param context a context that was not started yet
   * @param node admits the clients; it may be started later, and until then answers 503
   * @param path the servlet path, such as {@code /ws}
   * @throws IllegalStateException if the context was started
   */
  public static void install(ServletContextHandler context, SocketNode node, String path) {
    JakartaWebSocketServletContainerInitializer.configure(context, null);
    ServletHolder holder = new ServletHolder(new SocketServlet(node, JettyEe11Binding::channel));
    holder.setInitOrder(0);
    context.addServlet(holder, path);
  }

  private static JakartaChannel channel(Session session) {
    JakartaWebSocketSession jetty = (JakartaWebSocketSession) session;
    return new JettyChannel(session, jetty.getCoreSession(), ended -> jetty.abort());
  }

  /**
   * Drains a node when its server stops, before the server lets go of anything, so that clients are
   * told and what waits for them goes back to its senders.
   *
   * @param server the server
   * @param node the node
   * @param limit the longest it may take
   */
  public static void drainOnStop(Server server, SocketNode node, Duration limit) {
    server.addEventListener(new DrainOnStop(node, limit));
  }
}
