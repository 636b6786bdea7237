package org.distributedsockets.testkit.containers;

import java.util.List;
import org.distributedsockets.testkit.ContractServer;

/**
 * The containers under test: the build names one or two of them in the property {@code containers}
 * and sees to it that no other is on the class path.
 */
final class Containers {
  private static final List<String> NAMES = List.of(System.getProperty("containers").split(","));

  private Containers() {}

  static ContractServer newFirst() {
    return newServer(NAMES.get(0));
  }

  static ContractServer newLast() {
    return newServer(NAMES.get(NAMES.size() - 1));
  }

  private static ContractServer newServer(String name) {
    return switch (name) {
      case "jetty-ee10" -> new JettyEe10();
      case "jetty-ee11" -> new JettyEe11();
      case "tomcat" -> new TomcatServer();
      default -> throw new IllegalArgumentException("unknown container: " + name);
    };
  }
}
