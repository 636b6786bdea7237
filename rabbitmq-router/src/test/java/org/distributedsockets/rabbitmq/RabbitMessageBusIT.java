package org.distributedsockets.rabbitmq;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.testkit.MessageBusContract;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.TcpProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The bus on RabbitMQ")
final class RabbitMessageBusIT extends MessageBusContract {
  private final RabbitServer server = RabbitServer.shared();

  /** Each node reaches the broker through a proxy of its own. */
  private final Map<String, TcpProxy> proxies = new ConcurrentHashMap<>();

  @AfterEach
  void closeProxies() {
    proxies.values().forEach(TcpProxy::close);
  }

  @Override
  protected MessageBus open(String nodeId, BusListener listener, ErrorListener errors) {
    TcpProxy proxy = proxies.computeIfAbsent(nodeId, ignored -> TcpProxy.to(server.address()));
    Settings settings = Buses.settings(server, proxy.address(), builder -> {});
    return Buses.open(nodeId, settings, listener, errors);
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

      /** Of somebody else's broker only the connections end; other tests restart their own. */
      @Override
      public void restart() {
        if (server.isOurs()) {
          server.restart();
        } else {
          proxies.values().forEach(TcpProxy::cut);
        }
      }
    };
  }
}
