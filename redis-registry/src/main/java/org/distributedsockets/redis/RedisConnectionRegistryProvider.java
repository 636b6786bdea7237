package org.distributedsockets.redis;

import org.distributedsockets.Settings;
import org.distributedsockets.SettingsException;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.SpiContext;

/** Makes registries on Redis. Thread-safe. */
public final class RedisConnectionRegistryProvider implements ConnectionRegistryProvider {
  /** What a configuration calls it. */
  public static final String NAME = "redis";

  /** Made by {@link java.util.ServiceLoader}. */
  public RedisConnectionRegistryProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  /**
   * Connects, and asks Redis once with what later calls need, so that a wrong password, address or
   * certificate shows now.
   */
  @Override
  public ConnectionRegistry open(SpiContext context) {
    Settings settings = context.settings();
    // A setting given in code was not checked together with the others if this module's group was
    // not found.
    var problems = new RedisSettings().check(settings);
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    RedisClients clients =
        new RedisClients(settings, "ds-" + context.nodeId(), context.operationTimeout());
    RedisConnectionRegistry registry = new RedisConnectionRegistry(context, clients);
    try {
      registry.check();
    } catch (RuntimeException e) {
      registry.close();
      throw e;
    }
    if (clients.exposesPassword()) {
      context
          .errors()
          .onError(
              "the password for "
                  + clients
                  + " travels unencrypted to another machine; set "
                  + RedisSettings.TLS.propertyName()
                  + "=true",
              null);
    }
    return registry;
  }
}
