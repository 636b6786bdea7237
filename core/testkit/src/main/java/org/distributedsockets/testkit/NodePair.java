package org.distributedsockets.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.distributedsockets.DevelopmentQueryParameterAuthenticator;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.metrics.PrometheusMetrics;

/** Two nodes of an in-memory cluster, each in a web server of its own. */
final class NodePair implements AutoCloseable {
  static final String ALLOWED_ORIGIN = "https://allowed.example";

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);

  private final Member first;
  private final Member second;

  private NodePair(Member first, Member second) {
    this.first = first;
    this.second = second;
  }

  /** A node, its server, and what it counts. */
  record Member(SocketNode node, PrometheusMetrics metrics, ContractServer server, int port) {
    boolean hasCounted(String counter) {
      return metrics
          .text()
          .lines()
          .filter(line -> line.startsWith("distributed_sockets_" + counter + "_total{"))
          .anyMatch(line -> Double.parseDouble(line.substring(line.indexOf('}') + 1)) > 0);
    }
  }

  /** Starts both; the settings hold for each. */
  static NodePair start(ContractServer first, ContractServer second, Settings.Builder settings)
      throws Exception {
    settings
        .set(MemorySettings.CLUSTER, UUID.randomUUID().toString())
        .set(NodeSettings.REGISTRY, Optional.of(MemoryConnectionRegistryProvider.NAME))
        .set(NodeSettings.BUS, Optional.of(MemoryMessageBusProvider.NAME))
        .set(NodeSettings.ALLOWED_ORIGINS, List.of(ALLOWED_ORIGIN))
        // A count is of all, and a client is found from the beginning, however slow the machine.
        .set(NodeSettings.PARTIAL_OUTCOME_WAIT, PATIENCE)
        .set(NodeSettings.REGISTRATION_WAIT, PATIENCE);
    return new NodePair(join("n1", first, settings), join("n2", second, settings));
  }

  private static Member join(String id, ContractServer server, Settings.Builder settings)
      throws Exception {
    PrometheusMetrics metrics = new PrometheusMetrics(id);
    SocketNode node =
        SocketNode.builder()
            .settings(settings.set(NodeSettings.NODE_ID, Optional.of(id)).build())
            .authenticator(new DevelopmentQueryParameterAuthenticator("user_id"))
            .metrics(metrics)
            .build();
    server.install(node, "/ws", DRAIN_LIMIT);
    node.start();
    return new Member(node, metrics, server, server.start());
  }

  Member first() {
    return first;
  }

  Member second() {
    return second;
  }

  @Override
  public void close() {
    try {
      first.server.stop();
      second.server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("a server did not stop", e);
    }
  }
}
