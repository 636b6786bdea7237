package org.distributedsockets.testkit;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;

/** A person with one tab open. Thread-safe; each wait has an end. */
public final class ChatClient implements WebSocket.Listener, AutoCloseable {
  private static final int WAIT_SECONDS = 20;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final StringBuilder parts = new StringBuilder();
  private final WebSocket socket;

  /**
   * Connects.
   *
   * @param port the server's port on this machine
   * @param user who it is
   * @throws Exception if the server refuses
   */
  public ChatClient(int port, String user) throws Exception {
    URI uri = URI.create("ws://127.0.0.1:" + port + "/ws?user_id=" + user);
    socket = HTTP.newWebSocketBuilder().buildAsync(uri, this).get(WAIT_SECONDS, SECONDS);
  }

  /**
   * Fetches a page.
   *
   * @param port the server's port on this machine
   * @param path the path
   * @param headers names and values in turn
   * @return the answer
   * @throws Exception if there is none
   */
  public static HttpResponse<String> get(int port, String path, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /**
   * Sends a frame.
   *
   * @param frame the text
   * @throws Exception if the connection is gone
   */
  public void send(String frame) throws Exception {
    socket.sendText(frame, true).get(WAIT_SECONDS, SECONDS);
  }

  /**
   * Waits for the next frame.
   *
   * @return its text
   * @throws InterruptedException if the thread is interrupted
   * @throws AssertionError if none comes
   */
  public String next() throws InterruptedException {
    String frame = frames.poll(WAIT_SECONDS, SECONDS);
    if (frame == null) {
      throw new AssertionError("no frame within " + WAIT_SECONDS + " s");
    }
    return frame;
  }

  /**
   * Waits for the server's close frame.
   *
   * @return its code
   * @throws Exception if none comes
   */
  public int closeCode() throws Exception {
    return closed.get(WAIT_SECONDS, SECONDS);
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    parts.append(data);
    if (last) {
      frames.add(parts.toString());
      parts.setLength(0);
    }
    from.request(1);
    return CompletableFuture.completedStage(null);
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.complete(code);
    return CompletableFuture.completedStage(null);
  }

  @Override
  public void close() {
    socket.abort();
  }
}
