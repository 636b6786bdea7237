package org.distributedsockets.examples.benchmarks.load;

import java.util.BitSet;

/** What one receiver got of what one sender numbered from 0. For one thread. */
final class Arrivals {
  private final BitSet seen = new BitSet();
  private int highest = -1;
  private long distinct;
  private long doubled;
  private long outOfOrder;

  void arrived(long number) {
    int index = Math.toIntExact(number);
    if (seen.get(index)) {
      doubled++;
      return;
    }
    seen.set(index);
    distinct++;
    if (index < highest) {
      outOfOrder++;
    } else {
      highest = index;
    }
  }

  long distinct() {
    return distinct;
  }

  /** How many came once more. */
  long doubled() {
    return doubled;
  }

  /** How many came after one that was sent later. */
  long outOfOrder() {
    return outOfOrder;
  }

  /** How many of so many did not come. */
  long lost(long sent) {
    return sent - distinct;
  }
}
