package org.distributedsockets.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import jakarta.websocket.CloseReason;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.util.function.Function;
import org.distributedsockets.CloseCode;
import org.distributedsockets.spi.ClientSession;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

/** What happens to a session that cannot be opened: it must not stay open and unserved. */
class SocketEndpointTest {
  private final ClientSession client = mock(ClientSession.class);
  private final Session session = mock(Session.class);
  private final EndpointConfig config = mock(EndpointConfig.class);
  private final JakartaChannel channel = mock(JakartaChannel.class);

  private void open(Function<Session, JakartaChannel> channels) {
    new SocketEndpoint(client, channels).onOpen(session, config);
  }

  @Test
  void closesASessionThatHasNoWayOut() throws Exception {
    IllegalStateException cause = new IllegalStateException("a binding's fault");
    assertEquals(
        cause,
        assertThrows(
            IllegalStateException.class,
            () ->
                open(
                    s -> {
                      throw cause;
                    })));
    ArgumentCaptor<CloseReason> reason = ArgumentCaptor.forClass(CloseReason.class);
    verify(session).close(reason.capture());
    assertEquals(CloseCode.INTERNAL_ERROR, reason.getValue().getCloseCode().getCode());
    verify(client).closed(CloseCode.ABNORMAL_CLOSURE);
    verify(client, never()).opened(any());
  }

  @Test
  void closesASessionThatCannotBeConfigured() {
    doThrow(new IllegalStateException("no")).when(session).setMaxIdleTimeout(0);
    assertThrows(IllegalStateException.class, () -> open(s -> channel));
    verify(channel).close(CloseCode.INTERNAL_ERROR, "");
    verify(client).closed(CloseCode.ABNORMAL_CLOSURE);
    verify(client, never()).opened(any());
  }

  @Test
  void closesASessionThatTheNodeCannotTakeWhateverItThrows() {
    doThrow(new NoClassDefFoundError("gone")).when(client).opened(channel);
    assertThrows(NoClassDefFoundError.class, () -> open(s -> channel));
    verify(channel).close(CloseCode.INTERNAL_ERROR, "");
    verify(client).closed(CloseCode.ABNORMAL_CLOSURE);
  }
}
