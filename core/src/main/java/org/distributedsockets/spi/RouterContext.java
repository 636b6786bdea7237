package org.distributedsockets.spi;

import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.jspecify.annotations.Nullable;

/** What a node lends to its {@link Router}. Thread-safe; nothing here blocks. */
public interface RouterContext {

  /**
   * This node.
   *
   * @return its id
   */
  String self();

  /**
   * The cluster as this node last knew it.
   *
   * @return the ids of the live nodes, this one included
   */
  Set<String> members();

  /**
   * What this node knows of an address by itself.
   *
   * @param address a user or group
   * @return the knowledge
   */
  LocalKnowledge local(Address address);

  /**
   * Asks the registry. Look-ups of the same moment share one call. The answer is not older than
   * this call.
   *
   * @param address a user or group
   * @return the location; UNKNOWN also if the registry is away. Never completes exceptionally
   */
  CompletionStage<Location> locate(Address address);

  /**
   * Sends an envelope to nodes (to this one: delivers it here).
   *
   * @param envelope what to send
   * @param nodes to which, at least one
   * @param ask true if they may well not hold the addressee, so that they answer instead of
   *     returning it
   */
  void dispatch(Envelope envelope, Set<String> nodes, boolean ask);

  /**
   * Sends an envelope nowhere (any more).
   *
   * @param envelope what was not sent
   * @param outcome what its sender learns if no other copy arrives
   */
  void end(Envelope envelope, Outcome outcome);

  /**
   * Waits until a node has dealt with everything that this one sent it so far for an address, and
   * all it returned has arrived.
   *
   * @param node the node's id
   * @param address the address
   * @return completes with true, or with false if the node is gone or about to go, and what it may
   *     still send back comes later; may never complete while the bus is away, so bound the wait
   */
  CompletionStage<Boolean> fence(String node, Address address);

  /**
   * The node's settings.
   *
   * @return where the router reads its own
   */
  Settings settings();

  /**
   * Monotonic time.
   *
   * @return its source
   */
  TimeSource time();

  /**
   * Runs something later, on a thread of the node that must not be blocked.
   *
   * @param delayNanos how much later
   * @param task what
   */
  void schedule(long delayNanos, Runnable task);

  /**
   * What a node knows of an address because it holds connections of it.
   *
   * @param here whether it holds any
   * @param otherNodes the other nodes that do, or null if it does not know
   */
  record LocalKnowledge(boolean here, @Nullable Set<String> otherNodes) {
    /** Nothing here, nothing known. */
    public static final LocalKnowledge NONE = new LocalKnowledge(false, null);
  }
}
