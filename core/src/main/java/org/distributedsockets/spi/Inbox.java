package org.distributedsockets.spi;

/**
 * The exclusive hold on a node's queue. Methods block, bounded by the operation timeout, and throw
 * {@link BusException} if the bus could not be asked. Thread-safe.
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
   * was acknowledged. A bus that cannot delete on condition may unbind the queue for the moment of
   * the attempt; call {@link #unbind} first where frames may still come.
   *
   * @return false if it holds something; then nothing was done
   */
  boolean deleteIfEmpty();

  /**
   * Stops consuming. What was not acknowledged before this call goes back to the queue, in its
   * place; what was acknowledged is not delivered again. Idempotent, throws nothing.
   */
  @Override
  void close();
}
