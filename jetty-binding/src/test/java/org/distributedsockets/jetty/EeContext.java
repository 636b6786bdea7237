package org.distributedsockets.jetty;

import jakarta.servlet.Filter;
import java.time.Duration;
import org.distributedsockets.SocketNode;
import org.eclipse.jetty.server.Server;

/**
 * A servlet context of the one generation of Jakarta EE on the class path; the build runs every
 * test on both.
 */
interface EeContext {
  Duration DRAIN_LIMIT = Duration.ofSeconds(7);

  void install(Server server, SocketNode node, String path);

  void addFilter(Filter filter);

  void addEndpoint(Class<?> endpoint);

  static EeContext create() {
    return isPresent("org.eclipse.jetty.ee10.servlet.ServletContextHandler")
        ? new Ee10Context()
        : new Ee11Context();
  }

  private static boolean isPresent(String className) {
    return EeContext.class.getClassLoader().getResource(className.replace('.', '/') + ".class")
        != null;
  }
}
