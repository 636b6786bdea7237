package org.distributedsockets.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.distributedsockets.Connection;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.WebSocketChannel;

/** Remembers what a container told it. */
final class RecordingSession implements ClientSession {
  private static final int WAIT_SECONDS = 15;

  final CompletableFuture<WebSocketChannel> opened = new CompletableFuture<>();
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
  final BlockingQueue<String> signals = new LinkedBlockingQueue<>();
  private final StringBuilder parts = new StringBuilder();
  private final boolean failing;
  volatile String subprotocol = "";

  RecordingSession() {
    this(false);
  }

  /** One that may fail when it is opened. */
  RecordingSession(boolean failing) {
    this.failing = failing;
  }

  @Override
  public Connection connection() {
    throw new UnsupportedOperationException();
  }

  @Override
  public String subprotocol() {
    return subprotocol;
  }

  @Override
  public void opened(WebSocketChannel channel) {
    if (failing) {
      throw new IllegalStateException("a failure of the test");
    }
    opened.complete(channel);
  }

  @Override
  public void text(String part, boolean last) {
    parts.append(part);
    if (last) {
      texts.add(parts.toString());
      parts.setLength(0);
    }
  }

  @Override
  public void binary() {
    signals.add("binary");
  }

  @Override
  public void pong() {
    signals.add("pong");
  }

  @Override
  public void closed(int code) {
    closed.complete(code);
  }

  WebSocketChannel channel() throws Exception {
    return opened.get(WAIT_SECONDS, SECONDS);
  }

  int closeCode() throws Exception {
    return closed.get(WAIT_SECONDS, SECONDS);
  }

  static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(WAIT_SECONDS, SECONDS);
    if (next == null) {
      throw new AssertionError("nothing came within " + WAIT_SECONDS + " s");
    }
    return next;
  }
}
