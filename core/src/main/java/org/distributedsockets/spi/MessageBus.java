package org.distributedsockets.spi;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Carries opaque frames from node to node, each to the durable queue of one node.
 *
 * <p>Thin on purpose: no batching, no retry of a publish, no routing. It does keep its own
 * connections alive: after a loss it reconnects with pauses until closed, opens the inboxes got
 * from {@link #open} again, binds those that were bound, and tells the {@link BusListener}.
 *
 * <p>Implementations must ensure:
 *
 * <ol>
 *   <li>{@code publish} never blocks for I/O and never throws for a fault of the bus; its stage
 *       always completes, on any thread but never inside the call while a lock of the
 *       implementation is held;
 *   <li>frames published by one caller to one node in order, all CONFIRMED, arrive in that order; a
 *       frame that was REFUSED or UNROUTABLE does not arrive at all;
 *   <li>a CONFIRMED frame survives the loss of any connection and a restart of the bus, also after
 *       a kill of its process (of a power failure the implementation's page says what holds); it
 *       stays in the queue until acknowledged and is delivered again if its receiver's inbox closes
 *       first, before later frames;
 *   <li>an inbox is exclusive: while one is open for a node, every other attempt throws {@link
 *       InboxHeldException}. This is the lock that adoption relies on;
 *   <li>an unbound node's frames come back UNROUTABLE while its queue keeps what it holds;
 *   <li>an inbox hands out at least {@link #MIN_UNACKNOWLEDGED} frames before it waits for one of
 *       them to be acknowledged: a slow client holds up its own frames, not the others';
 *   <li>nothing thrown by a handler ends consumption;
 *   <li>all methods may be called from any thread at any time.
 * </ol>
 */
public interface MessageBus extends AutoCloseable {
  /** How many frames of one inbox may be unacknowledged at least. */
  int MIN_UNACKNOWLEDGED = 10_000;

  /**
   * Sends a frame to a node's queue.
   *
   * @param node the id of the target node
   * @param frame the bytes, at most {@link #maxFrameBytes}; not copied, so the caller leaves them
   *     alone
   * @return what became of it; never completes exceptionally
   * @throws IllegalArgumentException if the frame is too long
   * @throws IllegalStateException if the bus was closed
   */
  CompletionStage<PublishResult> publish(String node, byte[] frame);

  /**
   * The longest frame. The library sends nothing longer, so that a bus with a small limit limits
   * the payloads.
   *
   * @return bytes; always the same
   */
  int maxFrameBytes();

  /**
   * Opens this node's own inbox: makes its queue if there is none, and consumes from it,
   * exclusively. Blocks, bounded by the operation timeout.
   *
   * @param node this node's id
   * @param handler gets the frames
   * @return the open inbox, not yet bound unless a former one left its binding
   * @throws InboxHeldException if somebody else consumes from it
   * @throws BusException if the bus could not be asked
   */
  Inbox open(String node, InboundHandler handler);

  /**
   * Opens a dead node's inbox to empty it. It is not opened again after a lost connection. Blocks
   * like {@link #open}.
   *
   * @param node the dead node's id
   * @param handler gets the frames
   * @return the open inbox, or empty if there is no such queue
   * @throws InboxHeldException if somebody consumes from it: the node lives, or another one adopts
   *     it
   * @throws BusException if the bus could not be asked
   */
  Optional<Inbox> adopt(String node, InboundHandler handler);

  /** Closes inboxes and connections. Idempotent, bounded; queues and what they hold stay. */
  @Override
  void close();
}
