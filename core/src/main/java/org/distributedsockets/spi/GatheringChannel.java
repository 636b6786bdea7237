package org.distributedsockets.spi;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A channel that writes several messages in one go, where what waits for a client would else cost
 * one system call each.
 */
public interface GatheringChannel extends WebSocketChannel {
  /**
   * Sends text messages in their order. Must not block. Counts as one send: the library begins no
   * other one before it has ended.
   *
   * @param texts at least one message; of all of them together the library never gives more than 16
   *     KiB, unless one alone is longer
   * @param done called exactly once, on any thread, possibly inside this call: with null when the
   *     container has written all of them, else with the failure, after which the client may have
   *     some of them or all; only a session that was closed meanwhile may leave it uncalled
   */
  void send(List<String> texts, Consumer<@Nullable Throwable> done);
}
