package org.distributedsockets.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.time.Duration;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import org.distributedsockets.Address;
import org.distributedsockets.Settings;
import org.distributedsockets.memory.MemoryCluster;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.PublishResult;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.SpiContext;
import org.distributedsockets.spi.TimeSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The providers named memory")
final class MemoryProvidersTest {
  private static final NodeIdentity A = NodeIdentity.of("a", 1);
  private static final Address ALICE = Address.user("alice");

  private final String cluster = Names.unique("cluster");

  @Test
  @DisplayName("are found, and join nodes that name the same cluster")
  void joinNodes() {
    RecordingBusListener listener = new RecordingBusListener();
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    try (ConnectionRegistry a = registryProvider().open(context("a", cluster));
        ConnectionRegistry b = registryProvider().open(context("b", cluster));
        ConnectionRegistry stranger = registryProvider().open(context("a", Names.unique("other")));
        MessageBus busOfA = busProvider().open(context("a", cluster), listener);
        MessageBus busOfB = busProvider().open(context("b", cluster), listener)) {
      a.renew(LeaseRequest.joining(A, Duration.ofMinutes(1)));
      a.register(A, List.of(new Registration(ALICE, "c1", 1, "")), RegistrationLimit.NONE);
      assertEquals(List.of(Location.at(Set.of("a"))), b.locate(List.of(ALICE)));
      assertEquals(List.of(Location.ABSENT), stranger.locate(List.of(ALICE)));

      busOfA.open("a", handler).bind();
      PublishResult result = Eventually.result("a confirm", busOfB.publish("a", new byte[] {'x'}));
      assertEquals(PublishResult.CONFIRMED, result);
      assertEquals(List.of("x"), handler.awaitTexts(1));
    }
  }

  @Test
  @DisplayName("find one cluster by one name")
  void findByName() {
    assertSame(MemoryCluster.named(cluster), MemoryCluster.named(cluster));
    assertNotSame(MemoryCluster.named(cluster), MemoryCluster.named(cluster + "2"));
  }

  private static ConnectionRegistryProvider registryProvider() {
    return ServiceLoader.load(ConnectionRegistryProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals("memory"))
        .findFirst()
        .orElseThrow();
  }

  private static MessageBusProvider busProvider() {
    return ServiceLoader.load(MessageBusProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals("memory"))
        .findFirst()
        .orElseThrow();
  }

  private static SpiContext context(String nodeId, String cluster) {
    return new SpiContext(
        nodeId,
        Settings.builder().set(MemorySettings.CLUSTER, cluster).build(),
        TimeSource.SYSTEM,
        Duration.ofSeconds(5),
        new RecordingErrorListener());
  }
}
