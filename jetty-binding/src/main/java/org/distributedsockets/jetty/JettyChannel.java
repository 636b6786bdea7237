package org.distributedsockets.jetty;

import jakarta.websocket.Session;
import java.util.List;
import java.util.function.Consumer;
import org.distributedsockets.servlet.JakartaChannel;
import org.distributedsockets.spi.GatheringChannel;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.jspecify.annotations.Nullable;

/**
 * The way out to a client of Jetty. Writes frames to Jetty's own session, of the same kind for all
 * versions of Jakarta EE: there several frames can share one write without a thread that waits for
 * it, which the batches of Jakarta WebSocket need. Thread-safe.
 */
final class JettyChannel extends JakartaChannel implements GatheringChannel {
  private final CoreSession frames;

  /**
   * Makes one.
   *
   * @param session an open session
   * @param frames Jetty's own session behind it
   * @param abort ends it at once
   */
  JettyChannel(Session session, CoreSession frames, Consumer<? super Session> abort) {
    super(session, DEFAULT_SEND_TIMEOUT, abort);
    this.frames = frames;
  }

  @Override
  public void send(String text, Consumer<@Nullable Throwable> done) {
    send(List.of(text), done);
  }

  /** Jetty writes in order, and what it could not write ends its session: so the last one tells. */
  @Override
  public void send(List<String> texts, Consumer<@Nullable Throwable> done) {
    int last = texts.size() - 1;
    for (int i = 0; i < last; i++) {
      frames.sendFrame(frame(texts.get(i)), Callback.NOOP, true);
    }
    frames.sendFrame(frame(texts.get(last)), Callback.from(() -> done.accept(null), done), false);
  }

  private static Frame frame(String text) {
    return new Frame(OpCode.TEXT).setPayload(text);
  }
}
