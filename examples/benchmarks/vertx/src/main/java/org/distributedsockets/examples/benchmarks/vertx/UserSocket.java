package org.distributedsockets.examples.benchmarks.vertx;

import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.ServerWebSocketHandshake;
import org.jspecify.annotations.Nullable;

/** The socket of a user, and his address on the event bus. On one event loop. */
final class UserSocket {
  private static final String TO = "{\"to\":\"";

  private final EventBus bus;
  private final MessageConsumer<String> consumer;
  private @Nullable ServerWebSocket socket;

  UserSocket(EventBus bus, String user) {
    this.bus = bus;
    this.consumer = bus.consumer(user);
  }

  /** Lets the client in once the cluster knows the user. */
  void admit(ServerWebSocketHandshake handshake) {
    consumer.handler(this::deliver).pause();
    consumer.completion().compose(known -> handshake.accept()).onSuccess(this::serve);
  }

  private void serve(ServerWebSocket opened) {
    socket = opened;
    opened.textMessageHandler(this::pass);
    opened.closeHandler(closed -> consumer.unregister());
    consumer.resume();
  }

  private void deliver(Message<String> message) {
    if (socket != null) {
      socket.writeTextMessage(message.body());
    }
  }

  private void pass(String frame) {
    String to = frame.substring(TO.length(), frame.indexOf('"', TO.length()));
    bus.send(to, frame);
  }
}
