package org.distributedsockets.examples.chat.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What the system knows of a process: Linux only (proc(5)). Thread-safe. */
public final class Footprint {
  /** USER_HZ is 100 on every architecture that Java runs on. */
  private static final long MILLIS_PER_TICK = 10;

  private static final String LISTENING = "0A";
  private static final String TIME_WAIT = "06";

  private Footprint() {}

  /**
   * The most memory it had resident.
   *
   * @param pid the process
   * @return kilobytes, 0 if it ended
   */
  public static long peakKilobytes(long pid) {
    return status(pid, "VmHWM:");
  }

  /**
   * The memory it has resident.
   *
   * @param pid the process
   * @return kilobytes, 0 if it ended
   */
  public static long residentKilobytes(long pid) {
    return status(pid, "VmRSS:");
  }

  /**
   * Its threads.
   *
   * @param pid the process
   * @return how many, 0 if it ended
   */
  public static long threads(long pid) {
    return status(pid, "Threads:");
  }

  /**
   * The processor time it used so far, in user and system mode, with all its threads.
   *
   * @param pid the process
   * @return milliseconds, a multiple of 10: the kernel tells ticks of a hundredth of a second
   */
  public static long processorMillis(long pid) {
    String line = lines(Path.of("/proc", Long.toString(pid), "stat")).get(0);
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * MILLIS_PER_TICK;
  }

  private static long status(long pid, String field) {
    return lines(Path.of("/proc", Long.toString(pid), "status")).stream()
        .filter(line -> line.startsWith(field))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElse(0);
  }

  /**
   * Connections that a server at a port still holds.
   *
   * @param port the port
   * @return how many
   */
  public static long connectionsAt(int port) {
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
