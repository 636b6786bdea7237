package org.distributedsockets.engine;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.Handshake;

/**
 * Decides whether the page a handshake comes from may connect, which the browser's same-origin
 * policy leaves to the server (RFC 6455 section 10.2). A client that sends no {@code Origin} is not
 * a browser and may; else the origin must be the server's own or stand in the allow-list. Origins
 * are compared whole: scheme, host and port, in any case, the default ports of http and https being
 * the same as none. Immutable.
 */
public final class OriginRule {
  private static final String EVERY_ORIGIN = "*";

  /** What a browser sends for a page whose origin it does not tell, such as a sandboxed frame. */
  private static final String OPAQUE_ORIGIN = "null";

  /** RFC 6454 section 6.2; ASCII only, so that no other letter turns into one in lower case. */
  private static final Pattern ORIGIN =
      Pattern.compile(
          "([a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\\[[0-9a-f:.]+])(?::([1-9][0-9]{0,4}))?",
          Pattern.CASE_INSENSITIVE);

  private static final int MAX_PORT = 65_535;
  private static final Map<String, String> DEFAULT_PORTS = Map.of("http", "80", "https", "443");

  private final boolean allowsEvery;
  private final Set<String> allowed;

  /**
   * Makes one.
   *
   * @param allowed origins besides the server's own, such as {@code https://example.org} or {@code
   *     http://localhost:8080}; {@code null}, the word, for pages without an origin; or {@code *}
   *     alone, which turns the check off
   * @throws IllegalArgumentException if an entry is not an origin, or {@code *} is not alone
   */
  public OriginRule(Collection<String> allowed) {
    this.allowsEvery = allowed.contains(EVERY_ORIGIN);
    if (allowsEvery && allowed.size() > 1) {
      throw new IllegalArgumentException("allowed origin \"*\" must stand alone");
    }
    this.allowed = allowsEvery ? Set.of() : normalisedEntries(allowed);
  }

  private static Set<String> normalisedEntries(Collection<String> entries) {
    Set<String> origins = new HashSet<>();
    for (String entry : entries) {
      origins.add(normalised(entry).orElseThrow(() -> notAnOrigin(entry)));
    }
    return Set.copyOf(origins);
  }

  private static IllegalArgumentException notAnOrigin(String entry) {
    return new IllegalArgumentException(
        "not an origin (scheme://host or scheme://host:port): \"" + entry + "\"");
  }

  /**
   * Decides.
   *
   * @param handshake the request
   * @return whether it may go on; false if it has several origins, or one that is not well formed
   */
  public boolean allows(Handshake handshake) {
    List<String> origins = handshake.headers("Origin");
    if (origins.isEmpty() || allowsEvery) {
      return true;
    }
    return origins.size() == 1
        && normalised(origins.get(0))
            .filter(origin -> allowed.contains(origin) || isOwn(origin, handshake))
            .isPresent();
  }

  private static boolean isOwn(String origin, Handshake handshake) {
    return !origin.equals(OPAQUE_ORIGIN)
        && normalised(handshake.serverOrigin()).filter(origin::equals).isPresent();
  }

  /** The one form of all texts that mean an origin; empty if the text means none. */
  private static Optional<String> normalised(String text) {
    if (text.equals(OPAQUE_ORIGIN)) {
      return Optional.of(OPAQUE_ORIGIN);
    }
    Matcher origin = ORIGIN.matcher(text);
    if (!origin.matches()) {
      return Optional.empty();
    }
    String scheme = origin.group(1).toLowerCase(Locale.ROOT);
    String host = origin.group(2).toLowerCase(Locale.ROOT);
    String port = origin.group(3);
    if (port == null || port.equals(DEFAULT_PORTS.get(scheme))) {
      return Optional.of(scheme + "://" + host);
    }
    return Integer.parseInt(port) > MAX_PORT
        ? Optional.empty()
        : Optional.of(scheme + "://" + host + ":" + port);
  }
}
