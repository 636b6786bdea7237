package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.List;
import org.distributedsockets.spi.InboundHandler;
import org.jspecify.annotations.Nullable;

/**
 * Holds back what arrives before the node has joined. Until then another process of the same id may
 * be the one it is meant for: unacknowledged it goes back to the queue if this one does not get in.
 * Thread-safe.
 */
final class EarlyFrames implements InboundHandler {
  private final InboundHandler handler;

  // Guarded by "this". Null once the node has joined.
  private @Nullable List<Runnable> kept = new ArrayList<>();
  private volatile boolean open;

  EarlyFrames(InboundHandler handler) {
    this.handler = handler;
  }

  @Override
  public void onFrame(byte[] frame, Acknowledgement acknowledgement) {
    Runnable handling = () -> handler.onFrame(frame, acknowledgement);
    if (open || !keep(handling)) {
      handling.run();
    }
  }

  private synchronized boolean keep(Runnable handling) {
    return kept != null && kept.add(handling);
  }

  /** The inbox they came from was closed: they come again. */
  synchronized void forget() {
    if (kept != null) {
      kept.clear();
    }
  }

  /** The node has joined. What arrives meanwhile waits, so the order stays. */
  synchronized void open() {
    if (kept != null) {
      kept.forEach(Runnable::run);
    }
    kept = null;
    open = true;
  }
}
