package org.distributedsockets.examples.jettychat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.distributedsockets.DevelopmentQueryParameterAuthenticator;
import org.distributedsockets.Health;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.StartException;
import org.distributedsockets.examples.jettychat.TextServlet.Text;
import org.distributedsockets.jetty.JettyBinding;
import org.distributedsockets.metrics.PrometheusMetrics;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** One node of the cluster, and the web server its clients connect to. */
final class ChatServer {
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;

  private final SocketNode node;
  private final PrometheusMetrics metrics;
  private final Optional<String> peer;
  private final int port;
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server, http());

  /**
   * Makes one that does not serve yet.
   *
   * @param settings the node's settings, its id among them
   * @param host the address to listen on; empty for all
   * @param port the port to listen on
   * @param peer host and port of another node for the page to show, if one is known
   */
  ChatServer(Settings settings, String host, int port, Optional<String> peer) {
    this.port = port;
    this.peer = peer;
    this.metrics = new PrometheusMetrics(settings.get(NodeSettings.NODE_ID).orElseThrow());
    this.node =
        SocketNode.builder()
            .settings(settings)
            .authenticator(new DevelopmentQueryParameterAuthenticator("user_id"))
            .metrics(metrics)
            .build();
    connector.setHost(host.isEmpty() ? null : host);
    connector.setPort(port);
    server.addConnector(connector);
    server.setHandler(context(Set.copyOf(settings.get(NodeSettings.ALLOWED_ORIGINS))));
    JettyBinding.drainOnStop(server, node, DRAIN_LIMIT);
  }

  private static HttpConnectionFactory http() {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    return new HttpConnectionFactory(configuration);
  }

  private ServletContextHandler context(Set<String> allowedOrigins) {
    ServletContextHandler context = new ServletContextHandler("/");
    context.addFilter(
        new FilterHolder(new ResponseHeaders(allowedOrigins)),
        "/*",
        EnumSet.of(DispatcherType.REQUEST));
    JettyBinding.install(context, node, "/ws");
    add(context, "", new PageServlet("index.html", "text/html; charset=utf-8"));
    add(context, "/app.js", new PageServlet("app.js", "text/javascript; charset=utf-8"));
    add(context, "/style.css", new PageServlet("style.css", "text/css; charset=utf-8"));
    add(context, "/config.json", new TextServlet(this::config));
    add(context, "/ping", new TextServlet(ChatServer::pong));
    add(context, "/health", new TextServlet(this::health));
    add(
        context,
        "/metrics",
        new TextServlet(() -> new Text(OK, PrometheusMetrics.CONTENT_TYPE, metrics.text())));
    return context;
  }

  private static void add(ServletContextHandler context, String path, HttpServlet servlet) {
    context.addServlet(new ServletHolder(servlet), path);
  }

  private Text config() {
    JsonObject config = new JsonObject();
    config.addProperty("node", node.id());
    peer.ifPresent(address -> config.addProperty("peer", address));
    return Text.json(OK, config);
  }

  private static Text pong() {
    JsonObject pong = new JsonObject();
    pong.addProperty("message", "pong");
    return Text.json(OK, pong);
  }

  private Text health() {
    Health health = node.health();
    JsonArray reasons = new JsonArray();
    health.reasons().forEach(reasons::add);
    JsonObject body = new JsonObject();
    body.addProperty("status", health.status().name());
    body.addProperty("node", health.node());
    body.add("reasons", reasons);
    return Text.json(health.serving() ? OK : UNAVAILABLE, body);
  }

  /**
   * Takes the port, joins the cluster and serves, in this order, so that nothing is announced that
   * cannot be reached.
   *
   * @throws StartException with one line that says what is in the way
   */
  void start() {
    takePort();
    node.start();
    try {
      server.start();
    } catch (Exception e) {
      throw new StartException("the web server does not start: " + e.getMessage(), e);
    }
  }

  private void takePort() {
    try {
      connector.open();
    } catch (IOException e) {
      throw new StartException("PORT: cannot listen on port " + port + ", is it in use?", e);
    }
  }

  /** Where a browser on this machine finds it. */
  String url() {
    return "http://localhost:" + port + "/";
  }

  String nodeId() {
    return node.id();
  }

  /** Drains the node, then stops the web server. Works in any state. */
  void stop() throws Exception {
    server.stop();
    connector.close();
    node.close();
  }
}
