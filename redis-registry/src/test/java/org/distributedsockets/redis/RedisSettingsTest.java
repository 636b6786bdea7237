package org.distributedsockets.redis;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.distributedsockets.Settings;
import org.distributedsockets.SettingsException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The settings of the registry on Redis")
final class RedisSettingsTest {
  @Test
  @DisplayName("contradict nothing by default")
  void areFineByDefault() {
    assertDoesNotThrow(() -> Settings.builder().build());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "redis.addresses=a:1,b:2; must be one address",
        "redis.addresses=a; must be host:port",
        "redis.addresses=a:0; must be host:port",
        "redis.addresses=a:99999; must be host:port",
        "redis.addresses=redis://a:1; must be host:port",
        "redis.addresses=x:pw@a:1; must be host:port",
        "redis.mode=sentinel; must be set with redis.mode=sentinel",
        "redis.sentinel-master=main; must not be set without redis.mode=sentinel",
        "redis.mode=cluster redis.database=1; must be 0 with redis.mode=cluster",
        "redis.user=me; must not be set without distributed-sockets.redis.password",
        "redis.trust-store=/x; must not be set without redis.tls=true",
        "redis.trust-store-password=x; must not be set without",
        "redis.key-prefix={x}; must match",
      })
  void areRefused(String settings, String message) {
    SettingsException thrown = assertThrows(SettingsException.class, () -> read(settings));

    assertTrue(thrown.getMessage().contains(message), thrown.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis.addresses=[::1]:6379",
        "redis.addresses=a.example:1,b-2:65535 redis.mode=cluster",
        "redis.mode=sentinel redis.sentinel-master=main redis.addresses=a:1,b:2",
        "redis.tls=true redis.trust-store=/x",
        "redis.password=x",
      })
  void areTaken(String settings) {
    assertDoesNotThrow(() -> read(settings));
  }

  @Test
  @DisplayName("show no secret, nor does what is made from them")
  void showNoSecret() {
    Settings settings =
        read(
            "redis.mode=sentinel redis.sentinel-master=main redis.password=hush1"
                + " redis.sentinel-password=hush2");

    RedisClients clients = new RedisClients(settings, "ds-a", Duration.ofSeconds(2));

    assertFalse((settings + " " + clients).contains("hush"));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:1,false",
    "localhost:1,false",
    "[::1]:1,false",
    "10.0.0.1:1,true",
    "redis:1,true"
  })
  void expose(String address, boolean exposed) {
    Settings settings = read("redis.password=hush redis.addresses=" + address);

    assertEquals(
        exposed, new RedisClients(settings, "ds-a", Duration.ofSeconds(2)).exposesPassword());
  }

  private static Settings read(String settings) {
    Map<String, String> properties = new HashMap<>();
    for (String setting : settings.split(" ", -1)) {
      String[] parts = setting.split("=", 2);
      properties.put("distributed-sockets." + parts[0], parts[1]);
    }
    return Settings.builder().properties(properties).build();
  }
}
