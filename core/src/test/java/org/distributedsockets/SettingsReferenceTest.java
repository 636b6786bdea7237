package org.distributedsockets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The reference of settings says what the code says. To write it anew: {@code mvn test -pl core
 * -Dtest=SettingsReferenceTest -Dsettings.reference.write=true}.
 */
class SettingsReferenceTest {
  private static final Path REFERENCE = Path.of("..", "docs", "settings.md");

  @Test
  void referenceIsTrueAndComplete() throws IOException {
    String expected = reference();
    if (Boolean.getBoolean("settings.reference.write")) {
      Files.writeString(REFERENCE, expected);
    }
    assertEquals(expected, Files.readString(REFERENCE));
  }

  private static String reference() {
    StringBuilder text = new StringBuilder();
    text.append("# Settings\n\n")
        .append(
            "Written by `SettingsReferenceTest` from the code. Each setting can be given to the ")
        .append("builder, as the property\n")
        .append(
            "`distributed-sockets.<name>`, or in the environment as `DISTRIBUTED_SOCKETS_<NAME>` ")
        .append("(upper case, `_` for `.` and `-`).\n");
    for (SettingsGroup group : Settings.groups()) {
      text.append("\n## ").append(group.title()).append("\n\n");
      text.append("| name | type | default | must | effect |\n|---|---|---|---|---|\n");
      group.settings().forEach(setting -> text.append(row(setting)));
    }
    return text.toString();
  }

  private static <T> String row(Setting<T> setting) {
    String type =
        setting.typeName() + (setting.units().isEmpty() ? "" : " (" + setting.units() + ")");
    String value = setting.format(setting.defaultValue());
    return String.format(
        "| `%s` | %s | %s | %s | %s |%n",
        setting.key(),
        type,
        value.isEmpty() ? "none" : "`" + value + "`",
        setting.constraint(),
        setting.description());
  }
}
