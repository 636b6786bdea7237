package org.distributedsockets.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.distributedsockets.Admission;
import org.distributedsockets.Handshake;
import org.distributedsockets.SocketNode;
import org.distributedsockets.spi.ClientSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a real container would not let through, or does not do on demand. */
class SocketServletTest {
  private final SocketNode node = mock(SocketNode.class);
  private final ClientSession session = mock(ClientSession.class);
  private final ServerContainer container = mock(ServerContainer.class);
  private final ServletContext context = mock(ServletContext.class);
  private final HttpServletRequest request = mock(HttpServletRequest.class);
  private final HttpServletResponse response = mock(HttpServletResponse.class);
  private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private final SocketServlet servlet = new SocketServlet(node);

  @BeforeEach
  void prepareARightHandshake() throws Exception {
    headers.put("Upgrade", "WebSocket");
    headers.put("Connection", "keep-alive , upgrade");
    headers.put("Sec-WebSocket-Version", "13");
    headers.put("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    when(request.getMethod()).thenReturn("GET");
    when(request.getScheme()).thenReturn("https");
    when(request.getServerName()).thenReturn("::1");
    when(request.getServerPort()).thenReturn(443);
    when(request.getRequestURI()).thenReturn("/ws");
    when(request.getServletPath()).thenReturn("/ws");
    when(request.getRemoteAddr()).thenReturn("::1");
    when(request.getHeader(any()))
        .thenAnswer(call -> headers.get(call.getArgument(0, String.class)));
    when(request.getHeaders(any()))
        .thenAnswer(call -> Collections.enumeration(values(call.getArgument(0))));
    when(request.getHeaderNames()).thenAnswer(call -> Collections.enumeration(headers.keySet()));
    when(response.getOutputStream()).thenReturn(new BodyStream(body));
    when(context.getAttribute(ServerContainer.class.getName())).thenReturn(container);
    when(node.admit(any())).thenReturn(new Admission.Admitted(session));
    servlet.init(config());
  }

  private List<String> values(String name) {
    String value = headers.get(name);
    return value == null ? List.of() : List.of(value);
  }

  private ServletConfig config() {
    ServletConfig config = mock(ServletConfig.class);
    when(config.getServletContext()).thenReturn(context);
    return config;
  }

  @Test
  void upgradesARightHandshake() throws Exception {
    servlet.service(request, response);
    verify(container).upgradeHttpToWebSocket(any(), any(), any(), any());
    verify(session, never()).closed(1006);
  }

  @Test
  void upgradesWhereverItIsMapped() throws Exception {
    when(request.getServletPath()).thenReturn("");
    when(request.getPathInfo()).thenReturn("/ws/{room");
    servlet.service(request, response);
    verify(container).upgradeHttpToWebSocket(any(), any(), any(), any());
    verify(response, never()).setStatus(500);
  }

  @Test
  void writesTheServerOriginOfAnIpv6Address() throws Exception {
    when(node.admit(any()))
        .thenAnswer(
            call -> {
              assertEquals("https://[::1]", call.getArgument(0, Handshake.class).serverOrigin());
              return new Admission.Admitted(session);
            });
    servlet.service(request, response);
    verify(node).admit(any());
  }

  @Test
  void demandsTheConnectionHeader() throws Exception {
    headers.put("Connection", "keep-alive");
    servlet.service(request, response);
    verify(response).setStatus(426);
    verify(node, never()).admit(any());
  }

  @Test
  void endsTheSessionOfAFailedUpgrade() throws Exception {
    doThrow(new DeploymentException("broken"))
        .when(container)
        .upgradeHttpToWebSocket(any(), any(), any(), any());
    servlet.service(request, response);
    verify(session).closed(1006);
    verify(response).setStatus(500);
    assertEquals(
        "{\"message\":\"WebSocket upgrade failed\"}", body.toString(StandardCharsets.UTF_8));
  }

  @Test
  void leavesACommittedResponseAlone() throws Exception {
    when(response.isCommitted()).thenReturn(true);
    doThrow(new IllegalStateException())
        .when(container)
        .upgradeHttpToWebSocket(any(), any(), any(), any());
    servlet.service(request, response);
    verify(session).closed(1006);
    verify(response, never()).reset();
  }

  @Test
  void endsTheSessionEvenAfterAnError() throws Exception {
    doThrow(new NoClassDefFoundError())
        .when(container)
        .upgradeHttpToWebSocket(any(), any(), any(), any());
    assertThrows(NoClassDefFoundError.class, () -> servlet.service(request, response));
    verify(session).closed(1006);
  }

  @Test
  void escapesTheMessageOfARefusal() throws Exception {
    when(node.admit(any())).thenReturn(new Admission.Refused(400, "a \"b\"\n", 0));
    servlet.service(request, response);
    assertEquals("{\"message\":\"a \\\"b\\\"\\n\"}", body.toString(StandardCharsets.UTF_8));
  }

  @Test
  void refusesToStartWithoutAWebSocketContainer() {
    when(context.getAttribute(any())).thenReturn(null);
    ServletException refused = assertThrows(ServletException.class, () -> servlet.init(config()));
    assertTrue(refused.getMessage().contains("WebSocket container"));
  }

  private static final class BodyStream extends ServletOutputStream {
    private final ByteArrayOutputStream body;

    BodyStream(ByteArrayOutputStream body) {
      this.body = body;
    }

    @Override
    public void write(int b) {
      body.write(b);
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      throw new UnsupportedOperationException();
    }
  }
}
