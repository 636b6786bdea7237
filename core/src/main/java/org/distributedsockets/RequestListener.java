package org.distributedsockets;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@link SocketNode#request requests} in the place of connections that cannot do so
 * themselves: attached ones, and clients without the subprotocol. Called on the callback executor
 * of the node that holds the connection, once for each such connection of the user; it may block.
 */
@FunctionalInterface
public interface RequestListener {
  /**
   * A request came for a connection.
   *
   * @param connection the connection
   * @param request the request
   * @return completes with the answer, JSON text; null, a stage that fails, or something thrown
   *     refuses in the name of this connection
   */
  @Nullable CompletionStage<String> onRequest(Connection connection, Message request);
}
