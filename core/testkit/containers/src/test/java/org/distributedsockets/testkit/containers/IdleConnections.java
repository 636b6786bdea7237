package org.distributedsockets.testkit.containers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.distributedsockets.DevelopmentQueryParameterAuthenticator;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.testkit.ContractServer;
import org.distributedsockets.testkit.Eventually;

/**
 * Not a test: measures the heap that an idle connection costs, that of its client's socket
 * included. How to run it is in docs/tomcat.md.
 */
final class IdleConnections {
  private static final int COLLECTIONS = 5;

  private IdleConnections() {}

  /** Takes the number of connections. */
  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[0]);
    ContractServer server = Containers.newFirst();
    SocketNode node = openNode();
    server.install(node, "/ws", Duration.ofSeconds(10));
    int port = server.start();
    List<Socket> clients = new ArrayList<>();
    open(clients, port, count / 10);
    awaitConnections(node, clients.size());
    long before = liveHeap();
    open(clients, port, count);
    awaitConnections(node, clients.size());
    long after = liveHeap();
    System.out.printf(
        "%s: %,d bytes of heap per connection%n",
        System.getProperty("containers"), (after - before) / count);
    System.exit(0);
  }

  private static SocketNode openNode() {
    SocketNode node =
        SocketNode.builder()
            .settings(
                Settings.builder()
                    .set(NodeSettings.NODE_ID, Optional.of("n1"))
                    .set(NodeSettings.HANDSHAKE_RATE, 100_000)
                    .set(NodeSettings.PING_INTERVAL, Duration.ofMinutes(5))
                    .build())
            .registry(new MemoryConnectionRegistryProvider())
            .bus(new MemoryMessageBusProvider())
            .authenticator(new DevelopmentQueryParameterAuthenticator("user_id"))
            .build();
    node.start();
    return node;
  }

  private static void open(List<Socket> clients, int port, int count) throws IOException {
    int end = clients.size() + count;
    while (clients.size() < end) {
      Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
      client
          .getOutputStream()
          .write(
              ("GET /ws?user_id=u"
                      + clients.size()
                      + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                      + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                  .getBytes(US_ASCII));
      clients.add(client);
    }
  }

  private static void awaitConnections(SocketNode node, int count) {
    Eventually.holds("all connected", () -> node.localConnections().size() == count);
  }

  private static long liveHeap() {
    for (int i = 0; i < COLLECTIONS; i++) {
      ManagementFactory.getMemoryMXBean().gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
