package org.distributedsockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page on security names tests and settings that exist. */
class SecurityPageTest {
  private static final Path ROOT = Path.of("..");
  private static final Set<String> NO_SOURCES = Set.of("target", ".git");
  private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT|Contract))\\.(\\w+)`");
  private static final Pattern SETTING = Pattern.compile("`((?:client|handshake)\\.[a-z-]+)`");

  @Test
  void namesTestsThatExist() throws IOException {
    Map<String, Path> sources = sources();
    List<String> missing =
        TEST.matcher(page())
            .results()
            .filter(named -> !has(sources.get(named.group(1) + ".java"), named.group(2)))
            .map(named -> named.group())
            .toList();
    assertEquals(List.of(), missing);
  }

  @Test
  void namesSettingsThatExist() throws IOException {
    List<String> known = new NodeSettings().settings().stream().map(Setting::key).toList();
    List<String> named =
        SETTING.matcher(page()).results().map(result -> result.group(1)).distinct().toList();
    assertTrue(named.size() > 5, named::toString);
    assertTrue(known.containsAll(named), named::toString);
  }

  private static String page() throws IOException {
    return Files.readString(ROOT.resolve("docs/security.md"));
  }

  private static Map<String, Path> sources() throws IOException {
    Map<String, Path> sources = new HashMap<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            return NO_SOURCES.contains(name)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sources.put(file.getFileName().toString(), file);
            return FileVisitResult.CONTINUE;
          }
        });
    return sources;
  }

  private static boolean has(Path source, String method) {
    try {
      return source != null && Files.readString(source).contains("void " + method + "(");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
