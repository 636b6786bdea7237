package org.distributedsockets.rabbitmq;

import java.util.Locale;

/** Where one node of the broker listens. */
record BrokerAddress(String host, int port) {
  /** Reads {@code host:port}; an IPv6 address stands in brackets. The setting checked the form. */
  static BrokerAddress of(String text) {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[");
    return new BrokerAddress(
        bracketed ? host.substring(1, host.length() - 1) : host,
        Integer.parseInt(text.substring(colon + 1)));
  }

  /** Goes by the text: a look-up of the name could take long. */
  boolean isLoopback() {
    return host.toLowerCase(Locale.ROOT).equals("localhost")
        || host.startsWith("127.")
        || host.equals("::1");
  }

  @Override
  public String toString() {
    return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
  }
}
