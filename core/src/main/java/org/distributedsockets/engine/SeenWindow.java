package org.distributedsockets.engine;

/**
 * Remembers which of the numbers of one stream were seen: the highest, and which of the {@value
 * #SIZE} below it. The anti-replay window of RFC 4303 section 3.4.3. A plain high-water mark would
 * drop a batch that was refused while a later one was taken; a sender never has more than {@value
 * #MAX_OUTSTANDING} numbers outstanding, so the window always reaches down to its oldest. For one
 * thread at a time.
 */
final class SeenWindow {
  static final int SIZE = 64;
  static final int MAX_OUTSTANDING = 32;

  private long highest = Long.MIN_VALUE;

  /** Bit i: the number highest - i was seen. */
  private long seen;

  /** Notes a number. Returns true at its first sight. */
  boolean firstSight(long number) {
    if (highest == Long.MIN_VALUE || number > highest) {
      long step = highest == Long.MIN_VALUE ? SIZE : number - highest;
      seen = step >= SIZE ? 1 : (seen << step) | 1;
      highest = number;
      return true;
    }
    long below = highest - number;
    if (below >= SIZE || (seen & (1L << below)) != 0) {
      return false;
    }
    seen |= 1L << below;
    return true;
  }
}
