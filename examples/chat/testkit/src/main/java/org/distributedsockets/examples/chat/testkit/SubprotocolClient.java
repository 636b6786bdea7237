package org.distributedsockets.examples.chat.testkit;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.GroupSchedule;

/** A client of {@code distributed-sockets.v1}. Thread-safe; each wait has an end. */
public final class SubprotocolClient implements GroupSchedule.Socket {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final WebSocket socket;

  /**
   * Connects.
   *
   * @param port the server's port on this machine
   * @param user who it is
   * @param frames told of each frame, one at a time
   * @throws AssertionError if the server refuses
   */
  public SubprotocolClient(int port, String user, Consumer<String> frames) {
    URI uri = URI.create("ws://127.0.0.1:" + port + "/ws?user_id=" + user);
    socket =
        Eventually.result(
            "a connection to port " + port,
            HTTP.newWebSocketBuilder()
                .subprotocols("distributed-sockets.v1")
                .buildAsync(uri, new Frames(frames)));
  }

  @Override
  public void send(String frame) {
    Eventually.result("the frame to be sent", socket.sendText(frame, true));
  }

  @Override
  public void close() {
    socket.abort();
  }

  private static final class Frames implements WebSocket.Listener {
    private final Consumer<String> frames;
    private final StringBuilder parts = new StringBuilder();

    Frames(Consumer<String> frames) {
      this.frames = frames;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      parts.append(data);
      if (last) {
        frames.accept(parts.toString());
        parts.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }
  }
}
