package org.distributedsockets.engine;

/**
 * A rate limit that lets bursts pass: it holds up to {@code burst} tokens, starts full, and fills
 * at {@code perSecond}. Exact: no token is lost or won by rounding, however often it is asked.
 *
 * <p>Thread-safety: for one thread at a time; {@link #ofRate an unlimited one} for any number.
 */
final class TokenBucket {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** The highest rate and burst, so that a full bucket, counted in billionths, fits in a long. */
  static final long MAX_TOKENS = Long.MAX_VALUE / NANOS_PER_SECOND;

  private static final TokenBucket UNLIMITED = new TokenBucket(MAX_TOKENS, MAX_TOKENS, true, 0);

  private final long perSecond;
  private final long capacityNanoTokens;
  private final boolean unlimited;

  /** Billionths of tokens: a rate per second is that many of them per nanosecond. */
  private long nanoTokens;

  private long filledAtNanos;

  /**
   * Makes a full one.
   *
   * @param perSecond tokens that flow in per second, from 1 to {@link #MAX_TOKENS}
   * @param burst tokens it holds, from 1 to {@link #MAX_TOKENS}
   * @param nowNanos the present reading of the time source that later calls use
   * @throws IllegalArgumentException if a number is out of its range
   */
  TokenBucket(long perSecond, long burst, long nowNanos) {
    this(check("perSecond", perSecond), check("burst", burst), false, nowNanos);
  }

  private TokenBucket(long perSecond, long burst, boolean unlimited, long nowNanos) {
    this.perSecond = perSecond;
    this.capacityNanoTokens = burst * NANOS_PER_SECOND;
    this.unlimited = unlimited;
    this.nanoTokens = capacityNanoTokens;
    this.filledAtNanos = nowNanos;
  }

  private static long check(String name, long tokens) {
    if (tokens < 1 || tokens > MAX_TOKENS) {
      throw new IllegalArgumentException("must be 1 to " + MAX_TOKENS + ": " + name + "=" + tokens);
    }
    return tokens;
  }

  /**
   * One for a setting where 0 is no limit.
   *
   * @param perSecond as for a new one, or 0 for one that never says no
   * @param burst as for a new one; not used without a rate
   * @param nowNanos as for a new one
   * @return the bucket; the unlimited one has no state, and is shared
   */
  static TokenBucket ofRate(long perSecond, long burst, long nowNanos) {
    return perSecond == 0 ? UNLIMITED : new TokenBucket(perSecond, burst, nowNanos);
  }

  /**
   * Takes tokens, all or none.
   *
   * @param amount how many, at least 0; more than the burst is never granted
   * @param nowNanos the present reading of a {@link org.distributedsockets.spi.TimeSource}; one
   *     that is earlier than a former one counts as no time passed
   * @return whether they were there
   * @throws IllegalArgumentException if the amount is negative
   */
  boolean tryTake(long amount, long nowNanos) {
    if (amount < 0) {
      throw new IllegalArgumentException("must be >= 0: amount=" + amount);
    }
    if (unlimited) {
      return true;
    }
    fill(nowNanos);
    if (amount > nanoTokens / NANOS_PER_SECOND) {
      return false;
    }
    nanoTokens -= amount * NANOS_PER_SECOND;
    return true;
  }

  /**
   * Whether it holds all it can, as a new one does.
   *
   * @param nowNanos as for {@link #tryTake}
   * @return true if nothing is missing
   */
  boolean isFull(long nowNanos) {
    fill(nowNanos);
    return nanoTokens == capacityNanoTokens;
  }

  private void fill(long nowNanos) {
    long elapsedNanos = nowNanos - filledAtNanos;
    if (elapsedNanos <= 0) {
      return;
    }
    filledAtNanos = nowNanos;
    long missing = capacityNanoTokens - nanoTokens;
    // Compared by division first: the product may not fit in a long.
    nanoTokens =
        elapsedNanos > missing / perSecond
            ? capacityNanoTokens
            : nanoTokens + elapsedNanos * perSecond;
  }
}
