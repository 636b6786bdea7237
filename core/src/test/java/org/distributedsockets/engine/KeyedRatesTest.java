package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KeyedRatesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long START = -SECOND / 2;

  @Test
  void eachNameHasARateOfItsOwn() {
    KeyedRates rates = new KeyedRates(2);
    assertTrue(rates.tryTake("a", START));
    assertTrue(rates.tryTake("a", START));
    assertFalse(rates.tryTake("a", START));
    assertTrue(rates.tryTake("b", START));
    assertTrue(rates.tryTake("a", START + SECOND / 2));
    assertFalse(rates.tryTake("a", START + SECOND / 2));
  }

  @Test
  void withoutARateItRemembersNothing() {
    KeyedRates rates = new KeyedRates(0);
    for (int i = 0; i < 1_000; i++) {
      assertTrue(rates.tryTake("a", START));
    }
    assertEquals(0, rates.size());
  }

  @Test
  void forgetsABucketOnlyWhenItIsFullAgain() {
    KeyedRates rates = new KeyedRates(1);
    assertTrue(rates.tryTake("a", START));
    rates.forgetFull(START + SECOND - 1);
    assertEquals(1, rates.size());
    assertFalse(rates.tryTake("a", START + SECOND - 1));
    rates.forgetFull(START + SECOND);
    assertEquals(0, rates.size());
  }

  @Test
  void namesBeyondTheMostShareOneBucket() {
    KeyedRates rates = new KeyedRates(1);
    for (int i = 0; i < KeyedRates.MAX_BUCKETS; i++) {
      assertTrue(rates.tryTake("name" + i, START));
    }
    assertTrue(rates.tryTake("one more", START));
    assertFalse(rates.tryTake("another", START));
    assertFalse(rates.tryTake("name7", START), "known ones keep their own");
    assertEquals(KeyedRates.MAX_BUCKETS + 1, rates.size());
    rates.forgetFull(START + SECOND);
    assertEquals(0, rates.size());
    assertTrue(rates.tryTake("another", START + SECOND));
  }
}
