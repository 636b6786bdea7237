package org.distributedsockets.examples.benchmarks.relay;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One socket of a relay: one asynchronous send at a time, the rest waits. Thread-safe. */
public final class RelayEndpoint extends Endpoint implements Consumer<String> {
  private static final String USER = "user_id=";

  private final Relay relay;
  private final Queue<String> waiting = new ArrayDeque<>(4); // guarded by this
  private boolean busy; // guarded by this
  private String user = "";
  private @Nullable Session session;

  private RelayEndpoint(Relay relay) {
    this.relay = relay;
  }

  static ServerEndpointConfig at(String path, Relay relay) {
    return ServerEndpointConfig.Builder.create(RelayEndpoint.class, path)
        .configurator(
            new ServerEndpointConfig.Configurator() {
              @Override
              public <T> T getEndpointInstance(Class<T> type) {
                return type.cast(new RelayEndpoint(relay));
              }

              @Override
              public boolean checkOrigin(String origin) {
                return true;
              }
            })
        .build();
  }

  @Override
  public void onOpen(Session opened, EndpointConfig config) {
    session = opened;
    user = opened.getQueryString().substring(USER.length());
    relay.opened(user, this);
    opened.addMessageHandler(String.class, (MessageHandler.Whole<String>) this::received);
  }

  private void received(String frame) {
    relay.text(this, frame);
  }

  @Override
  public void onClose(Session closed, CloseReason reason) {
    relay.closed(user, this);
  }

  @Override
  public void accept(String frame) {
    synchronized (this) {
      if (busy) {
        waiting.add(frame);
        return;
      }
      busy = true;
    }
    send(frame);
  }

  private void send(String frame) {
    Session out = session;
    if (out != null) {
      out.getAsyncRemote().sendText(frame, this::sent);
    }
  }

  private void sent(SendResult result) {
    String next;
    synchronized (this) {
      next = result.isOK() ? waiting.poll() : null;
      busy = next != null || !result.isOK();
    }
    if (next != null) {
      send(next);
    }
  }
}
