package org.distributedsockets.examples.benchmarks.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private final Arrivals arrivals = new Arrivals();

  private void arrive(long... numbers) {
    for (long number : numbers) {
      arrivals.arrived(number);
    }
  }

  private void assertCounts(long lostOfTen, long doubled, long outOfOrder) {
    assertEquals(lostOfTen, arrivals.lost(10), "lost");
    assertEquals(doubled, arrivals.doubled(), "doubled");
    assertEquals(outOfOrder, arrivals.outOfOrder(), "out of order");
  }

  @Test
  void shouldCountNothingIfAllCameInOrder() {
    arrive(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);

    assertCounts(0, 0, 0);
  }

  @Test
  void shouldCountWhatIsMissing() {
    arrive(0, 2, 3, 5, 6, 7);

    assertCounts(4, 0, 0);
  }

  @Test
  void shouldCountEachFurtherCopy() {
    arrive(0, 1, 1, 2, 1, 3, 4, 5, 6, 7, 8, 9, 9);

    assertCounts(0, 3, 0);
  }

  @Test
  void shouldCountEachThatCameAfterALaterOne() {
    arrive(3, 0, 1, 2, 5, 4, 6, 7, 8, 9);

    assertCounts(0, 0, 4);
  }
}
