package org.distributedsockets.engine;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;

/** What counts as one client address. */
final class ClientAddress {
  /**
   * Who gets an IPv6 network gets at least this much of one (RFC 6177), so single ones say nothing.
   */
  private static final int PREFIX_BYTES = 8;

  private ClientAddress() {}

  /**
   * Makes one of what a container says.
   *
   * @param remoteAddress usually an IP address in text form
   * @return the /64 of an IPv6 address; the text of everything else; never empty
   */
  static String of(String remoteAddress) {
    // Only a text with a colon: anything else might be looked up in the DNS.
    if (remoteAddress.indexOf(':') >= 0) {
      try {
        InetAddress address = InetAddress.getByName(remoteAddress);
        return address instanceof Inet6Address
            ? HexFormat.of().formatHex(address.getAddress(), 0, PREFIX_BYTES) + "/64"
            : address.getHostAddress();
      } catch (UnknownHostException e) {
        // Not an address of the network, such as that of a Unix socket.
      }
    }
    return remoteAddress.isEmpty() ? "unknown" : remoteAddress;
  }
}
