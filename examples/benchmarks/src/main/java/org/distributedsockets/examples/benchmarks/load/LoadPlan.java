package org.distributedsockets.examples.benchmarks.load;

import java.util.List;
import java.util.Map;

/**
 * What the users do.
 *
 * @param kind what it is
 * @param dialect how they talk to the server
 * @param ports where servers listen: senders go to the first, receivers to the last; members of a
 *     group to each in turn
 * @param senders of a group: how many of the servers a broadcast is handed to
 * @param users pairs, members of the group, or connections
 * @param bodyBytes how long a body is, as JSON
 * @param window messages that each pair may have under way, or the group, or connections that are
 *     opened at one time; 0 for an open loop
 * @param rate messages a second of all pairs together, in an open loop
 * @param receipts whether the senders ask for them
 * @param warmUpMillis how long they do it before it counts
 * @param millis how long it counts
 * @param drainMillis how long what is under way at the end may take before it is lost
 * @param processes whose processor time counts, by name
 */
public record LoadPlan(
    Kind kind,
    Dialect dialect,
    List<Integer> ports,
    int senders,
    int users,
    int bodyBytes,
    int window,
    int rate,
    boolean receipts,
    long warmUpMillis,
    long millis,
    long drainMillis,
    Map<String, Long> processes) {

  /**
   * The same with other senders.
   *
   * @param count how many of the servers a broadcast is handed to
   * @return the plan
   */
  public LoadPlan withSenders(int count) {
    return new LoadPlan(
        kind,
        dialect,
        ports,
        count,
        users,
        bodyBytes,
        window,
        rate,
        receipts,
        warmUpMillis,
        millis,
        drainMillis,
        processes);
  }

  /** What users can do. */
  public enum Kind {
    /** Each sender writes to a receiver of his own. */
    PAIRS,
    /** One of a group writes to all of it. */
    BROADCAST,
    /** They connect and are silent until a line is written to this process. */
    IDLE,
    /** They connect and go. */
    CONNECT
  }
}
