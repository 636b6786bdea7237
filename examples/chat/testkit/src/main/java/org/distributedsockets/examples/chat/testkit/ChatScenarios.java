package org.distributedsockets.examples.chat.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.util.Optional;
import org.distributedsockets.testkit.ChatClient;
import org.distributedsockets.testkit.ClientScenarios;
import org.distributedsockets.testkit.Eventually;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What anybody can see of two nodes from outside, in the demonstration and in a cluster: the second
 * node has the next port.
 */
public abstract class ChatScenarios extends ClientScenarios {

  @Override
  protected final int peerPort() {
    return port() + 1;
  }

  @Override
  protected final String allowedOrigin() {
    return "http://localhost:" + peerPort();
  }

  @Test
  void answersPing() throws Exception {
    HttpResponse<String> response = ChatClient.get(port(), "/ping");
    assertEquals(200, response.statusCode());
    assertEquals("{\"message\":\"pong\"}", response.body());
  }

  private String healthOfFirst() {
    try {
      return ChatClient.get(port(), "/health").body();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void tellsItsHealthToAllowedOrigins() throws Exception {
    String peer = "http://localhost:" + peerPort();
    // A node probes itself, and one answer of a backend may be late.
    Eventually.holds(
        "n1 is well",
        () -> healthOfFirst().equals("{\"status\":\"UP\",\"node\":\"n1\",\"reasons\":[]}"));
    HttpResponse<String> response = ChatClient.get(port(), "/health", "Origin", peer);
    assertEquals(200, response.statusCode());
    assertEquals(Optional.of(peer), response.headers().firstValue("Access-Control-Allow-Origin"));
    HttpResponse<String> other = ChatClient.get(port(), "/health", "Origin", "http://evil.example");
    assertEquals(Optional.empty(), other.headers().firstValue("Access-Control-Allow-Origin"));
    assertEquals(Optional.of("Origin"), other.headers().firstValue("Vary"));
  }

  @Test
  void countsForPrometheus() throws Exception {
    HttpResponse<String> response = ChatClient.get(peerPort(), "/metrics");
    assertEquals(200, response.statusCode());
    assertTrue(response.headers().firstValue("Content-Type").orElse("").startsWith("text/plain"));
    assertTrue(response.body().contains("node=\"n2\""), response.body());
  }

  @ParameterizedTest
  @CsvSource({"/,text/html", "/app.js,text/javascript", "/style.css,text/css"})
  void servesThePage(String path, String type) throws Exception {
    HttpResponse<String> response = ChatClient.get(port(), path);
    assertEquals(200, response.statusCode());
    assertTrue(response.body().length() > 100);
    assertTrue(response.headers().firstValue("Content-Type").orElse("").startsWith(type));
    assertEquals(Optional.of("nosniff"), response.headers().firstValue("X-Content-Type-Options"));
    assertTrue(
        response
            .headers()
            .firstValue("Content-Security-Policy")
            .orElse("")
            .startsWith("default-src 'self';"));
  }

  @Test
  void servesNothingElse() throws Exception {
    HttpResponse<String> response = ChatClient.get(port(), "/../web/index.html");
    assertTrue(response.statusCode() >= 400);
    assertEquals(404, ChatClient.get(port(), "/other").statusCode());
  }
}
