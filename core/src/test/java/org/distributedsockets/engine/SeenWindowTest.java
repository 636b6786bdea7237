package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeenWindowTest {
  private final SeenWindow window = new SeenWindow();

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 63, 64, 65, 1_000_000, Long.MAX_VALUE})
  void seesTheFirstNumberWhateverItIsOnce(long number) {
    assertTrue(window.firstSight(number));
    assertFalse(window.firstSight(number));
  }

  @Test
  void takesAnOlderNumberThatWasNotSeen() {
    window.firstSight(2);
    assertTrue(window.firstSight(1));
    assertFalse(window.firstSight(1));
    assertFalse(window.firstSight(2));
  }

  @Test
  void reachesDownExactlyItsSize() {
    window.firstSight(100);
    assertTrue(window.firstSight(100 - SeenWindow.SIZE + 1));
    assertFalse(window.firstSight(100 - SeenWindow.SIZE), "below the window");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 63, 64, 65, 1_000, Long.MAX_VALUE - 100})
  void forgetsNothingThatIsStillInTheWindowAfterAStep(long step) {
    window.firstSight(100);
    window.firstSight(100 + step);
    assertFalse(window.firstSight(100));
    assertFalse(window.firstSight(100 + step));
  }

  @Test
  void agreesWithASetOfAllNumbersForASenderThatKeepsItsLimit() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      SeenWindow tested = new SeenWindow();
      Set<Long> model = new HashSet<>();
      long highest = 1;
      for (int i = 0; i < 500; i++) {
        long number =
            Math.max(1, highest + random.nextInt(8) - random.nextInt(SeenWindow.MAX_OUTSTANDING));
        highest = Math.max(highest, number);
        assertEquals(model.add(number), tested.firstSight(number), "seed " + seed + " step " + i);
      }
    }
  }

  @Test
  void reachesTwiceAsFarAsASenderMayGo() {
    assertEquals(2 * SeenWindow.MAX_OUTSTANDING, SeenWindow.SIZE);
  }
}
