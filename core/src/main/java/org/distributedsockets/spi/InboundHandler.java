package org.distributedsockets.spi;

/**
 * Takes the frames of one inbox. Called by one thread at a time, in the order of the queue; the
 * memory effects of one call are visible to the next. Must not block and must not call back into
 * the bus other than through {@code publish}. Something thrown is reported to the {@link
 * org.distributedsockets.ErrorListener} and leaves the frame unacknowledged.
 */
@FunctionalInterface
public interface InboundHandler {
  /**
   * A frame arrived.
   *
   * @param frame the bytes; the handler may keep them
   * @param acknowledgement to be called once the frame is dealt with
   */
  void onFrame(byte[] frame, Acknowledgement acknowledgement);

  /** Removes a frame from the queue. */
  @FunctionalInterface
  interface Acknowledgement {
    /**
     * The frame is dealt with. Any thread, never blocks, idempotent; without effect if the
     * delivering connection is lost before or while this is under way (the frame will then be
     * delivered again).
     */
    void acknowledge();
  }
}
