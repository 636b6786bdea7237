package org.distributedsockets.examples.jettychat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Finds two free ports in a row, as the demonstration needs them. */
final class FreePorts {
  private static final int ATTEMPTS = 100;

  private FreePorts() {}

  static int pair() throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (ServerSocket first = open(0);
          ServerSocket second = open(first.getLocalPort() + 1)) {
        return Math.min(first.getLocalPort(), second.getLocalPort());
      } catch (IOException | IllegalArgumentException e) {
        // The next port is taken, or beyond the last one.
      }
    }
    throw new IOException("no two free ports in a row");
  }

  private static ServerSocket open(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }
}
