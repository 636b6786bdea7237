package org.distributedsockets.examples.war;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.annotation.WebListener;
import java.util.Optional;
import org.distributedsockets.DevelopmentQueryParameterAuthenticator;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.servlet.SocketServlet;

/** Starts a node with the application. Its id tells apart the applications of one Tomcat. */
@WebListener
public final class SocketsListener implements ServletContextListener {

  /** Made by the container. */
  public SocketsListener() {}

  @Override
  public void contextInitialized(ServletContextEvent event) {
    ServletContext context = event.getServletContext();
    SocketNode node =
        SocketNode.builder()
            .settings(
                Settings.builder()
                    .set(
                        NodeSettings.NODE_ID,
                        Optional.of("n1" + context.getContextPath().replace('/', '-')))
                    .build())
            .registry(new MemoryConnectionRegistryProvider())
            .bus(new MemoryMessageBusProvider())
            .authenticator(new DevelopmentQueryParameterAuthenticator("user_id"))
            .build();
    node.start();

    context.addServlet("sockets", new SocketServlet(node)).addMapping("/ws");
    context.addServlet("drain", new DrainServlet(node)).setLoadOnStartup(0);
    context.addServlet("orders", new OrderServlet(node)).addMapping("/orders/*");
  }
}
