package org.distributedsockets.examples.benchmarks.relay;

import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A relay on Jetty. */
public final class JettyRelay {
  private JettyRelay() {}

  /**
   * Runs until it is killed.
   *
   * @param arguments the port
   * @throws Exception if it cannot start
   */
  public static void main(String[] arguments) throws Exception {
    Server server = start(Integer.parseInt(arguments[0]), new Relay());
    System.out.println("ready: " + server.getURI());
  }

  static Server start(int port, Relay relay) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    JakartaWebSocketServletContainerInitializer.configure(
        context,
        (servletContext, container) -> {
          container.setDefaultMaxSessionIdleTimeout(0);
          container.addEndpoint(RelayEndpoint.at("/ws", relay));
        });
    server.setHandler(context);
    server.start();
    return server;
  }
}
