package org.distributedsockets.examples.chat.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.distributedsockets.testkit.ChatClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What anybody can see of the demonstration from outside. */
public abstract class ChatScenarios {

  /**
   * The first node's port; the second node has the next one.
   *
   * @return the port
   */
  protected abstract int port();

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
  void givesEachOfFourConnectionsOneCopy() throws Exception {
    try (ChatClient alice = new ChatClient(port(), "alice");
        ChatClient laptop = new ChatClient(port(), "bob");
        ChatClient phone = new ChatClient(port(), "bob");
        ChatClient tablet = new ChatClient(peerPort(), "bob");
        ChatClient watch = new ChatClient(peerPort(), "bob")) {
      alice.send("{\"to\":\"bob\",\"body\":\"first\",\"id\":\"c1\"}");
      assertEquals("{\"receipt\":\"c1\",\"status\":\"delivered\",\"connections\":4}", alice.next());
      alice.send("{\"to\":\"bob\",\"body\":\"second\"}");
      for (ChatClient bob : List.of(laptop, phone, tablet, watch)) {
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"first\"}", bob.next());
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"second\"}", bob.next());
      }
    }
  }

  @Test
  void keepsTheOrderOfTwentyThousandMessages() throws Exception {
    int count = 20_000;
    try (ChatClient alice = new ChatClient(port(), "alice");
        ChatClient bob = new ChatClient(peerPort(), "bob")) {
      for (int i = 0; i < count; i++) {
        alice.send("{\"to\":\"bob\",\"body\":" + i + "}");
      }
      for (int i = 0; i < count; i++) {
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":" + i + "}", bob.next());
      }
    }
  }

  /** Frames that cannot be used, and the code that answers each. */
  private static final List<List<String>> BAD_FRAMES =
      List.of(
          List.of("", "bad_request"),
          List.of(" ", "bad_request"),
          List.of("hello", "bad_request"),
          List.of("null", "bad_request"),
          List.of("true", "bad_request"),
          List.of("1", "bad_request"),
          List.of("\"text\"", "bad_request"),
          List.of("[]", "bad_request"),
          List.of("{", "bad_request"),
          List.of("{}", "bad_request"),
          List.of("{}{}", "bad_request"),
          List.of("{\"to\":\"bob\"}", "bad_request"),
          List.of("{\"body\":1}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":1,}", "bad_request"),
          List.of("{'to':'bob','body':1}", "bad_request"),
          List.of("{to:\"bob\",\"body\":1}", "bad_request"),
          List.of("{\"to\":\"bob\" \"body\":1}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":01}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":+1}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":.5}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":NaN}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":TRUE}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":\"\t\"}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":\"\\x\"}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":\"\\u12\"}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":1}//", "bad_request"),
          List.of("/**/{\"to\":\"bob\",\"body\":1}", "bad_request"),
          List.of("{\"to\":\"bob\",\"to\":\"bob\",\"body\":1}", "bad_request"),
          List.of("{\"to\":\"bob\",\"\\u0074o\":\"bob\",\"body\":1}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":1,\"body\":2}", "bad_request"),
          List.of("{\"to\":\"bob\",\"group\":\"room\",\"body\":1}", "bad_request"),
          List.of("{\"to\":\"bob\",\"join\":\"room\"}", "bad_request"),
          List.of("{\"join\":\"room\",\"leave\":\"room\"}", "bad_request"),
          List.of("{\"to\":\"\",\"body\":1}", "bad_request"),
          List.of("{\"to\":1,\"body\":1}", "bad_request"),
          List.of("{\"to\":null,\"body\":1}", "bad_request"),
          List.of("{\"to\":[\"bob\"],\"body\":1}", "bad_request"),
          List.of("{\"to\":\"\\ud800\",\"body\":1}", "bad_request"),
          List.of("{\"to\":\"" + "b".repeat(257) + "\",\"body\":1}", "bad_request"),
          List.of("{\"to\":\"" + "\u00e9".repeat(129) + "\",\"body\":1}", "bad_request"),
          List.of("{\"join\":\"\"}", "bad_request"),
          List.of("{\"leave\":{}}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":1,\"id\":\"\"}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":1,\"id\":7}", "bad_request"),
          List.of("{\"to\":\"bob\",\"body\":1,\"id\":\"" + "i".repeat(65) + "\"}", "bad_request"),
          List.of(
              "{\"to\":\"bob\",\"body\":" + "[".repeat(65) + "]".repeat(65) + "}", "bad_request"),
          List.of("{\"group\":\"not mine\",\"body\":1}", "forbidden"),
          List.of("{\"to\":\"bob\",\"body\":\"" + "x".repeat(65_536) + "\"}", "too_large"),
          List.of("{\"to\":\"bob\",\"body\":\"" + "\u00e9".repeat(33_000) + "\"}", "too_large"));

  @Test
  void answersEachBadFrameAndDisturbsNobody() throws Exception {
    try (ChatClient mallory = new ChatClient(port(), "mallory");
        ChatClient alice = new ChatClient(port(), "alice");
        ChatClient bob = new ChatClient(peerPort(), "bob")) {
      int number = 0;
      for (List<String> bad : BAD_FRAMES) {
        mallory.send(bad.get(0));
        assertStartsWith("{\"error\":\"" + bad.get(1) + "\",\"message\":\"", mallory.next());
        alice.send("{\"to\":\"bob\",\"body\":" + number + "}");
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":" + number++ + "}", bob.next());
      }
      mallory.send("{\"to\":\"bob\",\"body\":\"sorry\",\"id\":\"m1\"}");
      assertEquals("{\"from\":\"mallory\",\"to\":\"bob\",\"body\":\"sorry\"}", bob.next());
      assertEquals(
          "{\"receipt\":\"m1\",\"status\":\"delivered\",\"connections\":1}", mallory.next());
    }
  }

  @Test
  void closesForAFrameOfMoreThanFourTimesTheLimit() throws Exception {
    try (ChatClient mallory = new ChatClient(port(), "mallory")) {
      mallory.send("{\"to\":\"bob\",\"body\":\"" + "x".repeat(4 * 65_536) + "\"}");
      assertEquals(1009, mallory.closeCode());
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
