package org.distributedsockets.examples.embedded;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The lines that the README shows are the lines of the application. */
class ReadmeTest {
  private static final Path SOURCES =
      Path.of("src/main/java/org/distributedsockets/examples/embedded");
  private static final Pattern SNIPPET = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  static Stream<String> statements() throws IOException {
    return SNIPPET
        .matcher(Files.readString(Path.of("README.md")))
        .results()
        .map((MatchResult snippet) -> snippet.group(1))
        .flatMap(Pattern.compile("\n\n|(?<=;)\n")::splitAsStream);
  }

  @ParameterizedTest
  @MethodSource("statements")
  void showsWhatTheApplicationDoes(String statement) throws IOException {
    String source =
        Files.readString(SOURCES.resolve("OrdersApplication.java"))
            + Files.readString(SOURCES.resolve("OrderServlet.java"));
    assertTrue(withoutSpace(source).contains(withoutSpace(statement)), statement);
  }

  private static String withoutSpace(String text) {
    return text.replaceAll("\\s", "");
  }
}
