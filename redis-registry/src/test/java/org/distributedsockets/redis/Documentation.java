package org.distributedsockets.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@code docs/redis.md} says. */
final class Documentation {
  static final Path FILE = Path.of("..", "docs", "redis.md");

  private Documentation() {}

  static String text() {
    try {
      return Files.readString(FILE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The user with the least rights, as a line of a configuration. */
  static String acl() {
    return text().lines().filter(line -> line.startsWith("user ")).findFirst().orElseThrow();
  }
}
