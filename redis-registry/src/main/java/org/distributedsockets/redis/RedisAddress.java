package org.distributedsockets.redis;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server listens. Immutable.
 *
 * @param host its name or address; an IPv6 address without brackets
 * @param port its port
 */
record RedisAddress(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)]|([^\\s:/@\\[\\],]+)):([0-9]{1,5})");

  static boolean isValid(String text) {
    Matcher matcher = FORM.matcher(text);
    return matcher.matches() && isPort(Integer.parseInt(matcher.group(3)));
  }

  /** Reads a text that {@link #isValid}. */
  static RedisAddress parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("must be host:port: " + text);
    }
    String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
    return new RedisAddress(host, Integer.parseInt(matcher.group(3)));
  }

  private static boolean isPort(int number) {
    return number >= 1 && number <= 65_535;
  }

  /** Whether what is sent there stays on this machine, as far as the name alone tells. */
  boolean isLoopback() {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
