package org.distributedsockets.redis;

/**
 * Notices that Redis went back in time, as it does when a replica that lags takes the place of its
 * primary: what was written last is gone, under the same epoch. So each batch of writes also counts
 * itself in Redis, and a count that is not higher than one that was confirmed before says that
 * writes were lost. Thread-safe.
 */
final class WriteCount {
  // Guarded by this.
  private long confirmed;
  private boolean wentBack;

  /** The highest count that Redis confirmed. To be asked for before a batch is sent. */
  synchronized long confirmed() {
    return confirmed;
  }

  /** Takes the count of a batch that was sent when another was the highest confirmed one. */
  synchronized void take(long count, long confirmedBefore) {
    wentBack |= count <= confirmedBefore;
    confirmed = Math.max(confirmed, count);
  }

  /** What Redis must have, unless it went back in time. */
  synchronized long expected() {
    return wentBack ? Long.MAX_VALUE : confirmed;
  }

  /** Begins anew with what Redis has: everything is registered again, if need be. */
  synchronized void restart(long count) {
    confirmed = count;
    wentBack = false;
  }
}
