package org.distributedsockets.examples.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;

/**
 * The wall clock of one process, which can be moved while it runs. A small library is compiled for
 * that and preloaded: libfaketime was tried, and under it a JVM's timed waits end at once. Confined
 * to one thread.
 */
final class WallClock implements AutoCloseable {
  private static final String SOURCE = "wallclock.c";

  private final Path folder;
  private final Path library;
  private final Path offset;

  /** Makes one, which is right. */
  WallClock() throws IOException, InterruptedException {
    folder = Files.createTempDirectory("wallclock");
    library = folder.resolve("wallclock.so");
    offset = folder.resolve("offset");
    moveBy(Duration.ZERO);
    Path source = folder.resolve(SOURCE);
    try (InputStream in = WallClock.class.getResourceAsStream("/" + SOURCE)) {
      long unused = Files.copy(Objects.requireNonNull(in, SOURCE), source);
    }
    compile(source);
  }

  private void compile(Path source) throws IOException, InterruptedException {
    Process compiler =
        new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(compiler.getInputStream().readAllBytes(), UTF_8);
    if (!compiler.waitFor(60, SECONDS) || compiler.exitValue() != 0) {
      throw new IllegalStateException("cc failed: " + said);
    }
  }

  /** What the environment of a process must hold that is to have this clock. */
  String[] environment() {
    return new String[] {"LD_PRELOAD=" + library, "WALLCLOCK=" + offset};
  }

  /** Moves it to so much after the true time. Before, if that is negative. */
  void moveBy(Duration duration) throws IOException {
    ByteBuffer seconds = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
    seconds.putLong(duration.toSeconds()).flip();
    // In one write to the same file: it is mapped by the process.
    try (FileChannel file =
        FileChannel.open(offset, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      int unused = file.write(seconds);
    }
  }

  /** For when the process has ended. */
  @Override
  public void close() throws IOException {
    for (String file : new String[] {SOURCE, "wallclock.so", "offset"}) {
      boolean unused = Files.deleteIfExists(folder.resolve(file));
    }
    Files.delete(folder);
  }
}
