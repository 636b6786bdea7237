package org.distributedsockets.examples.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The heap of another JVM that is still in use, as its {@code jcmd} tells it. Thread-safe. */
final class LiveHeap {
  private static final int COLLECTIONS = 3;
  private static final Pattern USED = Pattern.compile("garbage-first heap .*used (\\d+)K");

  private final long pid;

  LiveHeap(long pid) {
    this.pid = pid;
  }

  /** Collects all garbage, and says what is left. */
  long bytes() throws IOException, InterruptedException {
    for (int i = 0; i < COLLECTIONS; i++) {
      String unused = jcmd("GC.run");
    }
    String info = jcmd("GC.heap_info");
    Matcher used = USED.matcher(info);
    if (!used.find()) {
      throw new IOException("cannot read " + info);
    }
    return Long.parseLong(used.group(1)) * 1024;
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(pid),
                command)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("jcmd " + command + " failed: " + output);
    }
    return output;
  }
}
