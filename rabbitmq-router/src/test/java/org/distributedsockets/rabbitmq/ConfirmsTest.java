package org.distributedsockets.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The table of unconfirmed frames")
final class ConfirmsTest {
  private final Confirms confirms = new Confirms();
  private final List<Publish> published = new ArrayList<>();

  @Test
  @DisplayName("settles one, or all up to one, oldest first and once")
  void settlesOnce() {
    publish(6);

    assertEquals(List.of("2 CONFIRMED"), texts(confirms.answered(2, false, true)));
    assertEquals(
        List.of("1 CONFIRMED", "3 CONFIRMED", "4 CONFIRMED"),
        texts(confirms.answered(4, true, true)));
    assertEquals(List.of(), texts(confirms.answered(2, false, true)));
    assertEquals(List.of(), texts(confirms.answered(4, true, true)));
    assertEquals(2, confirms.unanswered());
  }

  @Test
  @DisplayName("tells the returned from the refused")
  void tellsReturned() {
    publish(4);
    confirms.returned(2);

    assertEquals(List.of("1 CONFIRMED", "2 UNROUTABLE"), texts(confirms.answered(2, true, true)));
    assertEquals(List.of("3 REFUSED", "4 REFUSED"), texts(confirms.answered(4, true, false)));
  }

  @Test
  @DisplayName("makes the rest unknown when the channel is gone, in order")
  void makesTheRestUnknown() {
    publish(1_000);
    confirms.answered(500, false, true);

    List<Confirms.Settled> lost = confirms.lost();

    assertEquals(999, lost.size());
    assertEquals("1 UNKNOWN", texts(lost).get(0));
    assertEquals("501 UNKNOWN", texts(lost).get(499));
    assertEquals(List.of(), texts(confirms.answered(1_000, true, true)));
    assertEquals(0, confirms.unanswered());
  }

  @Test
  @DisplayName("knows how long the oldest has been waiting")
  void knowsHowLong() {
    assertEquals(0, confirms.waitingNanos(1_000, 0));
    publish(2);
    assertEquals(999, confirms.waitingNanos(1_000, 0));
    assertEquals(100, confirms.waitingNanos(1_000, 900));
    confirms.answered(1, false, true);
    assertEquals(998, confirms.waitingNanos(1_000, 0));
  }

  @Test
  @DisplayName("wants every number")
  void wantsEveryNumber() {
    publish(1);
    assertThrows(
        IllegalStateException.class, () -> confirms.add(3, new Publish("n", new byte[0]), 0));
  }

  private void publish(int count) {
    for (int i = 0; i < count; i++) {
      Publish publish = new Publish("n", new byte[0]);
      published.add(publish);
      confirms.add(published.size(), publish, published.size());
    }
  }

  private List<String> texts(List<Confirms.Settled> settled) {
    return settled.stream()
        .map(one -> (published.indexOf(one.publish()) + 1) + " " + one.result())
        .toList();
  }
}
