package org.distributedsockets.servlet;

import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.util.Map;
import org.distributedsockets.SocketNode;
import org.distributedsockets.spi.ClientSession;

/**
 * Gives the sessions of an application's own endpoint delivery through a node.
 *
 * <pre>{@code
 * @OnOpen
 * public void onOpen(Session session) {
 *   delivery = SessionAttachment.attach(node, session, session.getUserPrincipal().getName());
 * }
 *
 * @OnClose
 * public void onClose(CloseReason reason) {
 *   delivery.closed(reason.getCloseCode().getCode());
 * }
 * }</pre>
 *
 * <p>Inbound messages stay with the endpoint. Nothing but the node may send on the session any
 * more. The endpoint tells the returned client session of the end; and of pongs, if it has a
 * handler for them itself. Thread-safe; nothing blocks.
 */
public final class SessionAttachment {
  private SessionAttachment() {}

  /**
   * Attaches a session without metadata.
   *
   * @param node delivers to it
   * @param session an open session
   * @param user whose it is
   * @return is to be told of the session's end
   * @throws IllegalArgumentException if the id breaks a rule of {@link
   *     org.distributedsockets.Address}
   * @throws IllegalStateException if the node was not started yet or is closed
   */
  public static ClientSession attach(SocketNode node, Session session, String user) {
    return attach(node, session, user, Map.of());
  }

  /**
   * Attaches a session.
   *
   * @param node delivers to it
   * @param session an open session
   * @param user whose it is
   * @param metadata shown by {@link SocketNode#connections}
   * @return is to be told of the session's end
   * @throws IllegalArgumentException if the id breaks a rule of {@link
   *     org.distributedsockets.Address}
   * @throws IllegalStateException if the node was not started yet or is closed
   */
  public static ClientSession attach(
      SocketNode node, Session session, String user, Map<String, String> metadata) {
    JakartaChannel channel = new JakartaChannel(session, JakartaChannel.DEFAULT_SEND_TIMEOUT);
    ClientSession client = node.attach(channel, user, metadata);
    try {
      session.addMessageHandler(PongMessage.class, pong -> client.pong());
    } catch (IllegalStateException e) {
      // The endpoint has its own handler for pongs and passes them on.
    }
    return client;
  }
}
