package org.distributedsockets.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way a client's frame can be wrong that {@link JsonClientProtocol} names. */
class RefusedFramesTest {
  private final ClientProtocol protocol = new JsonClientProtocol();

  static Stream<Arguments> refusedFrames() {
    return Stream.of(
        refused("", "not JSON: expected a value at 0", null),
        refused(" \n", "not JSON: expected a value at 2", null),
        refused("hello", "not JSON: expected a value at 0", null),
        refused("\uFEFF{\"join\":\"a\"}", "not JSON: expected a value at 0", null),
        refused("\u00A0{\"join\":\"a\"}", "not JSON: expected a value at 0", null),
        refused("{", "not JSON: expected a key at 1", null),
        refused("{\"join\"", "not JSON: expected ':' at 7", null),
        refused("{\"join\":", "not JSON: expected a value at 8", null),
        refused("{\"join\":\"a\"", "not JSON: expected ',' or '}' at 11", null),
        refused("{\"join\":\"a\",}", "not JSON: expected a key at 12", null),
        refused("{\"join\":\"a\",,\"id\":\"c1\"}", "not JSON: expected a key at 12", null),
        refused("{,\"join\":\"a\"}", "not JSON: expected a key at 1", null),
        refused("{\"join\":\"a\"}}", "not JSON: expected the end at 12", null),
        refused("{\"join\":\"a\"}{\"join\":\"b\"}", "not JSON: expected the end at 12", null),
        refused("{\"join\":\"a\"} x", "not JSON: expected the end at 13", null),
        refused("{join:\"a\"}", "not JSON: expected a key at 1", null),
        refused("{'join':'a'}", "not JSON: expected a key at 1", null),
        refused("{\"join\":'a'}", "not JSON: expected a value at 8", null),
        refused("{\"join\"=\"a\"}", "not JSON: expected ':' at 7", null),
        refused("{\"join\":\"a\";\"id\":\"b\"}", "not JSON: expected ',' or '}' at 11", null),
        refused("{\"join\":\"a\"/**/}", "not JSON: expected ',' or '}' at 11", null),
        refused("{\"join\":\"a\"\f}", "not JSON: expected ',' or '}' at 11", null),
        refused("{\"join\":\"a", "not JSON: unterminated string at 8", null),
        refused("{\"join\":\"a\\", "not JSON: invalid escape at 10", null),
        refused("{\"join\":\"a\\\"}", "not JSON: unterminated string at 8", null),
        refused("{\"join\":\"\\x\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\'\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\U0061\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\u006\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\u00g1\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\u000/\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\u000:\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\u000@\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\u000G\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\u000`\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\u+061\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"\\u\uFF10061\"}", "not JSON: invalid escape at 9", null),
        refused("{\"join\":\"a\nb\"}", "not JSON: control character in a string at 10", null),
        refused("{\"join\":\"\t\"}", "not JSON: control character in a string at 9", null),
        refused("{\"join\":\"\0\"}", "not JSON: control character in a string at 9", null),
        refused("{\"join\":\"\uD800\"}", "not JSON: unpaired surrogate at 9", null),
        refused("{\"join\":\"\uDC00\uD800\"}", "not JSON: unpaired surrogate at 9", null),
        refused(
            "{\"to\":\"bob\",\"body\":\"\uD800x\"}", "not JSON: unpaired surrogate at 20", null),
        refused("{\"to\":\"bob\",\"body\":}", "not JSON: expected a value at 19", null),
        refused("{\"to\":\"bob\",\"body\":01}", "not JSON: leading zero at 20", null),
        refused("{\"to\":\"bob\",\"body\":-01}", "not JSON: leading zero at 21", null),
        refused("{\"to\":\"bob\",\"body\":-}", "not JSON: expected a digit at 20", null),
        refused("{\"to\":\"bob\",\"body\":+1}", "not JSON: expected a value at 19", null),
        refused("{\"to\":\"bob\",\"body\":.5}", "not JSON: expected a value at 19", null),
        refused("{\"to\":\"bob\",\"body\":1.}", "not JSON: expected a digit at 21", null),
        refused("{\"to\":\"bob\",\"body\":1e}", "not JSON: expected a digit at 21", null),
        refused("{\"to\":\"bob\",\"body\":1e+}", "not JSON: expected a digit at 22", null),
        refused("{\"to\":\"bob\",\"body\":0x1}", "not JSON: expected ',' or '}' at 20", null),
        refused("{\"to\":\"bob\",\"body\":\u0661}", "not JSON: expected a value at 19", null),
        refused("{\"to\":\"bob\",\"body\":NaN}", "not JSON: expected a value at 19", null),
        refused("{\"to\":\"bob\",\"body\":-Infinity}", "not JSON: expected a digit at 20", null),
        refused("{\"to\":\"bob\",\"body\":undefined}", "not JSON: expected a value at 19", null),
        refused("{\"to\":\"bob\",\"body\":True}", "not JSON: expected a value at 19", null),
        refused("{\"to\":\"bob\",\"body\":nul}", "not JSON: expected a value at 19", null),
        refused("{\"to\":\"bob\",\"body\":truex}", "not JSON: expected ',' or '}' at 23", null),
        refused("{\"to\":\"bob\",\"body\":[1,]}", "not JSON: expected a value at 22", null),
        refused("{\"to\":\"bob\",\"body\":[1 2]}", "not JSON: expected ',' or ']' at 22", null),
        refused("{\"to\":\"bob\",\"body\":[1}", "not JSON: expected ',' or ']' at 21", null),
        refused("{\"to\":\"bob\",\"body\":{\"a\":1]}", "not JSON: expected ',' or '}' at 25", null),
        refused("{\"to\":\"bob\",\"body\":{\"a\"}}", "not JSON: expected ':' at 23", null),
        refused("{\"to\":\"bob\",\"body\":{\"a\":1,}}", "not JSON: expected a key at 26", null),
        refused("{\"to\":\"bob\",\"body\":{1:2}}", "not JSON: expected a key at 20", null),
        refused(
            "{\"id\":\"c1\",\"to\":\"bob\",\"body\":tru}",
            "not JSON: expected a value at 29",
            "c1"),
        refused(
            "{\"to\":\"bob\",\"id\":\"c1\",\"body\":\"",
            "not JSON: unterminated string at 29",
            "c1"),
        refused(
            "{\"to\":\"bob\",\"body\":tru,\"id\":\"c1\"}",
            "not JSON: expected a value at 19",
            null),
        refused(
            "{\"to\":\"bob\",\"body\":1,\"id\":\"c1", "not JSON: unterminated string at 26", null),
        refused("{\"join\":\"a\",\"id\":\"c1\"", "not JSON: expected ',' or '}' at 21", "c1"),
        refused("{\"id\":\"c1\",\"id\":\"c2\"", "not JSON: expected ',' or '}' at 20", null),
        refused("{\"join\":5,\"id\":\"c1\",}", "not JSON: expected a key at 20", "c1"),
        refused("null", "not a JSON object", null),
        refused("5", "not a JSON object", null),
        refused("\"to\"", "not a JSON object", null),
        refused("[]", "not a JSON object", null),
        refused("[{\"join\":\"a\",\"id\":\"c1\"}]", "not a JSON object", null),
        refused("{}", "to required", null),
        refused("{\"id\":\"c1\"}", "to required", "c1"),
        refused("{\"body\":1,\"id\":\"c1\"}", "to required", "c1"),
        refused("{\"TO\":\"bob\",\"body\":1}", "to required", null),
        refused("{\"to\":\"bob\"}", "body required", null),
        refused("{\"group\":\"room\",\"id\":\"c1\"}", "body required", "c1"),
        refused("{\"to\":5,\"body\":1,\"id\":\"c1\"}", "to must be a string", "c1"),
        refused("{\"to\":null,\"body\":1}", "to must be a string", null),
        refused("{\"to\":[\"bob\"],\"body\":1}", "to must be a string", null),
        refused("{\"group\":{},\"body\":1,\"id\":\"c1\"}", "group must be a string", "c1"),
        refused("{\"join\":true,\"id\":\"c1\"}", "join must be a string", "c1"),
        refused("{\"leave\":1.5,\"id\":\"c1\"}", "leave must be a string", "c1"),
        refused("{\"to\":\"bob\",\"body\":1,\"id\":1}", "id must be a string", null),
        refused("{\"to\":\"bob\",\"body\":1,\"id\":null}", "id must be a string", null),
        refused(
            "{\"to\":\"bob\",\"body\":1,\"id\":\"\"}", "id must have 1 to 64 UTF-16 units", null),
        refused(
            "{\"to\":\"bob\",\"body\":1,\"id\":\"" + "x".repeat(65) + "\"}",
            "id must have 1 to 64 UTF-16 units",
            null),
        refused(
            "{\"to\":\"bob\",\"body\":1,\"id\":\"\\ud800\"}", "id has an unpaired surrogate", null),
        refused(
            "{\"to\":\"bob\",\"body\":1,\"id\":\"\\udc00\\ud800\"}",
            "id has an unpaired surrogate",
            null),
        refused("{\"to\":\"\",\"body\":1,\"id\":\"c1\"}", "to: user id required", "c1"),
        refused("{\"group\":\"\",\"body\":1}", "group: group name required", null),
        refused("{\"join\":\"\"}", "join: group name required", null),
        refused("{\"leave\":\"\",\"id\":\"c1\"}", "leave: group name required", "c1"),
        refused(
            "{\"to\":\"" + "x".repeat(257) + "\",\"body\":1}",
            "to: user id longer than 256 bytes of UTF-8",
            null),
        refused(
            "{\"join\":\"" + "\u00E9".repeat(129) + "\"}",
            "join: group name longer than 256 bytes of UTF-8",
            null),
        refused(
            "{\"to\":\"\\ud800\",\"body\":1,\"id\":\"c1\"}",
            "to: user id has an unpaired surrogate",
            "c1"),
        refused("{\"leave\":\"a\\udc00\"}", "leave: group name has an unpaired surrogate", null),
        refused(
            "{\"to\":\"bob\",\"to\":\"bob\",\"body\":1,\"id\":\"c1\"}",
            "duplicate key \"to\"",
            "c1"),
        refused(
            "{\"to\":\"bob\",\"\\u0074\\u006f\":\"eve\",\"body\":1}", "duplicate key \"to\"", null),
        refused("{\"to\":\"bob\",\"body\":1,\"body\":1}", "duplicate key \"body\"", null),
        refused("{\"join\":\"a\",\"join\":\"b\"}", "duplicate key \"join\"", null),
        refused("{\"leave\":\"a\",\"leave\":\"b\"}", "duplicate key \"leave\"", null),
        refused("{\"group\":\"a\",\"body\":1,\"group\":\"b\"}", "duplicate key \"group\"", null),
        refused(
            "{\"to\":\"bob\",\"body\":1,\"id\":\"c1\",\"id\":\"c1\"}",
            "duplicate key \"id\"",
            null),
        refused("{\"to\":\"bob\",\"body\":1,\"id\":\"c1\",\"id\":5}", "duplicate key \"id\"", null),
        refused("{\"to\":\"bob\",\"body\":1,\"id\":5,\"id\":\"c1\"}", "id must be a string", null),
        refused(
            "{\"to\":\"bob\",\"body\":1,\"x\":1,\"x\":2,\"id\":\"c1\"}",
            "duplicate key \"x\"",
            "c1"),
        refused("{\"to\":\"bob\",\"body\":1,\"\":1,\"\":2}", "duplicate key \"\"", null),
        refused(
            "{\"to\":\"bob\",\"body\":1,\"\\u0000\\n\\u009f\\ud800\":1,\"\\u0000\\n\\u009f\\ud800\":2}",
            "duplicate key \"\uFFFD\uFFFD\uFFFD\uFFFD\"",
            null),
        refused(
            "{\"to\":\"bob\",\"body\":1,\"" + "k".repeat(50) + "\":1,\"" + "k".repeat(50) + "\":2}",
            "duplicate key \"" + "k".repeat(40) + "\u2026\"",
            null),
        refused(
            "{\"to\":\"bob\",\"body\":1,\"" + "k".repeat(40) + "\":1,\"" + "k".repeat(40) + "\":2}",
            "duplicate key \"" + "k".repeat(40) + "\"",
            null),
        refused(
            "{\"to\":\"bob\",\"group\":\"room\",\"body\":1,\"id\":\"c1\"}",
            "conflicting keys \"to\" and \"group\"",
            "c1"),
        refused(
            "{\"group\":\"room\",\"to\":\"bob\",\"body\":1}",
            "conflicting keys \"to\" and \"group\"",
            null),
        refused(
            "{\"to\":\"bob\",\"join\":\"room\",\"body\":1}",
            "conflicting keys \"to\" and \"join\"",
            null),
        refused(
            "{\"to\":\"bob\",\"leave\":\"room\",\"body\":1}",
            "conflicting keys \"to\" and \"leave\"",
            null),
        refused(
            "{\"group\":\"room\",\"join\":\"room\",\"body\":1}",
            "conflicting keys \"group\" and \"join\"",
            null),
        refused(
            "{\"group\":\"room\",\"leave\":\"room\"}",
            "conflicting keys \"group\" and \"leave\"",
            null),
        refused(
            "{\"join\":\"a\",\"leave\":\"a\",\"id\":\"c1\"}",
            "conflicting keys \"join\" and \"leave\"",
            "c1"),
        refused(
            "{\"join\":\"a\",\"body\":1,\"id\":\"c1\"}",
            "conflicting keys \"join\" and \"body\"",
            "c1"),
        refused("{\"body\":null,\"leave\":\"a\"}", "conflicting keys \"leave\" and \"body\"", null),
        refused(send("[".repeat(65) + "]".repeat(65)), "nesting deeper than 64", "c1"),
        refused(send("{\"a\":".repeat(65) + "1" + "}".repeat(65)), "nesting deeper than 64", "c1"),
        refused(
            send("[{\"a\":".repeat(9_000) + "1" + "}]".repeat(9_000)),
            "nesting deeper than 64",
            "c1"),
        refused(
            "{\"x\":" + "[".repeat(65) + "]".repeat(65) + ",\"join\":\"room\"}",
            "nesting deeper than 64",
            null),
        refused(
            "{\"to\":\"bob\",\"body\":" + "[".repeat(60_000),
            "not JSON: expected a value at 60019",
            null),
        refused(
            "{\"to\":\"bob\",\"body\":" + "[".repeat(70) + "}",
            "not JSON: expected a value at 89",
            null),
        refused(
            "{\"to\":\"bob\",\"body\":" + "[".repeat(70) + "1" + "]".repeat(3) + "}",
            "not JSON: expected ',' or ']' at 93",
            null));
  }

  private static Arguments refused(String frame, String message, String id) {
    return Arguments.of(frame, message, id);
  }

  private static String send(String body) {
    return "{\"to\":\"bob\",\"body\":" + body + ",\"id\":\"c1\"}";
  }

  @ParameterizedTest(name = "{index}: {1}, id {2}")
  @MethodSource("refusedFrames")
  void refuses(String frame, String message, String id) {
    BadFrameException e = assertThrows(BadFrameException.class, () -> protocol.decode(frame));
    assertEquals(message, e.getMessage());
    assertEquals(ErrorCode.BAD_REQUEST, e.code());
    assertEquals(id, e.id());
  }

  @Test
  void findsDuplicatesAmongManyKeysInTime() {
    String keys =
        IntStream.range(0, 8_000).mapToObj(i -> "\"" + i + "\":0,").collect(Collectors.joining());
    BadFrameException e =
        assertTimeout(
            Duration.ofSeconds(2),
            () ->
                assertThrows(
                    BadFrameException.class, () -> protocol.decode("{" + keys + "\"7999\":0}")));
    assertEquals("duplicate key \"7999\"", e.getMessage());
  }
}
