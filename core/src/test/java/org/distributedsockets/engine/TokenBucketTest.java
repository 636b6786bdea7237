package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBucketTest {
  @Test
  void isFullWhenNothingIsMissing() {
    TokenBucket bucket = new TokenBucket(2, 2, 0);
    assertTrue(bucket.isFull(0));
    assertTrue(bucket.tryTake(1, 0));
    assertFalse(bucket.isFull(499_999_999));
    assertTrue(bucket.isFull(500_000_000));
  }

  private static final long SECOND = 1_000_000_000;

  /** A reading from which the time source soon overflows. */
  private static final long START = Long.MAX_VALUE - SECOND / 2;

  @Test
  void grantsTheBurstThenTheRate() {
    TokenBucket bucket = new TokenBucket(2, 3, START);
    assertEquals(3, takeAll(bucket, START));
    assertFalse(bucket.tryTake(1, after(SECOND / 2 - 1)));
    assertTrue(bucket.tryTake(1, after(SECOND / 2)));
    assertEquals(2, takeAll(bucket, after(SECOND + SECOND / 2)));
  }

  @Test
  void neverHoldsMoreThanTheBurst() {
    TokenBucket bucket = new TokenBucket(1_000, 3, START);
    assertEquals(3, takeAll(bucket, after(3_600 * SECOND)));
  }

  @Test
  void takesAllOrNothing() {
    TokenBucket bucket = new TokenBucket(1, 10, START);
    assertFalse(bucket.tryTake(11, START));
    assertTrue(bucket.tryTake(7, START));
    assertFalse(bucket.tryTake(4, START));
    assertTrue(bucket.tryTake(3, START));
    assertTrue(bucket.tryTake(0, START));
  }

  @Test
  void losesNothingByBeingAskedOften() {
    TokenBucket bucket = new TokenBucket(3, 2, START);
    takeAll(bucket, START);
    long granted = 0;
    for (long micros = 1; micros <= 10_000_000; micros++) {
      granted += bucket.tryTake(1, after(micros * 1_000)) ? 1 : 0;
    }
    assertEquals(30, granted);
  }

  @Test
  void takesTimeThatGoesBackForNoTime() {
    TokenBucket bucket = new TokenBucket(1, 1, START);
    assertTrue(bucket.tryTake(1, START));
    assertFalse(bucket.tryTake(1, after(-10 * SECOND)));
    assertFalse(bucket.tryTake(1, after(SECOND - 1)));
    assertTrue(bucket.tryTake(1, after(SECOND)));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 9223372036", "9223372036, 1", "9223372036, 9223372036"})
  void doesNotOverflow(long perSecond, long burst) {
    TokenBucket bucket = new TokenBucket(perSecond, burst, START);
    assertFalse(bucket.tryTake(Long.MAX_VALUE, START));
    assertFalse(bucket.tryTake(burst + 1, START));
    assertTrue(bucket.tryTake(burst, START));
    assertFalse(bucket.tryTake(1, START));
    assertEquals(burst <= perSecond, bucket.tryTake(burst, after(SECOND)));
    assertTrue(bucket.tryTake(burst, after(Long.MAX_VALUE)));
  }

  @Test
  void unlimitedGrantsEverything() {
    assertTrue(TokenBucket.ofRate(0, 0, 0).tryTake(Long.MAX_VALUE, 0));
    assertTrue(TokenBucket.ofRate(0, 0, 0).tryTake(Long.MAX_VALUE, 0));
    assertThrows(IllegalArgumentException.class, () -> TokenBucket.ofRate(0, 0, 0).tryTake(-1, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 0, TokenBucket.MAX_TOKENS + 1, Long.MAX_VALUE})
  void refusesNumbersOutOfRange(long tokens) {
    assertThrows(IllegalArgumentException.class, () -> new TokenBucket(tokens, 1, START));
    assertThrows(IllegalArgumentException.class, () -> new TokenBucket(1, tokens, START));
  }

  @Test
  void refusesNegativeAmount() {
    TokenBucket bucket = new TokenBucket(1, 1, START);
    assertThrows(IllegalArgumentException.class, () -> bucket.tryTake(-1, START));
  }

  private static long after(long nanos) {
    return START + nanos;
  }

  private static int takeAll(TokenBucket bucket, long nowNanos) {
    int taken = 0;
    while (bucket.tryTake(1, nowNanos)) {
      taken++;
    }
    return taken;
  }
}
