package org.distributedsockets.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/** A client that reads at once and remembers all it got. */
final class RecordingChannel implements WebSocketChannel {
  final List<String> texts = new CopyOnWriteArrayList<>();
  volatile int closeCode;
  volatile String closeReason = "";

  @Override
  public void send(String text, Consumer<@Nullable Throwable> done) {
    texts.add(text);
    done.accept(null);
  }

  @Override
  public void ping() {}

  @Override
  public void close(int code, String reason) {
    closeCode = code;
    closeReason = reason;
  }

  @Override
  public boolean isOpen() {
    return closeCode == 0;
  }
}
