package org.distributedsockets.examples.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.distributedsockets.DevelopmentQueryParameterAuthenticator;
import org.distributedsockets.Health;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.StartException;
import org.distributedsockets.UndeliverableHook;
import org.distributedsockets.examples.chat.TextServlet.Text;
import org.distributedsockets.metrics.PrometheusMetrics;

/** One node of the cluster, and the web server its clients connect to. */
final class ChatServer {
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;

  private final SocketNode node;
  private final PrometheusMetrics metrics;
  private final Optional<String> peer;
  private final int port;
  private final WebServer server;

  /**
   * Makes one that does not serve yet.
   *
   * @param settings the node's settings, its id among them
   * @param host the address to listen on; empty for all
   * @param port the port to listen on
   * @param peer host and port of another node for the page to show, if one is known
   * @param undeliverable gets what found nobody
   * @param container makes the web server
   */
  ChatServer(
      Settings settings,
      String host,
      int port,
      Optional<String> peer,
      UndeliverableHook undeliverable,
      WebServer.Factory container) {
    this.port = port;
    this.peer = peer;
    this.metrics = new PrometheusMetrics(settings.get(NodeSettings.NODE_ID).orElseThrow());
    this.node =
        SocketNode.builder()
            .settings(settings)
            .authenticator(new DevelopmentQueryParameterAuthenticator("user_id"))
            .undeliverableHook(undeliverable)
            .metrics(metrics)
            .build();
    this.server =
        container.create(
            new WebSite(
                host,
                port,
                node,
                DRAIN_LIMIT,
                new ResponseHeaders(Set.copyOf(settings.get(NodeSettings.ALLOWED_ORIGINS))),
                servlets()));
  }

  private Map<String, HttpServlet> servlets() {
    return Map.of(
        "",
        new PageServlet("index.html", "text/html; charset=utf-8"),
        "/app.js",
        new PageServlet("app.js", "text/javascript; charset=utf-8"),
        "/style.css",
        new PageServlet("style.css", "text/css; charset=utf-8"),
        "/config.json",
        new TextServlet(this::config),
        "/ping",
        new TextServlet(ChatServer::pong),
        "/health",
        new TextServlet(this::health),
        "/metrics",
        new TextServlet(() -> new Text(OK, PrometheusMetrics.CONTENT_TYPE, metrics.text())));
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
      server.open();
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
    node.close();
  }
}
