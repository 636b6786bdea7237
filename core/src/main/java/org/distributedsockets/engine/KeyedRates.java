package org.distributedsockets.engine;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One {@link TokenBucket} for each of any number of names, all with the same rate and a burst of
 * one second's worth. A bucket that is full again is forgotten, for it says nothing. Thread-safe.
 */
final class KeyedRates {
  /**
   * How many buckets there may be, at about 100 bytes each. The names beyond share one: whoever
   * makes up as many names within a second is not to cost memory, too.
   */
  static final int MAX_BUCKETS = 100_000;

  /** No user and no address has an empty name. */
  private static final String ALL_OTHERS = "";

  private final int perSecond;
  private final ConcurrentMap<String, TokenBucket> buckets = new ConcurrentHashMap<>();

  /**
   * Makes one.
   *
   * @param perSecond the rate of each name; 0 is no limit
   */
  KeyedRates(int perSecond) {
    this.perSecond = perSecond;
  }

  boolean tryTake(String name, long nowNanos) {
    if (perSecond == 0) {
      return true;
    }
    boolean known = buckets.size() < MAX_BUCKETS || buckets.containsKey(name);
    AtomicBoolean taken = new AtomicBoolean();
    buckets.compute(
        known ? name : ALL_OTHERS,
        (key, present) -> {
          TokenBucket bucket =
              present == null ? new TokenBucket(perSecond, perSecond, nowNanos) : present;
          taken.set(bucket.tryTake(1, nowNanos));
          return bucket;
        });
    return taken.get();
  }

  /** Forgets the buckets that are full; called every second or so. */
  void forgetFull(long nowNanos) {
    for (String key : buckets.keySet()) {
      buckets.computeIfPresent(key, (k, bucket) -> bucket.isFull(nowNanos) ? null : bucket);
    }
  }

  int size() {
    return buckets.size();
  }
}
