package org.distributedsockets.examples.tomcatchat;

import java.nio.file.Path;
import org.distributedsockets.examples.chat.testkit.ChatCluster;
import org.distributedsockets.testkit.ClientScenarios;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node on Tomcat and a node on Jetty, joined by a real Redis and a real RabbitMQ. */
class MixedClusterIT extends ClientScenarios {
  @RegisterExtension
  static ChatCluster cluster = ChatCluster.of("tomcat").and("jetty", Path.of("..", "jetty-chat"));

  @Override
  protected int port() {
    return cluster.port("tomcat");
  }

  @Override
  protected int peerPort() {
    return cluster.port("jetty");
  }

  @Override
  protected String allowedOrigin() {
    return "http://localhost:" + peerPort();
  }
}
