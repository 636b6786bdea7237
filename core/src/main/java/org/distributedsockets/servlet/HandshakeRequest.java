package org.distributedsockets.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.distributedsockets.Handshake;

/**
 * Reads a WebSocket handshake from a request and checks its form (RFC 6455 section 4.2.1) before a
 * node is asked, so that nothing malformed is ever registered.
 */
final class HandshakeRequest {
  private static final int KEY_BYTES = 16;

  private final HttpServletRequest request;

  HandshakeRequest(HttpServletRequest request) {
    this.request = request;
  }

  boolean asksForUpgrade() {
    return hasToken("Upgrade", "websocket") && hasToken("Connection", "upgrade");
  }

  boolean hasKnownVersion() {
    return "13".equals(request.getHeader("Sec-WebSocket-Version"));
  }

  boolean hasValidKey() {
    List<String> keys = Collections.list(request.getHeaders("Sec-WebSocket-Key"));
    return keys.size() == 1 && isBase64Key(keys.get(0).trim());
  }

  /**
   * The request for the node.
   *
   * @throws IllegalArgumentException if the query string is malformed
   */
  Handshake handshake() {
    return new Handshake(
        serverOrigin(),
        path(),
        QueryParameters.decode(request.getQueryString()),
        headers(),
        request.getRemoteAddr());
  }

  private boolean hasToken(String header, String token) {
    return Collections.list(request.getHeaders(header)).stream()
        .flatMap(value -> Arrays.stream(value.split(",")))
        .anyMatch(value -> value.trim().equalsIgnoreCase(token));
  }

  private static boolean isBase64Key(String key) {
    try {
      return Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Scheme and Host as the container sees them: as sent, or as a proxy the container trusts has
   * forwarded them.
   */
  private String serverOrigin() {
    String scheme = request.getScheme();
    int port = request.getServerPort();
    String origin = scheme + "://" + bracketed(request.getServerName());
    return port == defaultPort(scheme) ? origin : origin + ":" + port;
  }

  private static String bracketed(String host) {
    return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  private static int defaultPort(String scheme) {
    return "https".equalsIgnoreCase(scheme) ? 443 : 80;
  }

  /**
   * As sent, so it holds no control characters; without path parameters, which may carry a session
   * id.
   */
  private String path() {
    return request.getRequestURI().replaceAll(";[^/]*", "");
  }

  private Map<String, List<String>> headers() {
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String name : Collections.list(request.getHeaderNames())) {
      headers.put(name, Collections.list(request.getHeaders(name)));
    }
    return headers;
  }
}
