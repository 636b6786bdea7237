package org.distributedsockets.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import org.distributedsockets.Setting;
import org.distributedsockets.Settings;
import org.distributedsockets.SettingsException;
import org.distributedsockets.spi.MessageBusProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The settings of RabbitMQ")
final class RabbitSettingsTest {
  @Test
  @DisplayName("stand in the page, with their defaults")
  void standInThePage() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "rabbitmq.md"));
    for (Setting<?> setting : new RabbitSettings().settings()) {
      String row = row(setting);
      assertTrue(page.contains(row), () -> "docs/rabbitmq.md lacks: " + row);
    }
  }

  private static <T> String row(Setting<T> setting) {
    String value = setting.format(setting.defaultValue());
    return String.format(
        "| `%s` | %s | %s |",
        setting.key(), value.isEmpty() ? "none" : "`" + value + "`", setting.description());
  }

  @Test
  @DisplayName("are found, and so is the provider")
  void areFound() {
    assertTrue(Settings.groups().stream().anyMatch(group -> group instanceof RabbitSettings));
    assertTrue(
        ServiceLoader.load(MessageBusProvider.class).stream()
            .anyMatch(provider -> provider.get().name().equals("rabbitmq")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host",
        "host:",
        ":5672",
        "host:0",
        "host:65536",
        "amqp://u:p@host:5672",
        "a b:1"
      })
  @DisplayName("take no address that is none")
  void takeNoOtherAddress(String address) {
    assertThrows(SettingsException.class, () -> RabbitSettings.ADDRESSES.parse(address));
  }

  @Test
  @DisplayName("take several addresses, also of IPv6")
  void takeAddresses() {
    assertEquals(
        "[::1]:5672 h:1",
        String.join(
            " ",
            RabbitSettings.ADDRESSES.parse("[::1]:5672, h:1").stream()
                .map(BrokerAddress::of)
                .map(BrokerAddress::toString)
                .toList()));
    assertTrue(BrokerAddress.of("[::1]:1").isLoopback());
    assertFalse(BrokerAddress.of("rabbit:1").isLoopback());
  }

  @Test
  @DisplayName("that contradict each other are wrong")
  void findContradictions() {
    assertWrong("rabbitmq.confirm-timeout", Map.of("rabbitmq.confirm-timeout", "5s"));
    assertWrong("rabbitmq.trust-store", Map.of("rabbitmq.trust-store", "ca.pem"));
  }

  private static void assertWrong(String name, Map<String, String> properties) {
    Settings.Builder builder = Settings.builder();
    properties.forEach(
        (key, value) -> builder.properties(Map.of("distributed-sockets." + key, value)));
    SettingsException e = assertThrows(SettingsException.class, builder::build);
    assertTrue(e.getMessage().contains(name), e.getMessage());
  }

  @Test
  @DisplayName("show no password")
  void showNoPassword() {
    Settings settings =
        Settings.builder()
            .properties(Map.of("distributed-sockets.rabbitmq.password", "s3cret-word"))
            .build();
    assertFalse(settings.toString().contains("s3cret-word"));
  }
}
