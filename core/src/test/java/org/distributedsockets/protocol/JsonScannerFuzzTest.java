package org.distributedsockets.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Looks for a frame on which scanner and oracle differ, guided by the paths it takes. */
class JsonScannerFuzzTest {
  private final ClientProtocol protocol = new JsonClientProtocol();

  static Stream<byte[]> frames() {
    return Stream.of(
            "{\"to\":\"bob\",\"body\":\"hello\",\"id\":\"c1\"}",
            "{\"group\":\"r\\u00e9\",\"body\":{\"a\":[1,-0.5e+7,true,false,null],\"b\":{}}}",
            " { \"join\" : \"\\uD83D\\uDE00\" } ",
            "{\"leave\":\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"}",
            "[[[[[[]]]]]]")
        .map(frame -> frame.getBytes(UTF_8));
  }

  @MethodSource("frames")
  @FuzzTest
  void agreesWithStrictGson(byte[] frame) {
    String text = new String(frame, UTF_8);
    if (!JsonOracle.isComparable(text)) {
      return;
    }
    boolean accepted = JsonOracle.read(text).isPresent();
    assertEquals(accepted, JsonScannerFuzzTest.accepts(text), text);
    try {
      if (protocol.decode(text) instanceof ClientFrame.Send send) {
        assertTrue(text.contains(send.body()), text);
        assertTrue(JsonOracle.read(send.body()).isPresent(), text);
      }
      assertTrue(accepted, text);
    } catch (BadFrameException e) {
      assertEquals(!accepted, e.getMessage().startsWith("not JSON: "), text);
    }
  }

  static boolean accepts(String text) {
    JsonScanner scanner = new JsonScanner(text);
    try {
      scanner.skipValue();
      scanner.takeEnd();
      return true;
    } catch (MalformedJsonException e) {
      return false;
    }
  }
}
