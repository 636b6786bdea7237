package org.distributedsockets.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.protocol.ClientFrame.Answer;
import org.distributedsockets.protocol.ClientFrame.Join;
import org.distributedsockets.protocol.ClientFrame.Send;
import org.distributedsockets.protocol.ClientFrame.Unwatch;
import org.distributedsockets.protocol.ClientFrame.Watch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonExtendedProtocolTest {
  private static final Address BOB = Address.user("bob");
  private static final Address ROOM = Address.group("room");

  private final ClientProtocol plain = new JsonClientProtocol();
  private final ExtendedProtocol protocol = plain.extended().orElseThrow();

  static Stream<Arguments> usableFrames() {
    return Stream.of(
        Arguments.of("{\"watch\":\"bob\"}", new Watch(BOB, null)),
        Arguments.of("{\"watch\":\"bob\",\"id\":\"w\"}", new Watch(BOB, "w")),
        Arguments.of("{\"unwatch\":\"bob\"}", new Unwatch(BOB, null)),
        Arguments.of("{\"watch_group\":\"room\"}", new Watch(ROOM, null)),
        Arguments.of("{\"unwatch_group\":\"room\",\"id\":\"u\"}", new Unwatch(ROOM, "u")),
        Arguments.of(
            "{\"reply\":\"r1\",\"body\":{\"a\": 1}}", new Answer("r1", "{\"a\": 1}", null)),
        Arguments.of("{\"refuse\":\"r1\",\"id\":\"x\"}", new Answer("r1", null, "x")),
        Arguments.of("{\"join\":\"room\"}", new Join("room", null)),
        Arguments.of("{\"to\":\"bob\",\"body\":1}", new Send(BOB, "1", null)));
  }

  @ParameterizedTest
  @MethodSource("usableFrames")
  void reads(String text, ClientFrame meaning) throws BadFrameException {
    assertEquals(meaning, protocol.decode(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"watch\":\"\"}",
        "{\"watch\":1}",
        "{\"watch\":\"bob\",\"body\":1}",
        "{\"watch\":\"bob\",\"join\":\"room\"}",
        "{\"watch\":\"bob\",\"unwatch\":\"bob\"}",
        "{\"watch_group\":\"room\",\"watch\":\"bob\"}",
        "{\"reply\":\"r1\"}",
        "{\"reply\":\"r1\",\"refuse\":\"r1\",\"body\":1}",
        "{\"refuse\":\"r1\",\"body\":1}",
        "{\"reply\":\"r1\",\"to\":\"bob\",\"body\":1}"
      })
  void refuses(String text) {
    BadFrameException e = assertThrows(BadFrameException.class, () -> protocol.decode(text));
    assertEquals(ErrorCode.BAD_REQUEST, e.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"watch", "unwatch", "watch_group", "unwatch_group", "reply", "refuse"})
  void toThePlainProtocolItsKeysAreUnknown(String key) throws BadFrameException {
    String frame = "{\"" + key + "\":1,\"to\":\"bob\",\"body\":1}";
    assertEquals(new Send(BOB, "1", null), plain.decode(frame));
    assertThrows(BadFrameException.class, () -> protocol.decode(frame));
  }

  @Test
  void writesWhatThePlainProtocolWrites() {
    assertEquals(plain.message("a", BOB, "1"), protocol.message("a", BOB, "1"));
    assertEquals(
        plain.receipt("c", Outcome.delivered(2)), protocol.receipt("c", Outcome.delivered(2)));
    assertEquals(plain.done("c"), protocol.done("c"));
    assertEquals(
        plain.error(ErrorCode.FORBIDDEN, "m", "c"), protocol.error(ErrorCode.FORBIDDEN, "m", "c"));
    assertThrows(IllegalArgumentException.class, () -> protocol.checkPayload("{"));
  }

  @Test
  void writesHelloPresenceAndRequests() {
    assertEquals(
        "{\"hello\":\"distributed-sockets.v1\",\"connection\":\"c1\",\"user\":\"b\\\"b\","
            + "\"limits\":{\"frame_bytes\":65536,\"groups\":1000,\"watches\":100}}",
        protocol.hello(new ExtendedProtocol.Hello("c1", "b\"b", 65_536, 1_000, 100)));
    Map<String, Boolean> online = new LinkedHashMap<>();
    online.put("a", true);
    online.put("b", false);
    online.put("c", true);
    assertEquals(
        "{\"presence\":{\"online\":[\"a\",\"c\"],\"offline\":[\"b\"]}}",
        protocol.presence(null, online));
    assertEquals(
        "{\"presence\":{\"group\":\"room\",\"online\":[],\"offline\":[]}}",
        protocol.presence("room", Map.of()));
    assertEquals(
        "{\"request\":\"r1\",\"timeout_ms\":5000,\"body\":[1]}",
        protocol.request("r1", "[1]", 5_000));
  }
}
