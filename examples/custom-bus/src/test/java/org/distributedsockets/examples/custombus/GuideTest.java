package org.distributedsockets.examples.custombus;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.distributedsockets.Setting;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What docs/writing-an-adapter.md quotes stands here, and the README has every setting. */
final class GuideTest {
  private static final Path ROOT = Path.of("../..");
  private static final Pattern SNIPPET = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final String SOURCES =
      Stream.of(Path.of("src"), ROOT.resolve("core/testkit/src/test"))
          .flatMap(GuideTest::javaFiles)
          .map(GuideTest::read)
          .collect(Collectors.joining());

  static List<String> snippets() {
    return SNIPPET
        .matcher(read(ROOT.resolve("docs/writing-an-adapter.md")))
        .results()
        .map(snippet -> snippet.group(1))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("snippets")
  void quotesTheExample(String snippet) {
    assertTrue(withoutSpace(SOURCES).contains(withoutSpace(snippet)), snippet);
  }

  static List<Setting<?>> settings() {
    return new NatsSettings().settings();
  }

  @ParameterizedTest
  @MethodSource("settings")
  void listsEachSetting(Setting<?> setting) {
    assertTrue(
        read(Path.of("README.md"))
            .lines()
            .anyMatch(
                line ->
                    line.startsWith("| `" + setting.key() + "` | ")
                        && line.contains(setting.description())),
        setting.key());
  }

  private static String withoutSpace(String text) {
    return text.replaceAll("\\s", "");
  }

  private static Stream<Path> javaFiles(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
