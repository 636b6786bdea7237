package org.distributedsockets.examples.benchmarks.relay;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.nio.file.Files;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/** A relay on Tomcat. */
public final class TomcatRelay {
  private static final String MAX_CONNECTIONS = "1000000";

  private TomcatRelay() {}

  /**
   * Runs until it is killed.
   *
   * @param arguments the port
   * @throws Exception if it cannot start
   */
  public static void main(String[] arguments) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(Files.createTempDirectory("tomcat-relay").toString());
    Connector connector = new Connector();
    connector.setPort(Integer.parseInt(arguments[0]));
    connector.setProperty("address", "127.0.0.1");
    connector.setProperty("maxConnections", MAX_CONNECTIONS);
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    // A request reaches the WebSocket filter only if a servlet is there.
    Tomcat.addServlet(context, "default", "org.apache.catalina.servlets.DefaultServlet")
        .addMapping("/");
    context.addServletContainerInitializer(new WsSci(), null);
    context.addServletContainerInitializer((classes, servlets) -> addEndpoint(servlets), Set.of());
    tomcat.start();
    System.out.println("ready: " + connector.getLocalPort());
  }

  private static void addEndpoint(ServletContext context) throws ServletException {
    ServerContainer container =
        (ServerContainer) context.getAttribute(ServerContainer.class.getName());
    try {
      container.addEndpoint(RelayEndpoint.at("/ws", new Relay()));
    } catch (DeploymentException e) {
      throw new ServletException(e);
    }
  }
}
