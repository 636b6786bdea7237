package org.distributedsockets.spi;

/**
 * How many live entries one address may have in the whole cluster, and what happens when one more
 * comes. Immutable.
 *
 * @param maxEntries the most entries, at least 1; {@link Integer#MAX_VALUE} for no limit
 * @param policy what to do about one more
 */
public record RegistrationLimit(int maxEntries, Policy policy) {
  /** No limit. */
  public static final RegistrationLimit NONE =
      new RegistrationLimit(Integer.MAX_VALUE, Policy.REJECT_NEW);

  /** What happens when one more comes. */
  public enum Policy {
    /** The new entry is refused. */
    REJECT_NEW,
    /**
     * The oldest entries by {@code sinceMillis} give way and are named in the answer. The new one
     * is refused if it is older than all that would give way to it: so one that gave way does not
     * come back by being registered again.
     */
    DISPLACE_OLDEST
  }

  /**
   * Checks the number.
   *
   * @param maxEntries the most entries, at least 1; {@link Integer#MAX_VALUE} for no limit
   * @param policy what to do about one more
   * @throws IllegalArgumentException if it is below 1
   */
  public RegistrationLimit {
    if (maxEntries < 1) {
      throw new IllegalArgumentException("must be >= 1: maxEntries=" + maxEntries);
    }
  }
}
