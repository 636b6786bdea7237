package org.distributedsockets.examples.ownendpoint;

import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.util.Locale;
import org.distributedsockets.Address;
import org.distributedsockets.SocketNode;
import org.distributedsockets.servlet.SessionAttachment;
import org.distributedsockets.spi.ClientSession;
import org.jspecify.annotations.Nullable;

/**
 * The application's own endpoint, with a protocol of its own: a user says the name of a topic and
 * is told the news of it.
 */
@ServerEndpoint("/news/{user}")
public final class NewsEndpoint {
  private final SocketNode node;
  private volatile @Nullable ClientSession delivery;

  NewsEndpoint(SocketNode node) {
    this.node = node;
  }

  /**
   * Lets the node deliver to the session.
   *
   * @param session the session
   * @param user whose it is
   */
  @OnOpen
  public void onOpen(Session session, @PathParam("user") String user) {
    delivery = SessionAttachment.attach(node, session, user);
  }

  /**
   * Answers. Through the node, because nobody else may send on an attached session; so every device
   * of the user is told.
   *
   * @param topic what the client sent
   * @param user who sent it
   */
  @OnMessage
  public void onText(String topic, @PathParam("user") String user) {
    String news = "\"no news of " + topic.replaceAll("[^a-z]", "").toLowerCase(Locale.ROOT) + "\"";
    var unused = node.send(Address.user(user), news);
  }

  /**
   * Tells the node of the end.
   *
   * @param reason why
   */
  @OnClose
  public void onClose(CloseReason reason) {
    ClientSession attached = delivery;
    if (attached != null) {
      attached.closed(reason.getCloseCode().getCode());
    }
  }
}
