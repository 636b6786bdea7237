package org.distributedsockets.examples.chat.testkit;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.distributedsockets.testkit.Eventually;

/**
 * What is said to a page of a browser, and what it says by itself: one connection of the <a
 * href="https://chromedevtools.github.io/devtools-protocol/">Chrome DevTools Protocol</a>. For one
 * thread; each wait has an end.
 */
final class DevTools implements WebSocket.Listener, AutoCloseable {
  private static final Gson GSON = new Gson();

  private final Map<Integer, CompletableFuture<JsonObject>> unanswered = new ConcurrentHashMap<>();
  private final List<JsonObject> events = new CopyOnWriteArrayList<>();
  private final StringBuilder parts = new StringBuilder();
  private final WebSocket socket;
  private int lastId;

  /** Connects to the page whose address the browser names. */
  DevTools(HttpClient http, URI page) {
    socket =
        Eventually.result(
            "a connection to the page", http.newWebSocketBuilder().buildAsync(page, this));
  }

  /**
   * Gives a command and waits for its result.
   *
   * @throws AssertionError if the browser refuses it, or does not answer in time
   */
  JsonObject call(String method, Map<String, ?> parameters) {
    int id = ++lastId;
    CompletableFuture<JsonObject> answered = new CompletableFuture<>();
    unanswered.put(id, answered);
    String command = GSON.toJson(Map.of("id", id, "method", method, "params", parameters));
    Eventually.result(method + " to be sent", socket.sendText(command, true));
    JsonObject answer = Eventually.result("the answer to " + method, answered);
    if (answer.has("error")) {
      throw new AssertionError(method + ": " + answer.get("error"));
    }
    return answer.getAsJsonObject("result");
  }

  /** What the page said by itself so far, the oldest first. */
  List<JsonObject> events() {
    return events;
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    parts.append(data);
    if (last) {
      take(JsonParser.parseString(parts.toString()).getAsJsonObject());
      parts.setLength(0);
    }
    from.request(1);
    return null;
  }

  private void take(JsonObject message) {
    if (message.has("id")) {
      unanswered.remove(message.get("id").getAsInt()).complete(message);
    } else {
      events.add(message);
    }
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    lose(new IllegalStateException("the browser closed the connection: " + code + " " + reason));
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    lose(error);
  }

  private void lose(Throwable cause) {
    unanswered.values().forEach(answered -> answered.completeExceptionally(cause));
  }

  @Override
  public void close() {
    socket.abort();
  }
}
