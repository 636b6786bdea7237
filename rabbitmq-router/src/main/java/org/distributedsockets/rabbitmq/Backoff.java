package org.distributedsockets.rabbitmq;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Pauses between attempts: each about twice as long as the one before, up to a limit, and of random
 * length, so that nodes that lost the broker together do not come back together. Not thread-safe.
 */
final class Backoff {
  private static final long FIRST_MILLIS = 100;
  private static final long LAST_MILLIS = 1_000;

  private long nextMillis = FIRST_MILLIS;

  long nextPauseMillis() {
    long pause = nextMillis / 2 + ThreadLocalRandom.current().nextLong(nextMillis / 2 + 1);
    nextMillis = Math.min(nextMillis * 2, LAST_MILLIS);
    return pause;
  }

  void reset() {
    nextMillis = FIRST_MILLIS;
  }
}
