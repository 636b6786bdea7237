package org.distributedsockets.testkit.containers;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.time.Duration;
import java.util.EnumSet;
import org.distributedsockets.SocketNode;
import org.distributedsockets.jetty.JettyBinding;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;

/** Jetty with Jakarta EE 10. */
final class JettyEe10 extends JettyServer {
  private final ServletContextHandler context;

  JettyEe10() {
    this(new ServletContextHandler("/"));
  }

  private JettyEe10(ServletContextHandler context) {
    super(context);
    this.context = context;
  }

  @Override
  public void install(SocketNode node, String path, Duration drainLimit) {
    JettyBinding.install(context, node, path);
    JettyBinding.drainOnStop(server, node, drainLimit);
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
