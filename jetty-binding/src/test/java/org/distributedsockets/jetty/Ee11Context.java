package org.distributedsockets.jetty;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.util.EnumSet;
import org.distributedsockets.SocketNode;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.Server;

/** The binding for Jakarta EE 11. */
final class Ee11Context implements EeContext {
  private final ServletContextHandler context = new ServletContextHandler("/");

  @Override
  public void install(Server server, SocketNode node, String path) {
    server.setHandler(context);
    JettyEe11Binding.install(context, node, path);
    JettyEe11Binding.drainOnStop(server, node, DRAIN_LIMIT);
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
