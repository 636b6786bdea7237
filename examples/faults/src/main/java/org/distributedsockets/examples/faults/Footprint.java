package org.distributedsockets.examples.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What the system knows of a process: Linux only (proc(5)). */
final class Footprint {
  private static final String LISTENING = "0A";
  private static final String TIME_WAIT = "06";

  private Footprint() {}

  /** The most memory it had resident. */
  static long peakKilobytes(long pid) {
    return status(pid, "VmHWM:");
  }

  /** The memory it has resident. */
  static long residentKilobytes(long pid) {
    return status(pid, "VmRSS:");
  }

  static long threads(long pid) {
    return status(pid, "Threads:");
  }

  private static long status(long pid, String field) {
    return lines(Path.of("/proc", Long.toString(pid), "status")).stream()
        .filter(line -> line.startsWith(field))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }

  /** Connections that a server at this port still holds. */
  static long connectionsAt(int port) {
    String end = String.format(Locale.ROOT, ":%04X", port);
    return lines(Path.of("/proc/net/tcp")).stream().filter(line -> holds(line, end)).count()
        + lines(Path.of("/proc/net/tcp6")).stream().filter(line -> holds(line, end)).count();
  }

  private static boolean holds(String line, String end) {
    String[] columns = line.strip().split(" +", -1);
    return columns[1].endsWith(end)
        && !columns[3].equals(LISTENING)
        && !columns[3].equals(TIME_WAIT)
        && !columns[9].equals("0");
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
