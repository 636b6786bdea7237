package org.distributedsockets.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.Stream;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.protocol.ClientFrame.Join;
import org.distributedsockets.protocol.ClientFrame.Leave;
import org.distributedsockets.protocol.ClientFrame.Send;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonClientProtocolTest {
  private static final Address BOB = Address.user("bob");
  private static final Address ROOM = Address.group("room");

  private final ClientProtocol protocol = new JsonClientProtocol();

  static Stream<Arguments> usableFrames() {
    return Stream.of(
        usable("{\"to\":\"bob\",\"body\":\"hello\"}", new Send(BOB, "\"hello\"", null)),
        usable("{\"to\":\"bob\",\"body\":1,\"id\":\"c1\"}", new Send(BOB, "1", "c1")),
        usable("{\"id\":\"c1\",\"body\":1,\"to\":\"bob\"}", new Send(BOB, "1", "c1")),
        usable("{\"group\":\"room\",\"body\":{}}", new Send(ROOM, "{}", null)),
        usable("{\"group\":\"room\",\"body\":[],\"id\":\"g\"}", new Send(ROOM, "[]", "g")),
        usable("{\"join\":\"room\"}", new Join("room", null)),
        usable("{\"join\":\"room\",\"id\":\"j1\"}", new Join("room", "j1")),
        usable("{\"leave\":\"room\"}", new Leave("room", null)),
        usable("{\"leave\":\"room\",\"id\":\"l1\"}", new Leave("room", "l1")),
        usable(" \t\r\n{ \"join\" : \"room\" } \t\r\n", new Join("room", null)),
        usable("{\"\\u0074o\":\"b\\u006fb\",\"body\":1}", new Send(BOB, "1", null)),
        usable(
            "{\"to\":\"bob\",\"body\":1,\"seen\":{\"to\":1,\"to\":2}}", new Send(BOB, "1", null)),
        usable("{\"to\":\"bob\",\"body\":1,\"To\":2,\"\":3}", new Send(BOB, "1", null)),
        usable("{\"\\ud800\":1,\"\\ud801\":2,\"join\":\"room\"}", new Join("room", null)),
        usable("{\"join\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", new Join("\"\\/\b\f\n\r\t", null)),
        usable(
            "{\"join\":\"\\uD83D\\uDE00\uD83D\uDE00\"}",
            new Join("\uD83D\uDE00\uD83D\uDE00", null)),
        usable("{\"join\":\"room\",\"id\":\"\\u0000\"}", new Join("room", "\0")),
        usable(
            "{\"join\":\"room\",\"id\":\"" + "x".repeat(64) + "\"}",
            new Join("room", "x".repeat(64))),
        usable("{\"join\":\"" + "x".repeat(256) + "\"}", new Join("x".repeat(256), null)));
  }

  private static Arguments usable(String text, ClientFrame meaning) {
    return Arguments.of(text, meaning);
  }

  @ParameterizedTest
  @MethodSource("usableFrames")
  void understandsFrame(String text, ClientFrame meaning) throws BadFrameException {
    assertEquals(meaning, protocol.decode(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "false",
        "-0",
        "0.10E+005",
        "1e999999",
        "123456789012345678901234567890.000",
        "\"\"",
        "\"a\\u0062\\/\\\"\\\\ \u2028\uD83D\uDE00 \\uD800\"",
        "{ \"k\" : 1 ,\r\n\t\"k\":2 }",
        "[ [ ] , { } ,[1 , 2] ]",
        "\"}],{\\\"to\\\":\\\"eve\\\"\""
      })
  void passesBodyOnAsWritten(String body) throws BadFrameException {
    for (String around : new String[] {"", " \n", "\t \r"}) {
      String tail = "{\"to\":\"bob\",\"body\":" + around + body + around + "}";
      String head = "{" + around + "\"body\":" + around + body + around + ",\"to\":\"bob\"}";
      assertEquals(new Send(BOB, body, null), protocol.decode(tail));
      assertEquals(new Send(BOB, body, null), protocol.decode(head));
    }
  }

  @Test
  void passesNestingUpToTheLimitOnAndAgrees() throws BadFrameException {
    String body = "[".repeat(64) + "]".repeat(64);
    assertEquals(
        new Send(BOB, body, null), protocol.decode("{\"to\":\"bob\",\"body\":" + body + "}"));
    protocol.checkPayload(body);
  }

  @Test
  void writesMessages() {
    assertEquals(
        "{\"from\":\"alice\",\"to\":\"bob\",\"body\":\"hello\"}",
        protocol.message("alice", BOB, "\"hello\""));
    assertEquals(
        "{\"from\":\"alice\",\"group\":\"room\",\"body\":{ \"a\" : 1 }}",
        protocol.message("alice", ROOM, "{ \"a\" : 1 }"));
    assertEquals(
        "{\"from\":\"alice\",\"body\":null}",
        protocol.message("alice", Address.everyone(), "null"));
    assertEquals("{\"to\":\"bob\",\"body\":1}", protocol.message(null, BOB, "1"));
    assertEquals("{\"body\":1}", protocol.message(null, Address.everyone(), "1"));
  }

  @Test
  void writesReceipts() {
    assertEquals(
        "{\"receipt\":\"c1\",\"status\":\"delivered\",\"connections\":2}",
        protocol.receipt("c1", Outcome.delivered(2)));
    assertEquals(
        "{\"receipt\":\"c1\",\"status\":\"accepted\"}", protocol.receipt("c1", Outcome.accepted()));
    assertEquals(
        "{\"receipt\":\"c1\",\"status\":\"offline\"}", protocol.receipt("c1", Outcome.offline()));
    assertEquals(
        "{\"receipt\":\"c1\",\"status\":\"expired\"}", protocol.receipt("c1", Outcome.expired()));
    assertEquals(
        "{\"receipt\":\"c1\",\"status\":\"rejected\",\"reason\":\"lane_full\"}",
        protocol.receipt("c1", Outcome.rejected(Reason.LANE_FULL)));
    assertEquals(
        "{\"receipt\":\"c1\",\"status\":\"unavailable\",\"reason\":\"bus_unavailable\"}",
        protocol.receipt("c1", Outcome.unavailable(Reason.BUS_UNAVAILABLE)));
    assertEquals("{\"receipt\":\"j1\",\"status\":\"ok\"}", protocol.done("j1"));
  }

  @Test
  void writesErrors() {
    assertEquals(
        "{\"error\":\"bad_request\",\"message\":\"to required\",\"id\":\"c1\"}",
        protocol.error(ErrorCode.BAD_REQUEST, "to required", "c1"));
    assertEquals(
        "{\"error\":\"too_large\",\"message\":\"\"}",
        protocol.error(ErrorCode.TOO_LARGE, "", null));
  }

  @Test
  void escapesOnlyWhatMustBe() {
    assertEquals(
        "{\"receipt\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u007F<>&'\u2028\u2029\uD83D\uDE00\","
            + "\"status\":\"ok\"}",
        protocol.done("\"\\/\b\f\n\r\t\0\u001F\u007F<>&'\u2028\u2029\uD83D\uDE00"));
  }

  @Test
  void escapesUnpairedSurrogatesSoThatEveryFrameHasAnUtf8Form() {
    assertEquals(
        "{\"receipt\":\"a\uD800\uDC00\\udbff\",\"status\":\"ok\"}",
        protocol.done("a\uD800\uDC00\uDBFF"));
    assertEquals(
        "{\"receipt\":\"\\udc00\\ud800\",\"status\":\"ok\"}", protocol.done("\uDC00\uD800"));
    assertEquals("{\"receipt\":\"\uD83D\uDE00\",\"status\":\"ok\"}", protocol.done("\uD83D\uDE00"));
    assertEquals(
        "{\"receipt\":\"\\ud800\uD800\uDC00\\udc00\",\"status\":\"ok\"}",
        protocol.done("\uD800\uD800\uDC00\uDC00"));
  }

  @Test
  void writesWhatGsonReads() {
    Random random = new Random(1);
    for (int i = 0; i < 5_000; i++) {
      String from = randomText(random);
      String name = randomText(random);
      JsonObject frame = gson(protocol.message(from, Address.user(name), "[\"" + i + "\"]"));
      assertEquals(from, frame.get("from").getAsString());
      assertEquals(name, frame.get("to").getAsString());
      assertEquals("[\"" + i + "\"]", frame.get("body").toString());
      JsonObject error = gson(protocol.error(ErrorCode.FORBIDDEN, from, name));
      assertEquals(from, error.get("message").getAsString());
      assertEquals(name, error.get("id").getAsString());
    }
  }

  @Test
  void readsBackTheNamesItWrites() throws BadFrameException {
    Random random = new Random(2);
    for (int i = 0; i < 5_000; i++) {
      Address to = Address.group(randomText(random));
      assertEquals(
          new Send(to, "[ " + i + "]", null),
          protocol.decode(protocol.message(randomText(random), to, "[ " + i + "]")));
    }
  }

  private static JsonObject gson(String frame) {
    String received = new String(frame.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    return JsonParser.parseString(received).getAsJsonObject();
  }

  private static String randomText(Random random) {
    int[] bounds = {0x20, 0x80, 0x3000, 0x11_0000};
    return random
        .ints(1 + random.nextInt(30))
        .map(i -> Math.floorMod(i >> 2, bounds[i & 3]))
        .filter(c -> Character.getType(c) != Character.SURROGATE)
        .collect(
            () -> new StringBuilder("x"), StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"hello\"", " {\"a\": [1, 2]} ", "null", "\"\\ud800\"", "{\"a\":1,\"a\":2}"})
  void acceptsPayload(String payload) {
    protocol.checkPayload(payload);
  }

  static Stream<Arguments> badPayloads() {
    return Stream.of(
        Arguments.of("", "payload is not JSON: expected a value at 0"),
        Arguments.of("hello", "payload is not JSON: expected a value at 0"),
        Arguments.of("1 2", "payload is not JSON: expected the end at 2"),
        Arguments.of("{\"a\":}", "payload is not JSON: expected a value at 5"),
        Arguments.of("\"\uD800\"", "payload is not JSON: unpaired surrogate at 1"),
        Arguments.of("[".repeat(65) + "]".repeat(65), "payload nests deeper than 64"),
        Arguments.of("[".repeat(1_000_000), "payload is not JSON: expected a value at 1000000"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("badPayloads")
  void refusesPayload(String payload, String message) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> protocol.checkPayload(payload));
    assertEquals(message, e.getMessage());
  }
}
