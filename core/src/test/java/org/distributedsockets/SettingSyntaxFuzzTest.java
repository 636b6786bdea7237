package org.distributedsockets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Looks for a text of a setting that does something else than to be read or refused in words. */
class SettingSyntaxFuzzTest {
  private static final List<Setting<?>> SETTINGS =
      Stream.concat(
              Settings.groups().stream().flatMap(group -> group.settings().stream()),
              Stream.of(Setting.secret("fuzz.secret", "A secret.")))
          .toList();

  /** Which setting, in the first byte, and then its text. */
  static Stream<byte[]> texts() {
    return Stream.of(
            "\n10s", "a300 ms", "bPT10S", "c4MiB", "d1000", "e-1", "f true", "gclose", "ha, b")
        .map(text -> text.getBytes(UTF_8));
  }

  @MethodSource("texts")
  @FuzzTest
  void readsOrRefuses(byte[] input) {
    if (input.length > 0) {
      Setting<?> setting = SETTINGS.get((input[0] & 0x7f) % SETTINGS.size());
      check(setting, new String(input, 1, input.length - 1, UTF_8));
    }
  }

  private static <T> void check(Setting<T> setting, String text) {
    try {
      T value = setting.parse(text);
      assertEquals(value, setting.parse(setting.write(value)), text);
    } catch (SettingsException e) {
      assertIsOneLine(e.getMessage());
    }
  }

  private static void assertIsOneLine(String text) {
    assertTrue(text.lines().count() <= 1 && text.length() < 1_000, text);
  }
}
