package org.distributedsockets.redis;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.stream.Collectors;
import org.distributedsockets.Setting;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The table of settings in {@code docs/redis.md} says what the code says. To write it anew, put the
 * line {@code SETTINGS} in its place and run this with {@code -Dsettings.reference.write=true}.
 */
@DisplayName("The reference of the Redis settings")
final class RedisReferenceTest {
  @Test
  @DisplayName("is true and complete")
  void isTrueAndComplete() throws IOException {
    String table =
        new RedisSettings()
            .settings().stream().map(RedisReferenceTest::row).collect(Collectors.joining("\n"));
    if (Boolean.getBoolean("settings.reference.write")) {
      Files.writeString(
          Documentation.FILE, Documentation.text().replace("\nSETTINGS\n", "\n" + table + "\n"));
    }
    assertTrue(Documentation.text().contains("|\n" + table + "\n\n"), table);
  }

  private static <T> String row(Setting<T> setting) {
    String units = setting.units().isEmpty() ? "" : " (" + setting.units() + ")";
    String value = setting.format(setting.defaultValue());
    return String.format(
        "| `%s` | %s | %s | %s | %s |",
        setting.key(),
        setting.typeName() + units,
        value.isEmpty() ? "none" : "`" + value + "`",
        setting.constraint(),
        setting.description());
  }
}
