package org.distributedsockets.memory;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * What can go wrong with the registry of a {@link MemoryCluster}. Each fault lasts until it is
 * ended. Thread-safe.
 *
 * <p>A call that a fault fails throws a retryable {@link
 * org.distributedsockets.spi.RegistryException}.
 */
public final class RegistryFaults {
  private final RegistryData data;

  // The fields below are guarded by this.
  private final Set<String> cutOff = new HashSet<>();
  private boolean away;
  private Duration delay = Duration.ZERO;
  private int answersToLose;
  private RegistryData.Copy replica;

  RegistryFaults(RegistryData data) {
    this.data = data;
    this.replica = data.copy();
  }

  /** From now on every call of every node fails at once, without effect. */
  public synchronized void goAway() {
    away = true;
  }

  /**
   * From now on every call of one node fails at once, without effect.
   *
   * @param nodeId whose calls
   */
  public synchronized void cutOff(String nodeId) {
    cutOff.add(nodeId);
  }

  /**
   * Ends {@link #goAway} and {@link #cutOff}. Nothing was lost; leases may have run out meanwhile.
   */
  public synchronized void comeBack() {
    away = false;
    cutOff.clear();
  }

  /**
   * From now on every call takes some time. Where that is the operation timeout or more, the call
   * throws when it is over, but its work was done.
   *
   * @param duration how long; zero ends it
   */
  public synchronized void answerAfter(Duration duration) {
    delay = duration;
  }

  /**
   * The next calls throw although their work was done, as if the connection broke before the
   * answer.
   *
   * @param calls how many
   */
  public synchronized void loseNextAnswers(int calls) {
    answersToLose = calls;
  }

  /** Forgets everything: a new epoch, and UNKNOWN in place of ABSENT for the grace period. */
  public void clear() {
    data.clear();
  }

  /** What is written after this call reaches the replica no more, so {@link #failOver} loses it. */
  public synchronized void stopReplicating() {
    replica = data.copy();
  }

  /**
   * Loses what was written since {@link #stopReplicating} (everything, if that was never called),
   * and says so with a new epoch.
   */
  public synchronized void failOver() {
    data.restore(replica, true);
  }

  /** As {@link #failOver}, but nobody is told: the epoch stays. */
  public synchronized void failOverUnnoticed() {
    data.restore(replica, false);
  }

  synchronized boolean isAwayFor(String nodeId) {
    return away || cutOff.contains(nodeId);
  }

  synchronized Duration delay() {
    return delay;
  }

  synchronized boolean losesThisAnswer() {
    if (answersToLose == 0) {
      return false;
    }
    answersToLose--;
    return true;
  }
}
