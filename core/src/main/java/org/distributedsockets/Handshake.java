package org.distributedsockets;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A WebSocket handshake request (RFC 6455 section 4.2.1) as a container saw it. Immutable. Its text
 * form leaves out everything that may hold a secret.
 */
public final class Handshake {
  private final String path;
  private final Map<String, List<String>> query;
  private final Map<String, List<String>> headers;
  private final String origin;
  private final String remoteAddress;

  /**
   * Makes one.
   *
   * @param serverOrigin what the client reached, as an origin: scheme, host and port if it is not
   *     the scheme's default, such as {@code http://localhost:8080}
   * @param path the request's path
   * @param query its decoded query parameters
   * @param headers its headers, looked up whatever their case
   * @param remoteAddress the client's address as the container sees it
   */
  public Handshake(
      String serverOrigin,
      String path,
      Map<String, List<String>> query,
      Map<String, List<String>> headers,
      String remoteAddress) {
    this.origin = Objects.requireNonNull(serverOrigin, "serverOrigin").toLowerCase(Locale.ROOT);
    this.path = Objects.requireNonNull(path, "path");
    this.query = copy(query, new TreeMap<>());
    this.headers = copy(headers, new TreeMap<>(String.CASE_INSENSITIVE_ORDER));
    this.remoteAddress = Objects.requireNonNull(remoteAddress, "remoteAddress");
  }

  private static Map<String, List<String>> copy(
      Map<String, List<String>> from, Map<String, List<String>> to) {
    from.forEach((name, values) -> to.put(name, List.copyOf(values)));
    return to;
  }

  /**
   * What the client reached.
   *
   * @return an origin in lower case
   */
  public String serverOrigin() {
    return origin;
  }

  /**
   * The request's path.
   *
   * @return the path
   */
  public String path() {
    return path;
  }

  /**
   * A query parameter.
   *
   * @param name its name
   * @return all its decoded values; empty if there is none
   */
  public List<String> query(String name) {
    return query.getOrDefault(name, List.of());
  }

  /**
   * A header.
   *
   * @param name its name in any case
   * @return the first value
   */
  public Optional<String> header(String name) {
    return headers(name).stream().findFirst();
  }

  /**
   * All values of a header.
   *
   * @param name its name in any case
   * @return the values; empty if there is none
   */
  public List<String> headers(String name) {
    return headers.getOrDefault(name, List.of());
  }

  /**
   * The subprotocols that the client offers (RFC 6455 section 11.3.4). A client in a browser has no
   * other header of its own, so one of them may hold its token.
   *
   * @return the names in the client's order; empty if it offers none
   */
  public List<String> subprotocols() {
    return headers("Sec-WebSocket-Protocol").stream()
        .flatMap(value -> Arrays.stream(value.split(",")))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /**
   * The client's address as the container sees it.
   *
   * @return the address
   */
  public String remoteAddress() {
    return remoteAddress;
  }

  @Override
  public String toString() {
    return "Handshake[" + origin + path + " from " + remoteAddress + "]";
  }
}
