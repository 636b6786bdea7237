package org.distributedsockets.spi;

/**
 * The exclusive hold on a node's queue. Methods block, bounded by the operation timeout, and throw
 * {@link BusException} if the bus could not be asked.
 */
public interface Inbox extends AutoCloseable {
  /** From now on frames published to the node arrive here. Idempotent. */
  void bind();

  /**
   * From now on frames published to the node are UNROUTABLE; those in the queue still arrive.
   * Idempotent.
   */
  void unbind();

  /**
   * Deletes the queue and closes this inbox, if the queue holds nothing and everything delivered
   * was acknowledged.
   *
   * @return false if it holds something; then nothing was done
   */
  boolean deleteIfEmpty();

  /**
   * Stops consuming. What was not acknowledged goes back to the queue, in its place. Idempotent,
   * throws nothing.
   */
  @Override
  void close();
}
