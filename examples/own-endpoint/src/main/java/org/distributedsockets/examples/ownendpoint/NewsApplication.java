package org.distributedsockets.examples.ownendpoint;

import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsContextListener;
import org.distributedsockets.Authenticator;
import org.distributedsockets.SocketNode;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.tomcat.TomcatBinding;

/** An application on embedded Tomcat that had its endpoint before it had the library. */
public final class NewsApplication implements AutoCloseable {
  private final Tomcat tomcat = new Tomcat();
  private final SocketNode node = openNode();

  private NewsApplication() {}

  /**
   * Runs until it is told to stop.
   *
   * @param arguments none
   * @throws Exception if it does not start
   */
  public static void main(String[] arguments) throws Exception {
    start("0.0.0.0", 8080, Path.of("target", "tomcat")).tomcat.getServer().await();
  }

  static NewsApplication start(String host, int port, Path folder) throws Exception {
    NewsApplication application = new NewsApplication();
    application.run(host, port, folder);
    return application;
  }

  private void run(String host, int port, Path folder) throws LifecycleException {
    tomcat.setBaseDir(folder.toString());
    tomcat.setPort(port);
    tomcat.getConnector().setProperty("address", host);
    Context context = tomcat.addContext("", null);
    context.addApplicationListener(WsContextListener.class.getName());
    context.addServletContainerInitializer(
        (classes, servlets) -> {
          servlets.addServlet("default", new DefaultServlet()).addMapping("/");
          servlets.addListener(new AddEndpoint(node));
        },
        Set.of());
    TomcatBinding.drainOnStop(tomcat.getServer(), node, Duration.ofSeconds(10));
    tomcat.start();
  }

  private static SocketNode openNode() {
    SocketNode node =
        SocketNode.builder()
            .registry(new MemoryConnectionRegistryProvider())
            .bus(new MemoryMessageBusProvider())
            .authenticator(
                handshake -> Authenticator.refuse("this application has its own endpoint"))
            .build();
    node.start();
    return node;
  }

  private record AddEndpoint(SocketNode node) implements ServletContextListener {
    @Override
    public void contextInitialized(ServletContextEvent event) {
      ServerContainer container =
          (ServerContainer) event.getServletContext().getAttribute(ServerContainer.class.getName());
      ServerEndpointConfig endpoint =
          ServerEndpointConfig.Builder.create(NewsEndpoint.class, "/news/{user}")
              .configurator(new WithNode(node))
              .build();
      try {
        container.addEndpoint(endpoint);
      } catch (DeploymentException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static final class WithNode extends ServerEndpointConfig.Configurator {
    private final SocketNode node;

    WithNode(SocketNode node) {
      this.node = node;
    }

    @Override
    public <T> T getEndpointInstance(Class<T> endpointClass) {
      return endpointClass.cast(new NewsEndpoint(node));
    }
  }

  int port() {
    return tomcat.getConnector().getLocalPort();
  }

  SocketNode node() {
    return node;
  }

  @Override
  public void close() {
    try {
      if (tomcat.getServer().getState() == LifecycleState.STARTED) {
        tomcat.stop();
        tomcat.destroy();
      }
    } catch (LifecycleException e) {
      throw new IllegalStateException("Tomcat did not stop", e);
    }
  }
}
