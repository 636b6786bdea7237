package org.distributedsockets.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class EventuallyTest {
  @Test
  void callsAgainWhatFails() {
    Iterator<Integer> answers = List.of(1, 2, 3).iterator();

    assertEquals(
        3,
        Eventually.succeeds(
            "three",
            () -> {
              int answer = answers.next();
              if (answer < 3) {
                throw new IllegalStateException("not yet");
              }
              return answer;
            }));
  }

  /** Else a bus that is only begun would need half a minute for each test of its contract. */
  @Test
  void doesNotWaitForWhatIsNotWritten() {
    AtomicInteger calls = new AtomicInteger();

    assertThrows(
        AssertionError.class,
        () ->
            Eventually.succeeds(
                "an inbox",
                () -> {
                  calls.incrementAndGet();
                  throw new UnsupportedOperationException();
                }));

    assertEquals(1, calls.get());
  }
}
