package org.distributedsockets.testkit;

import jakarta.servlet.Filter;
import java.time.Duration;
import org.distributedsockets.SocketNode;

/**
 * A web server of the container under test, with one servlet context at its root. Used by one
 * thread at a time; everything but {@link #start} and {@link #stop} is called before the start.
 */
public interface ContractServer {

  /**
   * Lets the binding install a node, and drain it when the server stops.
   *
   * @param node the node
   * @param path where clients connect
   * @param drainLimit the longest the node may take to drain
   */
  void install(SocketNode node, String path, Duration drainLimit);

  /**
   * Adds a filter of the application before everything.
   *
   * @param filter the filter
   */
  void addFilter(Filter filter);

  /**
   * Adds an endpoint of the application.
   *
   * @param endpoint a class with {@code @ServerEndpoint}
   */
  void addEndpoint(Class<?> endpoint);

  /**
   * Sets how long the container keeps HTTP connections on which nothing happens.
   *
   * @param timeout how long
   */
  void setIdleTimeout(Duration timeout);

  /**
   * Serves on a free port of 127.0.0.1.
   *
   * @return the port
   * @throws Exception if it does not start
   */
  int start() throws Exception;

  /**
   * Stops as the container's users stop it. Idempotent.
   *
   * @throws Exception if it does not stop in good order
   */
  void stop() throws Exception;
}
