package org.distributedsockets.examples.custombus;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/** A client that reads at once and remembers all it got. Thread-safe. */
final class RecordingChannel implements WebSocketChannel {
  private final List<String> texts = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  List<String> texts() {
    return List.copyOf(texts);
  }

  @Override
  public void send(String text, Consumer<@Nullable Throwable> done) {
    texts.add(text);
    done.accept(null);
  }

  @Override
  public void ping() {}

  @Override
  public void close(int code, String reason) {
    closed = true;
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }
}
