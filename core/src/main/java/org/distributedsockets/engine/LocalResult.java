package org.distributedsockets.engine;

import org.distributedsockets.engine.wire.Item.Cause;
import org.jspecify.annotations.Nullable;

/**
 * What became of a message on one node.
 *
 * @param connections the sockets written to
 * @param cause why it failed; null if it was written to all connections that it is for
 */
record LocalResult(int connections, @Nullable Cause cause) {
  static LocalResult written(int connections) {
    return new LocalResult(connections, null);
  }

  static LocalResult failed(Cause cause) {
    return new LocalResult(0, cause);
  }
}
