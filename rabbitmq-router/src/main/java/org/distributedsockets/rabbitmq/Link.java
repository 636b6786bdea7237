package org.distributedsockets.rabbitmq;

import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.net.Socket;

/** One connection to the broker, with the socket under it. Thread-safe. */
record Link(Connection connection, Socket socket) {
  private static final int CLOSE_MILLIS = 1_000;

  /**
   * What can be written without waiting for the other side to read, if it is all that is on its
   * way: the kernel takes it. A quarter of its buffer, because it counts its own costs, too.
   */
  long bytesWithoutWaiting() {
    try {
      return socket.getSendBufferSize() / 4;
    } catch (IOException e) {
      // It is closed: writing fails, and does not wait.
      return 0;
    }
  }

  /** Says goodbye, within a bound unless another thread is stuck in a write. */
  void close() {
    connection.abort(CLOSE_MILLIS);
  }

  /**
   * Ends it at once. The driver's own ways to close first write, and so wait behind a thread that
   * is stuck in a write because the other side does not read; without the socket both fail. Without
   * lingering, closing a TLS socket does not wait for that thread either.
   */
  void kill() {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // It is closed already.
    }
    try {
      socket.close();
    } catch (IOException e) {
      // What matters is that it is not open any more.
      return;
    }
  }

  @Override
  public String toString() {
    return "Link[" + connection.getId() + "]";
  }
}
