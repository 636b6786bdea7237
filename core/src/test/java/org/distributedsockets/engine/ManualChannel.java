package org.distributedsockets.engine;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/** A client whose sends end when the test says so. For one thread. */
class ManualChannel implements WebSocketChannel {
  final List<String> sent = new ArrayList<>();
  final List<String> closes = new ArrayList<>();
  final Deque<Consumer<@Nullable Throwable>> underWay = new ArrayDeque<>();
  int pings;
  boolean open = true;

  /** Whether a send ends inside the call. */
  boolean inline;

  @Nullable RuntimeException thrownBySend;
  @Nullable IOException thrownByPing;

  /** One whose sends end at once. */
  static ManualChannel inline() {
    ManualChannel channel = new ManualChannel();
    channel.inline = true;
    return channel;
  }

  @Override
  public void send(String text, Consumer<@Nullable Throwable> done) {
    sent.add(text);
    if (thrownBySend != null) {
      throw thrownBySend;
    }
    if (inline) {
      done.accept(null);
    } else {
      underWay.add(done);
    }
  }

  /** The oldest send under way ends. */
  void written() {
    underWay.remove().accept(null);
  }

  void failed() {
    underWay.remove().accept(new IOException("gone"));
  }

  @Override
  public void ping() throws IOException {
    pings++;
    if (thrownByPing != null) {
      throw thrownByPing;
    }
  }

  @Override
  public void close(int code, String reason) {
    closes.add(code + " " + reason);
    open = false;
  }

  @Override
  public boolean isOpen() {
    return open;
  }
}
