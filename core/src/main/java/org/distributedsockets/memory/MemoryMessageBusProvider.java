package org.distributedsockets.memory;

import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.SpiContext;

/**
 * Makes buses in memory, in the {@link MemoryCluster} that {@link MemorySettings#CLUSTER} names.
 */
public final class MemoryMessageBusProvider implements MessageBusProvider {
  /** What a configuration calls it. */
  public static final String NAME = "memory";

  /** Made by {@link java.util.ServiceLoader}. */
  public MemoryMessageBusProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public MessageBus open(SpiContext context, BusListener listener) {
    return MemoryCluster.named(context.settings().get(MemorySettings.CLUSTER))
        .openBus(context.nodeId(), listener, context.errors());
  }
}
