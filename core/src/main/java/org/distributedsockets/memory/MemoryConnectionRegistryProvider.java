package org.distributedsockets.memory;

import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.SpiContext;

/**
 * Makes registries in memory, in the {@link MemoryCluster} that {@link MemorySettings#CLUSTER}
 * names.
 */
public final class MemoryConnectionRegistryProvider implements ConnectionRegistryProvider {
  /** What a configuration calls it. */
  public static final String NAME = "memory";

  /** Made by {@link java.util.ServiceLoader}. */
  public MemoryConnectionRegistryProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public ConnectionRegistry open(SpiContext context) {
    return MemoryCluster.named(context.settings().get(MemorySettings.CLUSTER))
        .openRegistry(context.nodeId(), context.operationTimeout());
  }
}
