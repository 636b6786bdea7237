package org.distributedsockets.examples.embedded;

import java.time.Duration;
import org.distributedsockets.DevelopmentQueryParameterAuthenticator;
import org.distributedsockets.SocketNode;
import org.distributedsockets.jetty.JettyBinding;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * A plain Jetty application whose users learn at once, wherever they are connected, that their
 * order is ready.
 */
public final class OrdersApplication implements AutoCloseable {
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);

  private OrdersApplication() {}

  /**
   * Runs until it is told to stop.
   *
   * @param arguments none
   * @throws Exception if it does not start
   */
  public static void main(String[] arguments) throws Exception {
    OrdersApplication application = start("0.0.0.0", 8080);
    application.server.setStopAtShutdown(true);
    application.server.join();
  }

  static OrdersApplication start(String host, int port) throws Exception {
    OrdersApplication application = new OrdersApplication();
    application.run(host, port);
    return application;
  }

  private void run(String host, int port) throws Exception {
    connector.setHost(host);
    connector.setPort(port);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    server.setHandler(context);

    SocketNode node = openNode();
    JettyBinding.install(context, node, "/ws");
    JettyBinding.drainOnStop(server, node, Duration.ofSeconds(10));

    context.addServlet(new ServletHolder(new OrderServlet(node)), "/orders/*");
    try {
      server.start();
    } catch (Exception e) {
      // The node is a member of the cluster already: it leaves.
      node.close();
      server.stop();
      throw e;
    }
  }

  /**
   * One process needs no backends. With Redis and RabbitMQ the two lines that name them go, and any
   * number may run.
   */
  private static SocketNode openNode() {
    SocketNode node =
        SocketNode.builder()
            .registry(new MemoryConnectionRegistryProvider())
            .bus(new MemoryMessageBusProvider())
            .authenticator(new DevelopmentQueryParameterAuthenticator("user_id"))
            .build();
    node.start();
    return node;
  }

  int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the server did not stop", e);
    }
  }
}
