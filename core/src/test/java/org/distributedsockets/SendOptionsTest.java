package org.distributedsockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SendOptionsTest {
  private final SendOptions defaults = SendOptions.defaults();

  @Test
  void changesOneThingAtATime() {
    assertEquals(
        new SendOptions("alice", false, Duration.ofSeconds(1), "c1"),
        defaults
            .withFrom("alice")
            .withAwaitRecipient(false)
            .withLife(Duration.ofSeconds(1))
            .withExceptConnection("c1"));
  }

  @Test
  void refusesWhatCannotBe() {
    assertThrows(IllegalArgumentException.class, () -> defaults.withFrom(""));
    assertThrows(IllegalArgumentException.class, () -> defaults.withLife(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> defaults.withLife(Duration.ofMillis(-1)));
    assertEquals(
        "c".repeat(128), defaults.withExceptConnection("c".repeat(128)).exceptConnection());
    assertThrows(
        IllegalArgumentException.class, () -> defaults.withExceptConnection("c".repeat(129)));
  }
}
