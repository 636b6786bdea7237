package org.distributedsockets.testkit.containers;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.time.Duration;
import java.util.EnumSet;
import org.distributedsockets.SocketNode;
import org.distributedsockets.jetty.JettyEe11Binding;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;

/** Jetty with Jakarta EE 11. */
final class JettyEe11 extends JettyServer {
  private final ServletContextHandler context;

  JettyEe11() {
    this(new ServletContextHandler("/"));
  }

  private JettyEe11(ServletContextHandler context) {
    super(context);
    this.context = context;
  }

  @Override
  public void install(SocketNode node, String path, Duration drainLimit) {
    JettyEe11Binding.install(context, node, path);
    JettyEe11Binding.drainOnStop(server, node, drainLimit);
  }

  @Override
  public void addFilter(Filter filter) {
    context.addFilter(new FilterHolder(filter), "/*", EnumSet.of(DispatcherType.REQUEST));
  }

  @Override
  public void addEndpoint(Class<?> endpoint) {
    JakartaWebSocketServletContainerInitializer.configure(
        context, (servletContext, container) -> container.addEndpoint(endpoint));
  }
}
