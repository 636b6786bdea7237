package org.distributedsockets.memory;

import java.time.Duration;
import java.util.function.Predicate;

/**
 * What can go wrong with the bus of a {@link MemoryCluster}. Each fault lasts until it is ended.
 * Thread-safe.
 */
public final class BusFaults {
  private final Broker broker;

  BusFaults(Broker broker) {
    this.broker = broker;
  }

  /**
   * Cuts a node's connection. Its inboxes are lost, and given back when it reconnects, unless
   * somebody else holds the queue by then; what it published and got no answer to is UNKNOWN and
   * was not taken, unless it had arrived.
   *
   * @param nodeId whose connection
   * @param downFor how long until it reconnects by itself
   */
  public void cut(String nodeId, Duration downFor) {
    cut(nodeId, downFor, BusFaults::none);
  }

  /**
   * As {@link #cut(String, Duration)}, but some of what had not arrived is taken all the same.
   *
   * @param nodeId whose connection
   * @param downFor how long until it reconnects by itself
   * @param taken says of each frame that was under way, in order, whether the bus took it. A
   *     connection that breaks takes the first ones and no later one
   */
  public void cut(String nodeId, Duration downFor, Predicate<byte[]> taken) {
    broker.cut(nodeId, downFor, taken);
  }

  /**
   * Ends a cut before its time: the node reconnects now.
   *
   * @param nodeId whose connection
   */
  public void mend(String nodeId) {
    broker.mend(nodeId);
  }

  /** Cuts the connections of all nodes, until {@link #comeBack}. What the queues hold stays. */
  public void goAway() {
    goAway(BusFaults::none);
  }

  /**
   * As {@link #goAway()}, but some of what had not arrived is taken all the same.
   *
   * @param taken as in {@link #cut(String, Duration, Predicate)}
   */
  public void goAway(Predicate<byte[]> taken) {
    broker.goAway(taken);
  }

  /** Ends {@link #goAway()}: all nodes reconnect, those too that were cut. */
  public void comeBack() {
    broker.comeBack();
  }

  /**
   * From now on what a node publishes waits without an answer, as when the broker has an alarm.
   *
   * @param nodeId the publishing node
   */
  public void block(String nodeId) {
    broker.setBlocked(nodeId, true);
  }

  /**
   * Ends {@link #block}.
   *
   * @param nodeId the publishing node
   */
  public void unblock(String nodeId) {
    broker.setBlocked(nodeId, false);
  }

  /**
   * From now on what is published to a node is REFUSED, as when its queue is full.
   *
   * @param nodeId the target node
   */
  public void fill(String nodeId) {
    broker.setFull(nodeId, true);
  }

  /**
   * Ends {@link #fill}.
   *
   * @param nodeId the target node
   */
  public void drain(String nodeId) {
    broker.setFull(nodeId, false);
  }

  /**
   * From now on what a node publishes takes some time to arrive. The order stays.
   *
   * @param nodeId the publishing node
   * @param duration how long; zero ends it
   */
  public void delay(String nodeId, Duration duration) {
    broker.setDelay(nodeId, duration);
  }

  /**
   * Unbinds a node's queue behind its back.
   *
   * @param nodeId whose queue
   */
  public void dropBinding(String nodeId) {
    broker.dropBinding(nodeId);
  }

  /**
   * Deletes a node's queue, with all it holds, behind its back. If the node is connected it makes
   * it anew.
   *
   * @param nodeId whose queue
   */
  public void deleteQueue(String nodeId) {
    broker.deleteQueue(nodeId);
  }

  private static boolean none(byte[] frame) {
    return false;
  }
}
