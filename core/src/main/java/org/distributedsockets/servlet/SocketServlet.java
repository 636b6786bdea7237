package org.distributedsockets.servlet;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.distributedsockets.Admission;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Handshake;
import org.distributedsockets.SocketNode;
import org.jspecify.annotations.Nullable;

/**
 * Upgrades the requests that a node admits. Works in any container with Jakarta WebSocket 2.1; the
 * filters that the application maps to its path run before it. A request that is not upgraded is
 * answered with a status and {@code {"message":"..."}}.
 *
 * <p>Thread-safe. A request holds its thread for as long as {@link SocketNode#admit} takes.
 */
public final class SocketServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final int UPGRADE_REQUIRED = 426;

  /** The request was mapped to this servlet already, at a path that is none for an endpoint. */
  private static final String ANY_PATH = "/";

  private final transient SocketNode node;
  private final transient Function<? super Session, JakartaChannel> channels;

  /**
   * Makes one with a send timeout of {@link JakartaChannel#DEFAULT_SEND_TIMEOUT}.
   *
   * @param node decides on handshakes and takes the sessions
   */
  public SocketServlet(SocketNode node) {
    this(node, JakartaChannel.DEFAULT_SEND_TIMEOUT);
  }

  /**
   * Makes one.
   *
   * @param node decides on handshakes and takes the sessions
   * @param sendTimeout how long the container tries to write one message
   * @throws IllegalArgumentException unless the timeout is positive
   */
  public SocketServlet(SocketNode node, Duration sendTimeout) {
    this(node, session -> new JakartaChannel(session, sendTimeout));
    JakartaChannel.checkTimeout(sendTimeout);
  }

  /**
   * Makes one for a container that can do more than Jakarta WebSocket says.
   *
   * @param node decides on handshakes and takes the sessions
   * @param channels makes the way out to the client of an open session
   */
  public SocketServlet(SocketNode node, Function<? super Session, JakartaChannel> channels) {
    this.node = Objects.requireNonNull(node, "node");
    this.channels = Objects.requireNonNull(channels, "channels");
  }

  /**
   * Looks for the WebSocket container.
   *
   * @throws ServletException if this servlet's context has none
   */
  @Override
  public void init() throws ServletException {
    if (findContainer() == null) {
      throw new ServletException(
          "no Jakarta WebSocket container in this servlet context: install it with the binding");
    }
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    HandshakeRequest handshake = new HandshakeRequest(request);
    if (!request.getMethod().equals("GET")) {
      response.setHeader("Allow", "GET");
      JsonAnswer.send(response, HttpServletResponse.SC_METHOD_NOT_ALLOWED, "only GET is allowed");
    } else if (!handshake.asksForUpgrade()) {
      requireUpgrade(response, "a WebSocket handshake is required");
    } else if (!handshake.hasKnownVersion()) {
      response.setHeader("Sec-WebSocket-Version", "13");
      requireUpgrade(response, "Sec-WebSocket-Version must be 13");
    } else if (!handshake.hasValidKey()) {
      refuseAsMalformed(response, "Sec-WebSocket-Key must be 16 bytes in Base64");
    } else {
      admit(handshake, request, response);
    }
  }

  private void admit(
      HandshakeRequest handshakeRequest, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Handshake handshake;
    try {
      handshake = handshakeRequest.handshake();
    } catch (IllegalArgumentException e) {
      refuseAsMalformed(response, String.valueOf(e.getMessage()));
      return;
    }
    Admission admission = node.admit(handshake);
    if (admission instanceof Admission.Refused refused) {
      refuse(response, refused);
    } else if (admission instanceof Admission.Admitted admitted) {
      upgrade(request, response, admitted);
    }
  }

  private static void refuse(HttpServletResponse response, Admission.Refused refused)
      throws IOException {
    if (refused.retryAfterSeconds() > 0) {
      response.setIntHeader("Retry-After", refused.retryAfterSeconds());
    }
    JsonAnswer.send(response, refused.status(), refused.message());
  }

  private static void refuseAsMalformed(HttpServletResponse response, String message)
      throws IOException {
    JsonAnswer.send(response, HttpServletResponse.SC_BAD_REQUEST, message);
  }

  /** RFC 9110 section 15.5.22. */
  private static void requireUpgrade(HttpServletResponse response, String message)
      throws IOException {
    response.setHeader("Upgrade", "websocket");
    response.setHeader("Connection", "Upgrade");
    JsonAnswer.send(response, UPGRADE_REQUIRED, message);
  }

  private void upgrade(
      HttpServletRequest request, HttpServletResponse response, Admission.Admitted admitted)
      throws IOException {
    boolean upgraded = false;
    try {
      ServerContainer container = Objects.requireNonNull(findContainer(), "container");
      container.upgradeHttpToWebSocket(
          new WithoutExtensions(request), response, endpointConfig(admitted), Map.of());
      upgraded = true;
    } catch (IOException | DeploymentException | RuntimeException e) {
      log("WebSocket upgrade failed", e);
      answerFailure(response);
    } finally {
      if (!upgraded) {
        admitted.session().closed(CloseCode.ABNORMAL_CLOSURE);
      }
    }
  }

  private static void answerFailure(HttpServletResponse response) throws IOException {
    if (!response.isCommitted()) {
      response.reset();
      JsonAnswer.send(
          response, HttpServletResponse.SC_INTERNAL_SERVER_ERROR, "WebSocket upgrade failed");
    }
  }

  private ServerEndpointConfig endpointConfig(Admission.Admitted admitted) {
    String subprotocol = Objects.requireNonNullElse(admitted.subprotocol(), "");
    SocketEndpoint endpoint = new SocketEndpoint(admitted.session(), channels);
    return ServerEndpointConfig.Builder.create(SocketEndpoint.class, ANY_PATH)
        .configurator(new SessionConfigurator(endpoint, subprotocol))
        .build();
  }

  private @Nullable ServerContainer findContainer() {
    return (ServerContainer) getServletContext().getAttribute(ServerContainer.class.getName());
  }
}
