package org.distributedsockets.rabbitmq;

import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.SpiContext;

/** Makes buses on RabbitMQ, as {@link RabbitSettings} say. */
public final class RabbitMessageBusProvider implements MessageBusProvider {
  /** What a configuration calls it. */
  public static final String NAME = "rabbitmq";

  /** Made by {@link java.util.ServiceLoader}. */
  public RabbitMessageBusProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public MessageBus open(SpiContext context, BusListener listener) {
    return RabbitMessageBus.connect(context, listener);
  }
}
