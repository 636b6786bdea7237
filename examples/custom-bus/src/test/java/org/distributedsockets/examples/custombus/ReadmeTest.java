package org.distributedsockets.examples.custombus;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.distributedsockets.Setting;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The README lists every setting. */
final class ReadmeTest {
  static List<Setting<?>> settings() {
    return new NatsSettings().settings();
  }

  @ParameterizedTest
  @MethodSource("settings")
  void listsEachSetting(Setting<?> setting) throws IOException {
    assertTrue(
        Files.readAllLines(Path.of("README.md")).stream()
            .anyMatch(
                line ->
                    line.startsWith("| `" + setting.key() + "` | ")
                        && line.contains(setting.description())),
        setting.key());
  }
}
