package org.distributedsockets.examples.chat.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Finds two free ports in a row, as the demonstration needs them. */
public final class FreePorts {
  private static final int ATTEMPTS = 100;

  private FreePorts() {}

  /**
   * Finds them.
   *
   * @return the lower port
   * @throws IOException if there are none
   */
  public static int pair() throws IOException {
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
