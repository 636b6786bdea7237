package org.distributedsockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.distributedsockets.engine.ServicesLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  static final Setting<Optional<String>> PASSWORD =
      Setting.secret("demo.password", "A password.")
          .withCheck("have no spaces", secret -> secret.filter(s -> s.contains(" ")).isEmpty());
  static final Setting<Integer> LOW = Setting.count("demo.low", 1, 0, 100, "A number.");
  static final Setting<Integer> HIGH = Setting.count("demo.high", 10, 0, 100, "A number.");

  @TempDir Path folder;

  /** What an adapter would declare. */
  public static final class DemoSettings implements SettingsGroup {
    @Override
    public String title() {
      return "Demo";
    }

    @Override
    public List<Setting<?>> settings() {
      return List.of(PASSWORD, LOW, HIGH);
    }

    @Override
    public List<String> check(Settings settings) {
      return settings.get(LOW) > settings.get(HIGH)
          ? List.of("must be at most demo.high: demo.low=" + settings.get(LOW))
          : List.of();
    }
  }

  /** Declares what {@link DemoSettings} declares. */
  public static final class RivalSettings implements SettingsGroup {
    @Override
    public String title() {
      return "Rival";
    }

    @Override
    public List<Setting<?>> settings() {
      return List.of(Setting.flag("demo-low", true, "Has the environment name of demo.low."));
    }
  }

  @Test
  void shouldGiveDefaults() {
    Settings settings = Settings.defaults();
    assertEquals(Duration.ofSeconds(10), settings.get(NodeSettings.LEASE));
    assertFalse(settings.isSet(NodeSettings.LEASE));
    assertEquals("Settings[]", settings.toString());
  }

  @Test
  void shouldReadPropertiesAndIgnoreForeignOnes() {
    Settings settings =
        Settings.builder()
            .properties(
                Map.of(
                    "distributed-sockets.node.lease", "20s",
                    "distributed-socketsX", "1",
                    "user.home", "/"))
            .build();
    assertEquals(Duration.ofSeconds(20), settings.get(NodeSettings.LEASE));
    assertTrue(settings.isSet(NodeSettings.LEASE));
  }

  @Test
  void shouldReadEnvironmentAndIgnoreForeignNames() {
    Settings settings =
        Settings.builder()
            .environment(Map.of("DISTRIBUTED_SOCKETS_LANE_OVERFLOW", "reject", "PATH", "/bin"))
            .build();
    assertEquals(LaneOverflow.REJECT, settings.get(NodeSettings.LANE_OVERFLOW));
  }

  @Test
  void shouldLetLaterCallsWin() {
    Map<String, String> properties = Map.of("distributed-sockets.node.lease", "20s");
    Map<String, String> environment = Map.of("DISTRIBUTED_SOCKETS_NODE_LEASE", "30s");
    assertEquals(
        Duration.ofSeconds(30),
        lease(Settings.builder().properties(properties).environment(environment)));
    assertEquals(
        Duration.ofSeconds(20),
        lease(Settings.builder().environment(environment).properties(properties)));
    assertEquals(
        Duration.ofSeconds(40),
        lease(
            Settings.builder()
                .environment(environment)
                .set(NodeSettings.LEASE, Duration.ofSeconds(40))));
  }

  @Test
  void shouldNameSourceOfApplication() {
    assertEquals(
        List.of("must match [A-Za-z0-9._-]{1,64}: SERVER_ID=a b"),
        problems(Settings.builder().read(NodeSettings.NODE_ID, "SERVER_ID", "a b")));
    Settings settings = Settings.builder().read(NodeSettings.NODE_ID, "SERVER_ID", "n1").build();
    assertEquals(Optional.of("n1"), settings.get(NodeSettings.NODE_ID));
  }

  @Test
  void shouldForgetFaultThatLaterCallMends() {
    Map<String, String> wrong = Map.of("distributed-sockets.node.lease", "7h");
    Settings.Builder mended =
        Settings.builder().properties(wrong).set(NodeSettings.LEASE, Duration.ofSeconds(40));
    assertEquals(Duration.ofSeconds(40), lease(mended));
    Settings.Builder spoilt =
        Settings.builder().set(NodeSettings.LEASE, Duration.ofSeconds(40)).properties(wrong);
    assertEquals(List.of("must be 2s to 5m: distributed-sockets.node.lease=7h"), problems(spoilt));
  }

  @Test
  void shouldReportEveryFaultAtOnce() {
    Settings.Builder builder =
        demoBuilder()
            .properties(
                Map.of(
                    "distributed-sockets.node.lease", "7h",
                    "distributed-sockets.node.leese", "10s",
                    "distributed-sockets.demo.low", "20"))
            .environment(Map.of("DISTRIBUTED_SOCKETS_LANE_BYTES", "4MB"))
            .set(NodeSettings.DRAIN_PACE, 0);
    List<String> expected =
        List.of(
            "must be 1 to 1000000: distributed-sockets.node.drain-pace=0",
            "must be 2s to 5m: distributed-sockets.node.lease=7h",
            "must be a number of bytes such as 4MiB, 64KiB or 1000:"
                + " DISTRIBUTED_SOCKETS_LANE_BYTES=4MB",
            "must be at most demo.high: demo.low=20",
            "unknown setting: distributed-sockets.node.leese"
                + " (did you mean distributed-sockets.node.lease?)");
    SettingsException thrown = assertThrows(SettingsException.class, builder::build);
    assertEquals(expected, thrown.problems().stream().sorted().toList());
    assertTrue(thrown.getMessage().startsWith("5 settings are wrong:\n  "), thrown.getMessage());
    expected.forEach(problem -> assertTrue(thrown.getMessage().contains(problem), problem));
  }

  @Test
  void shouldNotCompareWithValueThatIsWrong() {
    Settings.Builder builder = demoBuilder().set(LOW, 20).set(HIGH, 101);
    assertEquals(List.of("must be 0 to 100: distributed-sockets.demo.high=101"), problems(builder));
  }

  @ParameterizedTest
  @CsvSource({
    "distributed-sockets.node.leas,distributed-sockets.node.lease",
    "distributed-sockets.nodelease,distributed-sockets.node.lease",
    "distributed-sockets.route,distributed-sockets.router",
    "distributed-sockets.lane.ping-intervall,distributed-sockets.lane.ping-interval",
    "distributed-sockets.Node.Lease,distributed-sockets.node.lease"
  })
  void shouldSuggestKnownProperty(String name, String known) {
    assertEquals(
        List.of("unknown setting: " + name + " (did you mean " + known + "?)"),
        problems(Settings.builder().properties(Map.of(name, "1"))));
  }

  @Test
  void shouldSuggestKnownVariable() {
    assertEquals(
        List.of(
            "unknown setting: DISTRIBUTED_SOCKETS_NODE_LEESE"
                + " (did you mean DISTRIBUTED_SOCKETS_NODE_LEASE?)"),
        problems(Settings.builder().environment(Map.of("DISTRIBUTED_SOCKETS_NODE_LEESE", "1"))));
  }

  @Test
  void shouldSuggestNothingWhenNothingIsNear() {
    assertEquals(
        List.of("unknown setting: distributed-sockets.completely-different"),
        problems(
            Settings.builder()
                .properties(Map.of("distributed-sockets.completely-different", "1"))));
  }

  @Test
  void shouldIgnoreWhatKubernetesAddsForServices() {
    Settings settings =
        Settings.builder()
            .environment(
                Map.of(
                    "DISTRIBUTED_SOCKETS_SERVICE_HOST", "10.0.0.1",
                    "DISTRIBUTED_SOCKETS_SERVICE_PORT", "80",
                    "DISTRIBUTED_SOCKETS_CHAT_SERVICE_PORT_HTTP", "80",
                    "DISTRIBUTED_SOCKETS_PORT", "tcp://10.0.0.1:80",
                    "DISTRIBUTED_SOCKETS_PORT_80_TCP", "tcp://10.0.0.1:80",
                    "DISTRIBUTED_SOCKETS_CHAT_PORT_80_TCP_ADDR", "10.0.0.1"))
            .build();
    assertEquals("Settings[]", settings.toString());
    assertEquals(
        List.of("unknown setting: DISTRIBUTED_SOCKETS_REDIS_PORT"),
        problems(Settings.builder().environment(Map.of("DISTRIBUTED_SOCKETS_REDIS_PORT", "80"))));
  }

  @Test
  void shouldMaskSecretsInEveryText() {
    Settings settings = demoBuilder().set(PASSWORD, Optional.of("s3cret")).build();
    assertEquals(Optional.of("s3cret"), settings.get(PASSWORD));
    assertEquals("Settings[demo.password=***]", settings.toString());
    assertEquals(
        List.of("must have no spaces: DISTRIBUTED_SOCKETS_DEMO_PASSWORD=***"),
        problems(
            demoBuilder().environment(Map.of("DISTRIBUTED_SOCKETS_DEMO_PASSWORD", "s3cret s3"))));
    assertEquals(
        List.of(
            "unknown setting: distributed-sockets.demo.pasword"
                + " (did you mean distributed-sockets.demo.password?)"),
        problems(demoBuilder().properties(Map.of("distributed-sockets.demo.pasword", "s3cret"))));
  }

  @Test
  void shouldShowOnlyWhatDiffersFromDefaults() {
    Settings settings =
        Settings.builder()
            .set(NodeSettings.LEASE, Duration.ofSeconds(10))
            .set(NodeSettings.LANE_BYTES, 1L << 20)
            .set(NodeSettings.NODE_ID, Optional.of("n1"))
            .build();
    assertEquals("Settings[lane.bytes=1MiB, node.id=n1]", settings.toString());
    assertTrue(settings.isSet(NodeSettings.LEASE));
  }

  @Test
  void shouldCopyWhatIsSet() {
    List<String> origins = new ArrayList<>(List.of("https://example.org"));
    Settings settings = Settings.builder().set(NodeSettings.ALLOWED_ORIGINS, origins).build();
    origins.clear();
    assertEquals(List.of("https://example.org"), settings.get(NodeSettings.ALLOWED_ORIGINS));
  }

  @Test
  void shouldNotChangeWhatWasBuilt() {
    Settings.Builder builder = Settings.builder().set(NodeSettings.DRAIN_PACE, 1);
    Settings first = builder.build();
    builder.set(NodeSettings.DRAIN_PACE, 2);
    Settings derived = first.toBuilder().set(NodeSettings.REGISTRY_THREADS, 3).build();
    assertEquals("Settings[node.drain-pace=1]", first.toString());
    assertEquals("Settings[node.drain-pace=1, node.registry-threads=3]", derived.toString());
  }

  @Test
  void shouldFindGroupsOfContextLoaderOnce() {
    List<String> titles =
        demoLoader().asContext(Settings::groups).stream().map(SettingsGroup::title).toList();
    assertEquals(1, titles.stream().filter("Demo"::equals).count());
    assertEquals(1, titles.stream().filter("Node"::equals).count());
  }

  @Test
  void shouldRefuseTwoGroupsThatDeclareOneName() {
    ServicesLoader loader =
        new ServicesLoader(folder)
            .with(SettingsGroup.class, DemoSettings.class, RivalSettings.class);
    IllegalStateException thrown =
        assertThrows(IllegalStateException.class, () -> loader.asContext(Settings::builder));
    assertEquals(
        "declared twice: DISTRIBUTED_SOCKETS_DEMO_LOW, the second time by "
            + RivalSettings.class.getName(),
        thrown.getMessage());
  }

  private ServicesLoader demoLoader() {
    return new ServicesLoader(folder).with(SettingsGroup.class, DemoSettings.class);
  }

  private Settings.Builder demoBuilder() {
    return demoLoader().asContext(Settings::builder);
  }

  private static Duration lease(Settings.Builder builder) {
    return builder.build().get(NodeSettings.LEASE);
  }

  private static List<String> problems(Settings.Builder builder) {
    return assertThrows(SettingsException.class, builder::build).problems();
  }
}
