package org.distributedsockets.examples.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whether contestants run and lose nothing: each for a second, which says nothing of their speed.
 * Socket.IO is left to {@code bin/benchmarks}, which installs it.
 */
class BenchmarksIT {
  private static final Path EXAMPLES = Path.of("").toAbsolutePath().resolveSibling("");
  private static final Path FOLDER = Path.of("target").toAbsolutePath();
  private static final Backends BACKENDS = new Backends();

  @AfterAll
  static void stop() {
    BACKENDS.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "across-8;Distributed Sockets, receipts",
        "across-8;Vert.x event bus",
        "latency;Distributed Sockets",
        "latency;bare durable hop",
        "local;bare Tomcat relay",
        "durable-hop;bare durable hop, 16",
        "broadcast;Distributed Sockets",
        "broadcast;written by hand, on each node its own",
        "connect;Distributed Sockets"
      })
  void shouldMeasure(String row, String contestant) throws Exception {
    Sample sample = run(row, contestant);

    assertTrue(sample.get(Measures.RATE) > 0);
    assertTrue(sample.get(Measures.CPU) > 0);
    assertEquals(0, sample.get("lost"), "lost");
    assertEquals(0, sample.get("doubled"), "doubled");
    assertEquals(0, sample.get("reordered"), "reordered");
    assertEquals(0, sample.get("refused"), "refused");
  }

  @Test
  void shouldCountOneFrameOfTheBusForAMessage() throws Exception {
    Sample sample = run("nodes", "2 nodes");

    assertEquals(1, sample.get("AMQP messages each"), 0.01);
    assertTrue(sample.get("bytes allocated each") > Bench.BODY_BYTES);
  }

  private static Sample run(String rowName, String contestantName) throws Exception {
    Bench bench =
        new Bench(EXAMPLES, FOLDER, BACKENDS, new Systems(EXAMPLES, FOLDER, BACKENDS, ""), 1, 1);
    Row row =
        Benchmarks.rows(bench).stream()
            .filter(r -> r.name().equals(rowName))
            .findFirst()
            .orElseThrow();
    Row.Contestant contestant =
        row.contestants().stream()
            .filter(c -> c.name().equals(contestantName))
            .findFirst()
            .orElseThrow();
    Sample sample = contestant.trial().run();
    System.out.println(rowName + ", " + contestantName + ": " + sample.values());
    return sample;
  }
}
