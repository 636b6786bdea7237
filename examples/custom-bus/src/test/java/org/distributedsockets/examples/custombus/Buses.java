package org.distributedsockets.examples.custombus;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.SpiContext;
import org.distributedsockets.spi.TimeSource;

/** Opens buses as a node does. */
final class Buses {
  private static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(5);

  private Buses() {}

  static MessageBus open(
      String nodeId, String address, BusListener listener, ErrorListener errors) {
    return open(nodeId, address, listener, errors, more -> {});
  }

  static MessageBus open(
      String nodeId,
      String address,
      BusListener listener,
      ErrorListener errors,
      Consumer<Settings.Builder> more) {
    Settings.Builder settings = Settings.builder().set(NatsSettings.ADDRESSES, List.of(address));
    more.accept(settings);
    return new NatsMessageBusProvider()
        .open(
            new SpiContext(nodeId, settings.build(), TimeSource.SYSTEM, OPERATION_TIMEOUT, errors),
            listener);
  }
}
