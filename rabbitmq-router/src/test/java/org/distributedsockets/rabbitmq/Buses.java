package org.distributedsockets.rabbitmq;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.SpiContext;
import org.distributedsockets.spi.TimeSource;
import org.distributedsockets.testkit.servers.RabbitServer;

/** Opens buses as a node does. */
final class Buses {
  static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(5);

  private Buses() {}

  static Settings settings(String address, Consumer<Settings.Builder> more) {
    return settings(RabbitServer.own(), address, more);
  }

  /**
   * What leads to a server.
   *
   * @param address its own, or that of a proxy
   */
  static Settings settings(RabbitServer server, String address, Consumer<Settings.Builder> more) {
    Settings.Builder builder =
        Settings.builder()
            .set(RabbitSettings.ADDRESSES, List.of(address))
            .set(RabbitSettings.USER, server.user())
            .set(RabbitSettings.PASSWORD, Optional.of(server.password()));
    more.accept(builder);
    return builder.build();
  }

  static SpiContext context(String nodeId, Settings settings, ErrorListener errors) {
    return new SpiContext(nodeId, settings, TimeSource.SYSTEM, OPERATION_TIMEOUT, errors);
  }

  static MessageBus open(
      String nodeId, Settings settings, BusListener listener, ErrorListener errors) {
    return new RabbitMessageBusProvider().open(context(nodeId, settings, errors), listener);
  }
}
