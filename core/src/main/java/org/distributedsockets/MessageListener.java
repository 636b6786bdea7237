package org.distributedsockets;

import java.util.concurrent.CompletionStage;

/**
 * Stands between what clients send and the cluster: may look, refuse, answer itself, or pass on
 * with {@link ClientMessage#forward}. Called on the connection's container thread, one at a time
 * per connection and in the order of its frames, so it must not block. If it throws, or returns
 * null, the sender gets {@code error unavailable} and the {@link ErrorListener} the cause.
 */
@FunctionalInterface
public interface MessageListener {
  /**
   * A client sent a message.
   *
   * @param message what it sent
   * @return what its receipt will say; normally {@code message.forward()}
   */
  CompletionStage<Outcome> onMessage(ClientMessage message);
}
