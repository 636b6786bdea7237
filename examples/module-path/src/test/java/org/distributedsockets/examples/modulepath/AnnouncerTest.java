package org.distributedsockets.examples.modulepath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.StartException;
import org.junit.jupiter.api.Test;

/** Runs on the module path, and a second time on the class path. */
class AnnouncerTest {

  private static Settings settings(Map<String, String> properties) {
    return Settings.builder().properties(properties).build();
  }

  @Test
  void runsWhereTheBuildSays() {
    assertEquals(
        System.getProperty("expected.module"),
        Objects.requireNonNullElse(Announcer.class.getModule().getName(), "none"));
  }

  @Test
  void findsTheProvidersOfTheCore() throws Exception {
    Settings memory =
        settings(
            Map.of(
                "distributed-sockets.registry", "memory",
                "distributed-sockets.bus", "memory"));
    try (Announcer announcer = new Announcer("n1", memory)) {
      Outcome outcome =
          announcer.tell("bob", "\"hello\"").toCompletableFuture().get(10, TimeUnit.SECONDS);
      assertEquals(Outcome.Status.OFFLINE, outcome.status());
    }
  }

  @Test
  void findsTheAdaptersAndTheirSettings() {
    Settings nobodyThere =
        settings(
            Map.of(
                "distributed-sockets.node.start-timeout", "3s",
                "distributed-sockets.redis.addresses", "127.0.0.1:1",
                "distributed-sockets.rabbitmq.addresses", "127.0.0.1:1"));
    StartException failure =
        assertThrows(StartException.class, () -> new Announcer("n1", nobodyThere).close());
    assertTrue(failure.getMessage().contains("127.0.0.1:1"), failure.getMessage());
  }
}
