package org.distributedsockets.testkit.containers;

import java.time.Duration;
import org.distributedsockets.testkit.ContractServer;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A Jetty server; its servlet context belongs to one generation of Jakarta EE. */
abstract class JettyServer implements ContractServer {
  final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);

  JettyServer(Handler context) {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(context);
  }

  @Override
  public void setIdleTimeout(Duration timeout) {
    connector.setIdleTimeout(timeout.toMillis());
  }

  @Override
  public int start() throws Exception {
    server.start();
    return connector.getLocalPort();
  }

  @Override
  public void stop() throws Exception {
    server.stop();
  }
}
