package org.distributedsockets.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What docs/writing-an-adapter.md quotes stands in the example, and what the example is built with
 * is the library beside it. It is not a test of the example, which can be copied anywhere.
 */
final class AdapterGuideTest {
  private static final Path ROOT = Path.of("../..");
  private static final Path EXAMPLE = ROOT.resolve("examples/custom-bus");
  private static final Pattern SNIPPET =
      Pattern.compile("```(?:java|xml)\n(.*?)```", Pattern.DOTALL);
  private static final String SOURCES =
      Stream.of(EXAMPLE.resolve("src"), ROOT.resolve("core/testkit/src/test"))
          .flatMap(AdapterGuideTest::javaFiles)
          .map(AdapterGuideTest::read)
          .collect(Collectors.joining("", read(EXAMPLE.resolve("pom.xml")), ""));

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

  @Test
  void asksForTheVersionThatIsBuiltHere() {
    assertEquals(
        first("<version>(.+?)</version>", ROOT.resolve("pom.xml")),
        first("<distributed-sockets.version>(.+?)</", EXAMPLE.resolve("pom.xml")));
  }

  private static String first(String pattern, Path file) {
    Matcher matcher = Pattern.compile(pattern).matcher(read(file));
    assertTrue(matcher.find(), file + " has no " + pattern);
    return matcher.group(1);
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
