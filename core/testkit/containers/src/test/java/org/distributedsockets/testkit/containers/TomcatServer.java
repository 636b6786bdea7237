package org.distributedsockets.testkit.containers;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.distributedsockets.SocketNode;
import org.distributedsockets.testkit.ContractServer;
import org.distributedsockets.tomcat.TomcatBinding;

/** Tomcat of the version on the class path. */
final class TomcatServer implements ContractServer {
  private final Tomcat tomcat = new Tomcat();
  private final Context context;

  TomcatServer() {
    try {
      tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    context = tomcat.addContext("", null);
    if (Boolean.getBoolean("smallBuffers")) {
      TomcatBinding.useSmallBuffers(context);
    }
  }

  @Override
  public void install(SocketNode node, String path, Duration drainLimit) {
    TomcatBinding.install(context, node, path);
    TomcatBinding.drainOnStop(tomcat.getServer(), node, drainLimit);
  }

  @Override
  public void addFilter(Filter filter) {
    initialize(
        servletContext ->
            servletContext
                .addFilter("first", filter)
                .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*"));
  }

  private void initialize(Consumer<ServletContext> step) {
    context.addServletContainerInitializer(
        (classes, servletContext) -> step.accept(servletContext), Set.of());
  }

  @Override
  public void addEndpoint(Class<?> endpoint) {
    initialize(
        servletContext -> {
          servletContext.addListener(new EndpointListener(endpoint));
          servletContext.addServlet("default", new DefaultServlet()).addMapping("/");
        });
  }

  /** Adds an endpoint once Tomcat's WebSocket container is there. */
  private record EndpointListener(Class<?> endpoint) implements ServletContextListener {
    @Override
    public void contextInitialized(ServletContextEvent event) {
      ServerContainer container =
          (ServerContainer) event.getServletContext().getAttribute(ServerContainer.class.getName());
      try {
        container.addEndpoint(endpoint);
      } catch (DeploymentException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void setIdleTimeout(Duration timeout) {
    String millis = String.valueOf(timeout.toMillis());
    tomcat.getConnector().setProperty("connectionTimeout", millis);
    tomcat.getConnector().setProperty("keepAliveTimeout", millis);
  }

  @Override
  public int start() throws Exception {
    tomcat.start();
    return tomcat.getConnector().getLocalPort();
  }

  @Override
  public void stop() throws Exception {
    if (tomcat.getServer().getState() == LifecycleState.STARTED) {
      tomcat.stop();
      tomcat.destroy();
    }
  }
}
