package org.distributedsockets.examples.chat;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.time.Duration;
import java.util.Map;
import org.distributedsockets.SocketNode;

/**
 * What a web server serves, and where.
 *
 * @param host the address to listen on; empty for all
 * @param port the port to listen on
 * @param node lets clients connect at {@link #SOCKETS}
 * @param drainLimit the longest the node may take to drain when the server stops
 * @param filter runs before everything
 * @param servlets everything but the sockets, by path
 */
public record WebSite(
    String host,
    int port,
    SocketNode node,
    Duration drainLimit,
    Filter filter,
    Map<String, HttpServlet> servlets) {

  /** The path of the sockets. */
  public static final String SOCKETS = "/ws";
}
