package org.distributedsockets.examples.embedded;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The lines that the READMEs of existing applications show are lines of these applications, this
 * one and those beside it.
 */
class ReadmeTest {
  private static final List<String> EXAMPLES =
      List.of("embedded", "own-endpoint", "spring-boot", "war");
  private static final Pattern SNIPPET = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  static Stream<Arguments> statements() {
    return EXAMPLES.stream()
        .flatMap(
            example ->
                SNIPPET
                    .matcher(read(Path.of("..", example, "README.md")))
                    .results()
                    .map((MatchResult snippet) -> snippet.group(1))
                    .flatMap(Pattern.compile("\n\n|(?<=;)\n")::splitAsStream)
                    .map(statement -> Arguments.of(example, statement)));
  }

  @ParameterizedTest
  @MethodSource("statements")
  void showsWhatTheApplicationDoes(String example, String statement) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("..", example, "src", "main", "java"))) {
      assertTrue(
          files
              .filter(file -> file.toString().endsWith(".java"))
              .anyMatch(file -> withoutSpace(read(file)).contains(withoutSpace(statement))),
          statement);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String withoutSpace(String text) {
    return text.replaceAll("\\s", "");
  }
}
