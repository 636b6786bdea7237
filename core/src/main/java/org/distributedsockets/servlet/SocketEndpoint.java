package org.distributedsockets.servlet;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.distributedsockets.CloseCode;
import org.distributedsockets.spi.ClientSession;

/**
 * Passes the events of one Jakarta session to one client session. Made by {@link SocketServlet};
 * public because containers demand it. Confined to the container, which calls one method at a time.
 */
public final class SocketEndpoint extends Endpoint {
  /**
   * Messages come in parts of any size, so a container needs no room for a whole one. Tomcat
   * allocates it eagerly.
   */
  private static final int BUFFER_SIZE = 8 * 1024;

  private final ClientSession client;
  private final Function<? super Session, JakartaChannel> channels;

  SocketEndpoint(ClientSession client, Function<? super Session, JakartaChannel> channels) {
    this.client = client;
    this.channels = channels;
  }

  /** A session that cannot be served is closed at once; the container reports the cause. */
  @Override
  public void onOpen(Session session, EndpointConfig config) {
    JakartaChannel channel = null;
    try {
      channel = channels.apply(session);
      configure(session);
      client.opened(channel);
    } catch (RuntimeException | Error e) {
      client.closed(CloseCode.ABNORMAL_CLOSURE);
      if (channel != null) {
        channel.close(CloseCode.INTERNAL_ERROR, "");
      } else {
        JakartaChannel.close(session, CloseCode.INTERNAL_ERROR, "");
      }
      throw e;
    }
  }

  /** The node has its own liveness check, which also notices a peer that is only written to. */
  private void configure(Session session) {
    session.setMaxIdleTimeout(0);
    session.setMaxTextMessageBufferSize(BUFFER_SIZE);
    session.setMaxBinaryMessageBufferSize(BUFFER_SIZE);
    session.addMessageHandler(String.class, (MessageHandler.Partial<String>) client::text);
    session.addMessageHandler(ByteBuffer.class, new BinaryHandler(client));
    session.addMessageHandler(PongMessage.class, pong -> client.pong());
  }

  @Override
  public void onClose(Session session, CloseReason reason) {
    client.closed(reason.getCloseCode().getCode());
  }

  /**
   * The container ends the session, which a close from here would overtake: the client would get
   * another code than that of its fault.
   */
  @Override
  public void onError(Session session, Throwable failure) {
    client.closed(CloseCode.ABNORMAL_CLOSURE);
  }

  /** Reports a binary message once, however many parts it comes in. */
  private static final class BinaryHandler implements MessageHandler.Partial<ByteBuffer> {
    private final ClientSession client;
    private boolean insideMessage;

    BinaryHandler(ClientSession client) {
      this.client = client;
    }

    @Override
    public void onMessage(ByteBuffer part, boolean last) {
      if (!insideMessage) {
        client.binary();
      }
      insideMessage = !last;
    }
  }
}
