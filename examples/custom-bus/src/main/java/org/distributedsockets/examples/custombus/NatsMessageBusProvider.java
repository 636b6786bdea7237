package org.distributedsockets.examples.custombus;

import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.SpiContext;

/** Makes buses on NATS, as {@link NatsSettings} say. */
public final class NatsMessageBusProvider implements MessageBusProvider {
  /** What a configuration calls it. */
  public static final String NAME = "nats";

  /** Made by {@link java.util.ServiceLoader}. */
  public NatsMessageBusProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public MessageBus open(SpiContext context, BusListener listener) {
    return NatsMessageBus.connect(context, listener);
  }
}
