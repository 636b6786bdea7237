package org.distributedsockets.opentelemetry;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.rabbitmq.RabbitMessageBusProvider;
import org.distributedsockets.rabbitmq.RabbitSettings;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The context travels through a real broker. */
@Timeout(120)
final class OpenTelemetryTracingIT {
  @Test
  void isOneTraceOverRabbit() {
    RabbitServer server = RabbitServer.own();
    String cluster = "tracing-" + UUID.randomUUID();
    try (TracedPair pair =
        new TracedPair(
            new MemoryConnectionRegistryProvider(),
            new RabbitMessageBusProvider(),
            settings ->
                settings
                    .set(MemorySettings.CLUSTER, cluster)
                    .set(RabbitSettings.ADDRESSES, List.of(server.address()))
                    .set(RabbitSettings.USER, server.user())
                    .set(RabbitSettings.PASSWORD, Optional.of(server.password())))) {
      pair.followsAFrame();
    }
  }
}
