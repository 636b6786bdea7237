package org.distributedsockets.examples.embedded;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class OrdersApplicationTest {
  private static final int WAIT_SECONDS = 15;

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void tellsTheUserThatTheOrderIsReady() throws Exception {
    CompletableFuture<String> told = new CompletableFuture<>();
    try (OrdersApplication application = OrdersApplication.start("127.0.0.1", 0)) {
      connect(application, "bob", told);
      assertEquals(202, post(application, "/orders/bob"));
      assertEquals(
          "{\"to\":\"bob\",\"body\":\"your order is ready\"}", told.get(WAIT_SECONDS, SECONDS));
    }
  }

  @Test
  void wantsAUser() throws Exception {
    try (OrdersApplication application = OrdersApplication.start("127.0.0.1", 0)) {
      assertEquals(404, post(application, "/orders/"));
      assertEquals(400, post(application, "/orders/" + "x".repeat(257)));
    }
  }

  @Test
  void leavesTheClusterIfTheServerDoesNotStart() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertThrows(IOException.class, () -> OrdersApplication.start("127.0.0.1", port));
    }
    // Its node id is free again.
    try (OrdersApplication application = OrdersApplication.start("127.0.0.1", 0)) {
      assertEquals(202, post(application, "/orders/bob"));
    }
  }

  private void connect(OrdersApplication application, String user, CompletableFuture<String> told)
      throws Exception {
    URI uri = URI.create("ws://127.0.0.1:" + application.port() + "/ws?user_id=" + user);
    http.newWebSocketBuilder().buildAsync(uri, new FirstText(told)).get(WAIT_SECONDS, SECONDS);
  }

  private int post(OrdersApplication application, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + application.port() + path))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private static final class FirstText implements WebSocket.Listener {
    private final CompletableFuture<String> text;

    FirstText(CompletableFuture<String> text) {
      this.text = text;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.complete(data.toString());
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }
  }
}
