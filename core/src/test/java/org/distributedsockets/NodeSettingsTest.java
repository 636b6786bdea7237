package org.distributedsockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeSettingsTest {
  private final NodeSettings group = new NodeSettings();

  @Test
  void shouldListEveryConstantOnce() throws IllegalAccessException {
    Set<Object> constants = new HashSet<>();
    for (Field field : NodeSettings.class.getFields()) {
      assertTrue(Modifier.isStatic(field.getModifiers()), field.getName());
      constants.add(field.get(null));
    }
    assertEquals(constants, Set.copyOf(group.settings()));
    assertEquals(constants.size(), group.settings().size());
  }

  @Test
  void shouldBeFound() {
    assertEquals(1, Settings.groups().stream().filter(NodeSettings.class::isInstance).count());
  }

  @Test
  void shouldDescribeEachInOneSentence() {
    for (Setting<?> setting : group.settings()) {
      assertTrue(setting.description().matches("[A-Z].{20,}\\."), setting.description());
      assertEquals(-1, setting.description().indexOf(". "), setting.description());
    }
  }

  @Test
  void shouldReadBackEachDefault() {
    group.settings().stream()
        .filter(setting -> !setting.defaultValue().equals(Optional.empty()))
        .forEach(NodeSettingsTest::assertReadsBack);
  }

  @Test
  void shouldHaveDefaultsWithoutContradiction() {
    assertEquals(List.of(), group.check(Settings.defaults()));
  }

  @Test
  void shouldKeepLeaseAtThreeRenewals() {
    Settings.Builder builder =
        Settings.builder().set(NodeSettings.LEASE_RENEWAL, Duration.ofMillis(3334));
    assertProblem(
        builder,
        "must be at most a third of node.lease: distributed-sockets.node.lease-renewal=3334ms,"
            + " distributed-sockets.node.lease=10s");
    builder.set(NodeSettings.LEASE, Duration.ofMillis(10002)).build();
  }

  @Test
  void shouldKeepPongDeadlineBelowPingInterval() {
    assertProblem(
        Settings.builder().set(NodeSettings.PING_INTERVAL, Duration.ofSeconds(10)),
        "must be shorter than lane.ping-interval: distributed-sockets.lane.pong-deadline=10s,"
            + " distributed-sockets.lane.ping-interval=10s");
  }

  @Test
  void shouldKeepBatchWithinOutboxOfTargetWithinOutbox() {
    Settings.Builder builder =
        Settings.builder()
            .set(NodeSettings.BATCH_BYTES, 2L << 20)
            .set(NodeSettings.OUTBOX_TARGET_BYTES, 1L << 20)
            .set(NodeSettings.OUTBOX_BYTES, 1L << 19);
    assertProblem(
        builder,
        "must be at most outbox.target-bytes: distributed-sockets.outbox.batch-bytes=2MiB,"
            + " distributed-sockets.outbox.target-bytes=1MiB",
        "must be at most outbox.bytes: distributed-sockets.outbox.target-bytes=1MiB,"
            + " distributed-sockets.outbox.bytes=512KiB");
  }

  @Test
  void shouldKeepFrameWithinLaneWithinNode() {
    Settings.Builder builder =
        Settings.builder()
            .set(NodeSettings.FRAME_BYTES, 2L << 20)
            .set(NodeSettings.LANE_BYTES, 1L << 20)
            .set(NodeSettings.NODE_LANE_BYTES, 1L << 19);
    assertProblem(
        builder,
        "must be at most lane.bytes: distributed-sockets.client.frame-bytes=2MiB,"
            + " distributed-sockets.lane.bytes=1MiB",
        "must be at most lane.node-bytes: distributed-sockets.lane.bytes=1MiB,"
            + " distributed-sockets.lane.node-bytes=512KiB");
  }

  @Test
  void shouldKeepPartialWithinOutcomeWait() {
    assertProblem(
        Settings.builder().set(NodeSettings.OUTCOME_WAIT, Duration.ofMillis(200)),
        "must be at most send.outcome-wait: distributed-sockets.send.partial-outcome-wait=300ms,"
            + " distributed-sockets.send.outcome-wait=200ms");
  }

  @Test
  void shouldRefuseBurstWithoutRate() {
    assertProblem(
        Settings.builder().set(NodeSettings.MESSAGE_BURST, 5),
        "must be 0 without client.message-rate: distributed-sockets.client.message-burst=5,"
            + " distributed-sockets.client.message-rate=0");
    Settings.builder().set(NodeSettings.MESSAGE_BURST, 5).set(NodeSettings.MESSAGE_RATE, 1).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "n/1", "ä"})
  void shouldRefuseNodeIdOfOtherForm(String id) {
    assertProblem(
        Settings.builder().properties(Map.of("distributed-sockets.node.id", id)),
        "must match [A-Za-z0-9._-]{1,64}: distributed-sockets.node.id=" + id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.org",
        "https://example.org/",
        "https://a/chat",
        "http://u@host",
        "http://host:99999",
        "http://host:x",
        "*,http://host"
      })
  void shouldRefuseOriginThatNoBrowserSends(String origin) {
    assertProblem(
        Settings.builder()
            .properties(Map.of("distributed-sockets.handshake.allowed-origins", origin)),
        "must be scheme://host, scheme://host:port or null each, or * alone:"
            + " distributed-sockets.handshake.allowed-origins="
            + origin);
  }

  @Test
  void shouldTakeOrigins() {
    List<String> origins = List.of("https://example.org", "http://[::1]:8080", "app://x", "null");
    Settings settings = Settings.builder().set(NodeSettings.ALLOWED_ORIGINS, origins).build();
    assertEquals(origins, settings.get(NodeSettings.ALLOWED_ORIGINS));
    Settings every = Settings.builder().set(NodeSettings.ALLOWED_ORIGINS, List.of("*")).build();
    assertEquals(List.of("*"), every.get(NodeSettings.ALLOWED_ORIGINS));
  }

  @Test
  void shouldKeepOperationWithinLease() {
    assertProblem(
        Settings.builder().set(NodeSettings.OPERATION_TIMEOUT, Duration.ofMillis(10_001)),
        "must be at most node.lease: distributed-sockets.node.operation-timeout=10001ms,"
            + " distributed-sockets.node.lease=10s");
  }

  private static <T> void assertReadsBack(Setting<T> setting) {
    String text = setting.format(setting.defaultValue());
    if (!text.isEmpty()) {
      assertEquals(setting.defaultValue(), setting.parse(text), setting.key());
    }
  }

  private static void assertProblem(Settings.Builder builder, String... problems) {
    assertEquals(
        Arrays.asList(problems), assertThrows(SettingsException.class, builder::build).problems());
  }
}
