package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.distributedsockets.spi.BusListener;
import org.jspecify.annotations.Nullable;

/** Keeps what the bus says for a listener that comes later. Thread-safe. */
final class EarlyBusEvents implements BusListener {
  // Guarded by "this".
  private @Nullable BusListener target;
  private final List<Consumer<BusListener>> early = new ArrayList<>();

  /** What comes meanwhile is kept as well, so that nothing overtakes what was kept before. */
  void to(BusListener listener) {
    while (true) {
      List<Consumer<BusListener>> kept;
      synchronized (this) {
        if (early.isEmpty()) {
          target = listener;
          return;
        }
        kept = List.copyOf(early);
        early.clear();
      }
      kept.forEach(event -> event.accept(listener));
    }
  }

  private void tell(Consumer<BusListener> event) {
    BusListener listener;
    synchronized (this) {
      listener = target;
      if (listener == null) {
        early.add(event);
        return;
      }
    }
    event.accept(listener);
  }

  @Override
  public void onUp() {
    tell(BusListener::onUp);
  }

  @Override
  public void onDown(String reason) {
    tell(listener -> listener.onDown(reason));
  }

  @Override
  public void onInboxTakenOver(String node) {
    tell(listener -> listener.onInboxTakenOver(node));
  }
}
