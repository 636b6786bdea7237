package org.distributedsockets.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What two nodes of one cluster do for their clients, whatever their containers and backends. */
public abstract class ClientScenarios {
  private static final int PING = 9;
  private static final int PONG = 10;

  /**
   * The port of the one node.
   *
   * @return the port on 127.0.0.1
   */
  protected abstract int port();

  /**
   * The port of the other node.
   *
   * @return the port on 127.0.0.1
   */
  protected abstract int peerPort();

  /**
   * An origin that the one node allows besides its own.
   *
   * @return such as {@code https://example.org}
   */
  protected abstract String allowedOrigin();

  private RawClient.Response handshake(String target, String origin) throws IOException {
    try (RawClient client = new RawClient(port())) {
      return client.handshake(
          "GET " + target, "Host: 127.0.0.1:" + port(), ("Origin: " + origin).strip());
    }
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
      alice.askUntil("bob", "\"connections\":4}");
      alice.send("{\"to\":\"bob\",\"body\":\"first\",\"id\":\"c1\"}");
      assertEquals("{\"receipt\":\"c1\",\"status\":\"delivered\",\"connections\":4}", alice.next());
      alice.send("{\"to\":\"bob\",\"body\":\"second\"}");
      for (ChatClient bob : List.of(laptop, phone, tablet, watch)) {
        assertEquals("{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"first\"}", bob.nextUnasked());
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
  void answersABinaryFrameAndStaysOpen() throws Exception {
    try (RawClient alice = new RawClient(port())) {
      assertEquals(101, alice.handshake("GET /ws?user_id=alice").status());
      alice.sendFrame(RawClient.BINARY, true, new byte[100_000]);
      assertStartsWith("{\"error\":\"unsupported\",\"message\":\"", alice.readText());
      alice.sendFrame(RawClient.TEXT, true, "{\"join\":\"room\",\"id\":\"j1\"}".getBytes(UTF_8));
      assertEquals("{\"receipt\":\"j1\",\"status\":\"ok\"}", alice.readText());
    }
  }

  @Test
  void takesAMessageInAnyFrames() throws Exception {
    byte[] message = "{\"join\":\"r\u00e9\",\"id\":\"j1\"}".getBytes(UTF_8);
    try (RawClient alice = new RawClient(port())) {
      assertEquals(101, alice.handshake("GET /ws?user_id=alice").status());
      for (int i = 0; i < message.length; i++) {
        alice.sendFrame(i == 0 ? RawClient.TEXT : 0, false, new byte[] {message[i]});
        alice.sendFrame(PING, true, new byte[] {message[i]});
      }
      alice.sendFrame(0, true, new byte[0]);
      RawClient.Frame frame = alice.readFrame();
      for (int pongs = 1; frame.opcode() == PONG; pongs++) {
        assertTrue(pongs <= message.length);
        frame = alice.readFrame();
      }
      assertEquals(RawClient.TEXT, frame.opcode());
      assertEquals("{\"receipt\":\"j1\",\"status\":\"ok\"}", frame.text());
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
    RawClient.Response response = handshake("/ws" + query, "");
    assertEquals(400, response.status());
    assertEquals("{\"message\":\"" + message + "\"}", response.body());
  }

  @Test
  void admitsOnlyAllowedOrigins() throws Exception {
    for (String origin : List.of("", allowedOrigin(), "http://127.0.0.1:" + port())) {
      assertEquals(101, handshake("/ws?user_id=alice", origin).status(), origin);
    }
    for (String origin :
        List.of("http://evil.example", "http://127.0.0.1", "https://127.0.0.1:" + port(), "null")) {
      RawClient.Response response = handshake("/ws?user_id=alice", origin);
      assertEquals(403, response.status(), origin);
      assertTrue(response.body().startsWith("{\"message\":\""), response.body());
    }
  }

  @Test
  void refusesAStranger() {
    assertThrows(ExecutionException.class, () -> new ChatClient(port(), "a".repeat(257)));
  }
}
