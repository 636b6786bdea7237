package org.distributedsockets.examples.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.SettingsException;

/**
 * Reads a {@code .env} file: {@code NAME=value} lines, the value bare or in quotes, and comments.
 */
final class DotEnv {
  private static final Pattern ASSIGNMENT =
      Pattern.compile(
          "\\s*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|(.*?))\\s*");

  private DotEnv() {}

  /**
   * Reads a file.
   *
   * @param file the file; need not exist
   * @return what it assigns; the last assignment of a name counts
   * @throws SettingsException if it cannot be read or a line is none; shows no line, as it may hold
   *     a secret
   */
  static Map<String, String> read(Path file) {
    try {
      return Files.exists(file) ? parse(file, Files.readAllLines(file)) : Map.of();
    } catch (IOException e) {
      throw new SettingsException(file + " cannot be read");
    }
  }

  private static Map<String, String> parse(Path file, List<String> lines) {
    Map<String, String> values = new HashMap<>();
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher assignment = ASSIGNMENT.matcher(lines.get(i));
      if (assignment.matches()) {
        values.put(assignment.group(1), value(assignment));
      } else if (!isComment(lines.get(i))) {
        problems.add("line " + (i + 1) + " of " + file + " must be NAME=value");
      }
    }
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    return values;
  }

  private static String value(Matcher assignment) {
    for (int group = 2; group < assignment.groupCount(); group++) {
      if (assignment.group(group) != null) {
        return assignment.group(group);
      }
    }
    return assignment.group(assignment.groupCount());
  }

  private static boolean isComment(String line) {
    return line.isBlank() || line.strip().startsWith("#");
  }
}
