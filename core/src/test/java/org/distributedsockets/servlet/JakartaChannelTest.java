package org.distributedsockets.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JakartaChannelTest {
  private final Session session = mock(Session.class);
  private final RemoteEndpoint.Async async = mock(RemoteEndpoint.Async.class);
  private final RemoteEndpoint.Basic basic = mock(RemoteEndpoint.Basic.class);
  private final List<Throwable> reports = new ArrayList<>();

  @BeforeEach
  void offerRemotes() {
    when(session.getAsyncRemote()).thenReturn(async);
    when(session.getBasicRemote()).thenReturn(basic);
  }

  private JakartaChannel channel() {
    return new JakartaChannel(session, Duration.ofSeconds(3));
  }

  private void answerSends(SendResult... results) {
    doAnswer(
            call -> {
              for (SendResult result : results) {
                call.getArgument(1, SendHandler.class).onResult(result);
              }
              throw new IllegalStateException("TEXT_FULL_WRITING");
            })
        .when(async)
        .sendText(anyString(), any());
  }

  @Test
  void boundsEverySendOfTheSession() {
    channel();
    verify(async).setSendTimeout(3_000);
    assertThrows(IllegalArgumentException.class, () -> new JakartaChannel(session, Duration.ZERO));
  }

  @Test
  void reportsWhatTheContainerThrows() {
    answerSends();
    channel().send("x", reports::add);
    assertEquals("TEXT_FULL_WRITING", reports.get(0).getMessage());
  }

  @Test
  void reportsOnceIfTheContainerBothCallsBackAndThrows() {
    answerSends(new SendResult(), new SendResult(new IOException("late")));
    channel().send("x", reports::add);
    assertEquals(Collections.singletonList(null), reports);
  }

  @Test
  void reportsAFailedSend() {
    IOException failure = new IOException("broken pipe");
    answerSends(new SendResult(failure));
    channel().send("x", reports::add);
    assertEquals(List.of(failure), reports);
  }

  @Test
  void turnsWhatAPingThrowsIntoOneKindOfFailure() throws Exception {
    doThrow(new IllegalStateException("closed")).when(basic).sendPing(any());
    assertInstanceOf(
        IllegalStateException.class,
        assertThrows(IOException.class, () -> channel().ping()).getCause());
  }

  /**
   * Jetty would end a session that was idle for longer, before the close, and not with its code.
   */
  @Test
  void changesNoIdleTimeoutBeforeTheClose() throws Exception {
    channel().close(1013, "too slow");
    verify(session, never()).setMaxIdleTimeout(anyLong());
    verify(session).close(any());
  }

  @Test
  void endsASessionThatIsStillThereAfterTheWait() {
    channel().close(1008, "no");
    verify(session, timeout(60_000)).setMaxIdleTimeout(1);
  }

  @Test
  void endsItOnceAndAsTheContainerCan() throws Exception {
    BlockingQueue<Session> aborted = new LinkedBlockingQueue<>();
    JakartaChannel channel = new JakartaChannel(session, Duration.ofSeconds(3), aborted::add);
    channel.close(1008, "no");
    channel.close(1001, "again");
    assertEquals(session, aborted.poll(60, TimeUnit.SECONDS));
    assertNull(aborted.poll(100, TimeUnit.MILLISECONDS));
    verify(session, never()).setMaxIdleTimeout(1);
  }

  @Test
  void closesWithoutThrowing() throws Exception {
    doThrow(new IllegalStateException("closed")).when(session).close(any());
    channel().close(1001, "");
    channel().close(99, "no such code");
  }
}
