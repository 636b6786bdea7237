package org.distributedsockets.examples.jettychat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What anybody can see of the demonstration from outside. */
abstract class ChatScenarios {

  /** The first node's port; the second node has the next one. */
  abstract int port();

  private int peerPort() {
    return port() + 1;
  }

  private static void assertStartsWith(String start, String text) {
    assertTrue(text.startsWith(start), text);
  }

  private void passes(String frame, String delivered) throws Exception {
    try (ChatClient alice = new ChatClient(port(), "alice");
        ChatClient bob = new ChatClient(peerPort(), "bob")) {
      alice.send(frame);
      assertEquals(delivered, bob.next());
    }
  }

  @Test
  void passesAMessageToTheOtherNode() throws Exception {
    passes(
        "{\"to\":\"bob\",\"body\":\"hello\"}",
        "{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"hello\"}");
  }

  @Test
  void passesTheBodyByteForByte() throws Exception {
    String body = "{\"b\" : [1.0, 1e5,\"\\u00e9\u00e9\ud83d\ude00\"], \"a\":null }";
    passes(
        "{\"body\":" + body + ",\"to\":\"bob\"}",
        "{\"from\":\"alice\",\"to\":\"bob\",\"body\":" + body + "}");
  }

  @Test
  void givesReceipts() throws Exception {
    try (ChatClient alice = new ChatClient(port(), "alice");
        ChatClient bob = new ChatClient(peerPort(), "bob");
        ChatClient bobsPhone = new ChatClient(port(), "bob")) {
      alice.send("{\"to\":\"bob\",\"body\":1,\"id\":\"c1\"}");
      assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":1}", bob.next());
      assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":1}", bobsPhone.next());
      assertEquals("{\"receipt\":\"c1\",\"status\":\"delivered\",\"connections\":2}", alice.next());
      alice.send("{\"to\":\"nobody\",\"body\":1,\"id\":\"c2\"}");
      assertStartsWith("{\"receipt\":\"c2\",\"status\":\"offline\"", alice.next());
    }
  }

  @Test
  void passesGroupMessages() throws Exception {
    try (ChatClient alice = new ChatClient(port(), "alice");
        ChatClient bob = new ChatClient(peerPort(), "bob")) {
      bob.send("{\"join\":\"room\",\"id\":\"j1\"}");
      assertEquals("{\"receipt\":\"j1\",\"status\":\"ok\"}", bob.next());
      alice.send("{\"join\":\"room\"}");
      alice.send("{\"group\":\"room\",\"body\":\"hi\",\"id\":\"g1\"}");
      assertEquals("{\"from\":\"alice\",\"group\":\"room\",\"body\":\"hi\"}", bob.next());
      assertEquals("{\"receipt\":\"g1\",\"status\":\"delivered\",\"connections\":1}", alice.next());
    }
  }

  @Test
  void answersAFrameThatCannotBeUsed() throws Exception {
    try (ChatClient alice = new ChatClient(port(), "alice")) {
      alice.send("hello");
      assertStartsWith("{\"error\":\"bad_request\",\"message\":\"", alice.next());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'',user_id required",
    "?user_id=,user_id required",
    "?user_id=a&user_id=b,user_id given more than once"
  })
  void refusesAHandshakeWithoutAUser(String query, String message) throws Exception {
    RawHandshake.Response response = RawHandshake.send(port(), "/ws" + query, "");
    assertEquals(400, response.status());
    assertEquals("{\"message\":\"" + message + "\"}", response.body());
  }

  @Test
  void admitsOnlyAllowedOrigins() throws Exception {
    for (String origin :
        List.of(
            "http://localhost:" + peerPort(),
            "http://127.0.0.1:" + peerPort(),
            "http://127.0.0.1:" + port())) {
      assertEquals(101, RawHandshake.send(port(), "/ws?user_id=alice", origin).status(), origin);
    }
    for (String origin :
        List.of("http://evil.example", "null", "https://127.0.0.1:" + port(), "http://127.0.0.1")) {
      assertEquals(403, RawHandshake.send(port(), "/ws?user_id=alice", origin).status(), origin);
    }
  }

  @Test
  void refusesAStranger() {
    assertThrows(ExecutionException.class, () -> new ChatClient(port(), "a".repeat(257)));
  }

  @Test
  void answersPing() throws Exception {
    HttpResponse<String> response = ChatClient.get(port(), "/ping");
    assertEquals(200, response.statusCode());
    assertEquals("{\"message\":\"pong\"}", response.body());
  }

  @Test
  void namesItselfAndItsPeer() throws Exception {
    assertEquals(
        "{\"node\":\"n1\",\"peer\":\"localhost:" + peerPort() + "\"}",
        ChatClient.get(port(), "/config.json").body());
    assertEquals(
        "{\"node\":\"n2\",\"peer\":\"localhost:" + port() + "\"}",
        ChatClient.get(peerPort(), "/config.json").body());
  }

  @Test
  void tellsItsHealthToAllowedOrigins() throws Exception {
    String peer = "http://localhost:" + peerPort();
    HttpResponse<String> response = ChatClient.get(port(), "/health", "Origin", peer);
    assertEquals(200, response.statusCode());
    assertEquals("{\"status\":\"UP\",\"node\":\"n1\",\"reasons\":[]}", response.body());
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
