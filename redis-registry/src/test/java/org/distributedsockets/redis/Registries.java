package org.distributedsockets.redis;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.SpiContext;
import org.distributedsockets.spi.TimeSource;
import org.distributedsockets.testkit.RecordingErrorListener;

/** Opens registries as a node does. */
final class Registries {
  static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(2);
  static final Duration GRACE = Duration.ofSeconds(2);

  private Registries() {}

  static ConnectionRegistry open(String nodeId, String address) {
    return open(nodeId, builder -> builder.set(RedisSettings.ADDRESSES, List.of(address)));
  }

  static ConnectionRegistry open(String nodeId, Consumer<Settings.Builder> more) {
    return open(nodeId, more, new RecordingErrorListener());
  }

  static ConnectionRegistry open(
      String nodeId, Consumer<Settings.Builder> more, RecordingErrorListener errors) {
    Settings.Builder builder = Settings.builder().set(RedisSettings.GRACE, GRACE);
    more.accept(builder);
    return new RedisConnectionRegistryProvider()
        .open(
            new SpiContext(nodeId, builder.build(), TimeSource.SYSTEM, OPERATION_TIMEOUT, errors));
  }
}
