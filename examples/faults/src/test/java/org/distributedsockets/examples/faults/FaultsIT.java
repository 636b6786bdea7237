package org.distributedsockets.examples.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A few rows of the table that take little time. The whole of it is {@code bin/faults}. */
class FaultsIT {
  private static final long SEED = 7;
  private static final int LEAST_MESSAGES = 1_000;

  @ParameterizedTest
  @ValueSource(strings = {"redis-flushed", "node-restarted", "rabbitmq-connections"})
  void keepsItsPromises(String name) throws Exception {
    Row row = Faults.rows().stream().filter(r -> r.name().equals(name)).findFirst().orElseThrow();
    Path examples = Path.of("").toAbsolutePath().resolveSibling("");
    Stage stage = new Stage(examples, "jetty-chat", Path.of("target/faults").toAbsolutePath());

    Verdict verdict = stage.run(row, SEED);

    System.out.println(verdict.line());
    assertEquals(List.of(), verdict.problems());
    assertTrue(verdict.delivered() > LEAST_MESSAGES, verdict::line);
  }
}
