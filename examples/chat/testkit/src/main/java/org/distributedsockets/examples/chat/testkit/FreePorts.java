package org.distributedsockets.examples.chat.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Finds two free ports in a row, as the demonstration needs them. */
public final class FreePorts {
  private static final int ATTEMPTS = 100;

  // Below those that the system gives to clients: thousands of these leave no two in a row.
  private static final int LOWEST = 15_000;
  private static final int HIGHEST = 32_000;

  private FreePorts() {}

  /**
   * Finds them.
   *
   * @return the lower port
   * @throws IOException if there are none
   */
  public static int pair() throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      try (ServerSocket first = open(port);
          ServerSocket second = open(port + 1)) {
        return Math.min(first.getLocalPort(), second.getLocalPort());
      } catch (IOException e) {
        // One of them is taken.
      }
    }
    throw new IOException("no two free ports in a row");
  }

  private static ServerSocket open(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }
}
