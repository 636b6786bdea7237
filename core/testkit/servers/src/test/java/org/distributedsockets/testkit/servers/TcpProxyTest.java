package org.distributedsockets.testkit.servers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TcpProxyTest {
  private static final byte[] HUNDRED = new byte[100];

  private final ServerSocket server = listen();
  private final TcpProxy proxy = TcpProxy.to(addressOf(server));

  private static ServerSocket listen() {
    try {
      return new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String addressOf(ServerSocket socket) {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  @AfterEach
  void end() throws IOException {
    proxy.close();
    server.close();
  }

  private Socket connect() throws IOException {
    String address = proxy.address();
    int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
    Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
    client.setSoTimeout(10_000);
    return client;
  }

  private static void passes(Socket from, Socket to) throws IOException {
    from.getOutputStream().write(HUNDRED);
    to.setSoTimeout(10_000);
    assertArrayEquals(HUNDRED, to.getInputStream().readNBytes(100));
  }

  @Test
  void cutsInTheMiddleOfAMessage() throws IOException {
    try (Socket client = connect();
        Socket accepted = server.accept()) {
      passes(client, accepted);
      proxy.cutAfter(150);
      passes(accepted, client);
      client.getOutputStream().write(HUNDRED);

      DataInputStream in = new DataInputStream(accepted.getInputStream());
      assertThrows(IOException.class, () -> in.readFully(new byte[51]));
      assertThrows(
          IOException.class, () -> new DataInputStream(client.getInputStream()).readFully(HUNDRED));
    }
    try (Socket client = connect();
        Socket accepted = server.accept()) {
      passes(client, accepted);
      passes(accepted, client);
    }
  }

  @Test
  void isAsSlowAsToldUntilItIsRestored() throws IOException {
    try (Socket client = connect();
        Socket accepted = server.accept()) {
      proxy.slow(1_000);
      long start = System.nanoTime();
      passes(client, accepted);
      assertTrue(System.nanoTime() - start >= 100_000_000L);

      proxy.slow(1);
      client.getOutputStream().write(HUNDRED);
      proxy.restore();
      assertArrayEquals(HUNDRED, accepted.getInputStream().readNBytes(100));
    }
  }

  @Test
  void leadsNewConnectionsElsewhere() throws IOException {
    try (ServerSocket other = listen();
        Socket before = connect();
        Socket accepted = server.accept()) {
      proxy.redirect(addressOf(other));
      passes(before, accepted);
      try (Socket after = connect();
          Socket acceptedElsewhere = other.accept()) {
        passes(after, acceptedElsewhere);
        assertEquals(0, accepted.getInputStream().available());
      }
    }
  }
}
