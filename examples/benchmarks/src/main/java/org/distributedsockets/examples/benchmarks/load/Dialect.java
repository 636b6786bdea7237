package org.distributedsockets.examples.benchmarks.load;

/** How a client talks to a server. */
public enum Dialect {
  /** The client protocol of Distributed Sockets, which the bare relays speak as well. */
  JSON,
  /** Socket.IO 4 over Engine.IO 4, WebSocket only. */
  SOCKET_IO;

  private static final String SOCKET_IO_CONNECT = "40";

  /** What a user's client asks for. */
  String path(String user) {
    return this == JSON
        ? "/ws?user_id=" + user
        : "/socket.io/?EIO=4&transport=websocket&user_id=" + user;
  }

  /** What a client says first, empty if it may talk at once. */
  String greeting() {
    return this == JSON ? "" : SOCKET_IO_CONNECT;
  }

  /** Whether a server's frame says that the client may talk now. */
  boolean isWelcome(String frame) {
    return this == SOCKET_IO && frame.startsWith(SOCKET_IO_CONNECT);
  }

  /** What answers a frame that only asks whether the client is alive, else empty. */
  String alive(byte first, int length) {
    return this == SOCKET_IO && first == '2' && length == 1 ? "3" : "";
  }

  /** The frame of a message to a user. */
  String direct(String to, String body, String receipt) {
    if (this == SOCKET_IO) {
      return "42[\"message\",\"" + to + "\",\"" + body + "\"]";
    }
    String id = receipt.isEmpty() ? "" : ",\"id\":\"" + receipt + '"';
    return "{\"to\":\"" + to + "\",\"body\":\"" + body + '"' + id + '}';
  }

  /** The frame of a message to a group; only in {@link #JSON}. */
  String toGroup(String group, String body) {
    return "{\"group\":\"" + group + "\",\"body\":\"" + body + "\"}";
  }

  /** The frame that joins a group, and its receipt; only in {@link #JSON}. */
  String join(String group) {
    return "{\"join\":\"" + group + "\",\"id\":\"join\"}";
  }
}
