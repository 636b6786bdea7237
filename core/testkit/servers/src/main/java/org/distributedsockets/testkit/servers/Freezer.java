package org.distributedsockets.testkit.servers;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Stops processes and lets them go on, as a long pause of a machine does. Thread-safe. */
public final class Freezer {
  private Freezer() {}

  /**
   * Freezes a process: no FIN, no RST, no answers.
   *
   * @param process the process
   */
  public static void freeze(ProcessHandle process) {
    signal(process, "STOP");
  }

  /**
   * Lets a process go on.
   *
   * @param process the process
   */
  public static void thaw(ProcessHandle process) {
    signal(process, "CONT");
  }

  private static void signal(ProcessHandle process, String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
