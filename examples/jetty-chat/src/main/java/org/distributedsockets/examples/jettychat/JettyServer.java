package org.distributedsockets.examples.jettychat;

import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.util.EnumSet;
import org.distributedsockets.examples.chat.WebServer;
import org.distributedsockets.examples.chat.WebSite;
import org.distributedsockets.jetty.JettyBinding;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The chat's web server on Jetty. */
final class JettyServer implements WebServer {
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server, http());

  JettyServer(WebSite site) {
    connector.setHost(site.host().isEmpty() ? null : site.host());
    connector.setPort(site.port());
    server.addConnector(connector);
    server.setHandler(context(site));
    JettyBinding.drainOnStop(server, site.node(), site.drainLimit());
  }

  private static HttpConnectionFactory http() {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    return new HttpConnectionFactory(configuration);
  }

  private static ServletContextHandler context(WebSite site) {
    ServletContextHandler context = new ServletContextHandler("/");
    context.addFilter(new FilterHolder(site.filter()), "/*", EnumSet.of(DispatcherType.REQUEST));
    JettyBinding.install(context, site.node(), WebSite.SOCKETS);
    site.servlets()
        .forEach((path, servlet) -> context.addServlet(new ServletHolder(servlet), path));
    return context;
  }

  @Override
  public void open() throws IOException {
    connector.open();
  }

  @Override
  public void start() throws Exception {
    server.start();
  }

  @Override
  public void stop() throws Exception {
    server.stop();
    connector.close();
  }
}
