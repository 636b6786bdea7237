package org.distributedsockets.servlet;

import jakarta.websocket.CloseReason;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The way out to the client of a Jakarta session. One send at a time, as Tomcat demands; each ends
 * within the send timeout, which containers leave infinite by default. A close ends the session
 * even if the peer neither answers it nor falls silent. Thread-safe.
 */
public class JakartaChannel implements WebSocketChannel {
  /**
   * How long a container tries to write one message, unless told otherwise: as long as the longest
   * {@link org.distributedsockets.NodeSettings#SEND_DEADLINE}, at whose end the node closes the
   * session, so this is only the last resort.
   */
  public static final Duration DEFAULT_SEND_TIMEOUT = Duration.ofMinutes(5);

  /**
   * How long a peer may take to answer a close frame. An idle timeout of as much would not do: each
   * frame that arrives puts it off, and Jetty ends a session that was idle for longer before the
   * close at once, with a code of its own.
   */
  private static final long CLOSE_WAIT_MS = 5_000;

  private final Session session;
  private final Consumer<? super Session> abort;
  private final RemoteEndpoint.Async remote;
  private final AtomicBoolean closing = new AtomicBoolean();

  /**
   * Makes one.
   *
   * @param session an open session
   * @param sendTimeout how long the container tries to write one message
   * @throws IllegalArgumentException unless the timeout is positive
   */
  public JakartaChannel(Session session, Duration sendTimeout) {
    this(session, sendTimeout, JakartaChannel::endAtTheNextGap);
  }

  /**
   * Makes one for a container that can do more than Jakarta WebSocket says.
   *
   * @param session an open session
   * @param sendTimeout how long the container tries to write one message
   * @param abort ends a session at once, whatever its peer does; must not block. Called five
   *     seconds after the close, also if the session ended meanwhile
   * @throws IllegalArgumentException unless the timeout is positive
   */
  public JakartaChannel(Session session, Duration sendTimeout, Consumer<? super Session> abort) {
    this.session = session;
    this.abort = Objects.requireNonNull(abort, "abort");
    this.remote = session.getAsyncRemote();
    remote.setSendTimeout(checkTimeout(sendTimeout).toMillis());
  }

  static Duration checkTimeout(Duration sendTimeout) {
    if (sendTimeout.toMillis() <= 0) {
      throw new IllegalArgumentException("must be at least 1 ms: sendTimeout=" + sendTimeout);
    }
    return sendTimeout;
  }

  @Override
  public void send(String text, Consumer<@Nullable Throwable> done) {
    OneReport report = new OneReport(done);
    try {
      remote.sendText(text, report);
    } catch (RuntimeException e) {
      report.end(e);
    }
  }

  @Override
  public void ping() throws IOException {
    try {
      session.getBasicRemote().sendPing(ByteBuffer.allocate(0));
    } catch (RuntimeException e) {
      throw new IOException("ping failed", e);
    }
  }

  @Override
  public void close(int code, String reason) {
    if (closing.compareAndSet(false, true)) {
      SessionEnds.schedule(CLOSE_WAIT_MS, this::abort);
    }
    close(session, code, reason);
  }

  /** Closes a session; does nothing if it is gone. */
  static void close(Session session, int code, String reason) {
    try {
      session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(code), reason));
    } catch (IOException | RuntimeException e) {
      // The session is gone, which is what was asked for.
    }
  }

  /** What Jakarta WebSocket offers to end a session without asking its peer. */
  private static void endAtTheNextGap(Session session) {
    session.setMaxIdleTimeout(1);
  }

  private void abort() {
    try {
      abort.accept(session);
    } catch (RuntimeException e) {
      // The session is gone, which is what was asked for.
    }
  }

  @Override
  public boolean isOpen() {
    return session.isOpen();
  }

  /** Keeps the promise of one report per send even where a container both throws and calls back. */
  private static final class OneReport implements SendHandler {
    private final Consumer<@Nullable Throwable> done;
    private final AtomicBoolean ended = new AtomicBoolean();

    OneReport(Consumer<@Nullable Throwable> done) {
      this.done = done;
    }

    @Override
    public void onResult(SendResult result) {
      end(result.isOK() ? null : failureOf(result));
    }

    private static Throwable failureOf(SendResult result) {
      Throwable failure = result.getException();
      return failure == null ? new IOException("the container gave no reason") : failure;
    }

    void end(@Nullable Throwable failure) {
      if (ended.compareAndSet(false, true)) {
        done.accept(failure);
      }
    }
  }
}
