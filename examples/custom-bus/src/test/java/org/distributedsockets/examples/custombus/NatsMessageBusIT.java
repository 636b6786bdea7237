package org.distributedsockets.examples.custombus;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.testkit.MessageBusContract;
import org.distributedsockets.testkit.servers.NatsServer;
import org.distributedsockets.testkit.servers.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The bus on NATS")
final class NatsMessageBusIT extends MessageBusContract {
  private static NatsServer server;

  /** Each node reaches the server through a proxy of its own. */
  private final Map<String, TcpProxy> proxies = new ConcurrentHashMap<>();

  @BeforeAll
  static void startServer() {
    server = NatsServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @AfterEach
  void closeProxies() {
    proxies.values().forEach(TcpProxy::close);
  }

  @Override
  protected MessageBus open(String nodeId, BusListener listener, ErrorListener errors) {
    TcpProxy proxy = proxies.computeIfAbsent(nodeId, ignored -> TcpProxy.to(server.address()));
    return Buses.open(nodeId, proxy.address(), listener, errors);
  }

  @Override
  protected Faults faults() {
    return new Faults() {
      @Override
      public void cut(String nodeId) {
        TcpProxy proxy = proxies.get(nodeId);
        proxy.blackHole();
        proxy.cut();
      }

      @Override
      public void mend(String nodeId) {
        proxies.get(nodeId).restore();
      }

      @Override
      public void restart() {
        server.restart();
      }
    };
  }
}
