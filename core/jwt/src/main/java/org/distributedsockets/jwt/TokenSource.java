package org.distributedsockets.jwt;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.distributedsockets.Handshake;

/**
 * Where a handshake holds a token. There is none for the query string on purpose: URLs stand in the
 * logs of servers and proxies. Implementations are thread-safe and do not block.
 */
@FunctionalInterface
public interface TokenSource {
  /**
   * Looks for tokens.
   *
   * @param handshake the request
   * @return all tokens found; empty if there is none
   */
  List<String> find(Handshake handshake);

  /**
   * The header {@code Authorization: Bearer TOKEN} (RFC 6750 section 2.1). Browsers cannot send it
   * with a WebSocket.
   *
   * @return the source
   */
  static TokenSource authorizationHeader() {
    String scheme = "Bearer ";
    return handshake ->
        handshake.headers("Authorization").stream()
            .map(String::strip)
            .filter(value -> value.regionMatches(true, 0, scheme, 0, scheme.length()))
            .map(value -> value.substring(scheme.length()).strip())
            .toList();
  }

  /**
   * A cookie (RFC 6265 section 4.2), which should be {@code HttpOnly}, {@code Secure} and {@code
   * SameSite}. Whichever page opens the WebSocket, a browser sends it along: what keeps foreign
   * pages out is the rule for origins.
   *
   * @param name its name, compared as is
   * @return the source
   */
  static TokenSource cookie(String name) {
    String start = Objects.requireNonNull(name, "name") + "=";
    return handshake ->
        handshake.headers("Cookie").stream()
            .flatMap(value -> Arrays.stream(value.split(";")))
            .map(String::strip)
            .filter(pair -> pair.startsWith(start))
            .map(pair -> unquoted(pair.substring(start.length())))
            .toList();
  }

  /**
   * A subprotocol that the client offers beside a real one, the only header a page can set:
   *
   * <pre>{@code new WebSocket(url, ["chat", "bearer." + token])}</pre>
   *
   * <p>The real one must stand in {@code handshake.subprotocols}: it is what the node answers with,
   * never the token, and without an answer a browser ends the connection.
   *
   * @param prefix what stands before the token, such as {@code bearer.}
   * @return the source
   * @throws IllegalArgumentException if the prefix is empty
   */
  static TokenSource subprotocol(String prefix) {
    if (prefix.isEmpty()) {
      throw new IllegalArgumentException("prefix required");
    }
    return handshake ->
        handshake.subprotocols().stream()
            .filter(name -> name.startsWith(prefix))
            .map(name -> name.substring(prefix.length()))
            .toList();
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }
}
