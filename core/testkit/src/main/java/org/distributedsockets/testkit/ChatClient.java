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
import java.util.concurrent.locks.LockSupport;

/** A person with one tab open. Thread-safe; each wait has an end. */
public final class ChatClient implements WebSocket.Listener, AutoCloseable {
  private static final int WAIT_SECONDS = 20;
  private static final String QUESTION = "\"where are you\"";
  private static final long ASK_NANOS = 50_000_000L;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final StringBuilder parts = new StringBuilder();
  private final String user;
  private final WebSocket socket;

  /**
   * Connects.
   *
   * @param port the server's port on this machine
   * @param user who it is
   * @throws Exception if the server refuses
   */
  public ChatClient(int port, String user) throws Exception {
    this.user = user;
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
   * Who it is.
   *
   * @return the user id it connected with
   */
  public String user() {
    return user;
  }

  /**
   * Sends a frame.
   *
   * @param frame the text
   * @throws AssertionError if the connection is gone
   */
  public void send(String frame) {
    Eventually.result("the frame to be sent", socket.sendText(frame, true));
  }

  /**
   * Asks somebody until the receipt ends as wanted.
   *
   * @param to whom
   * @param end the end of the receipt
   * @return for how long it asked, in milliseconds
   * @throws InterruptedException if the thread is interrupted
   * @throws AssertionError if no receipt ends so within 20 s
   */
  public long askUntil(String to, String end) throws InterruptedException {
    long start = System.nanoTime();
    String receipt = "";
    for (int i = 0; System.nanoTime() - start < SECONDS.toNanos(WAIT_SECONDS); i++) {
      send("{\"to\":\"" + to + "\",\"body\":" + QUESTION + ",\"id\":\"a" + i + "\"}");
      receipt = next();
      if (receipt.endsWith(end)) {
        return (System.nanoTime() - start) / 1_000_000;
      }
      LockSupport.parkNanos(ASK_NANOS);
    }
    throw new AssertionError("not " + end + " but " + receipt);
  }

  /**
   * Waits for the next frame that is no question of {@link #askUntil}.
   *
   * @return its text
   * @throws InterruptedException if the thread is interrupted
   * @throws AssertionError if none comes
   */
  public String nextUnasked() throws InterruptedException {
    String frame = next();
    while (frame.contains(QUESTION)) {
      frame = next();
    }
    return frame;
  }

  /**
   * Counts what nobody took.
   *
   * @return how many frames came that nobody took
   */
  public int waiting() {
    return frames.size();
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
