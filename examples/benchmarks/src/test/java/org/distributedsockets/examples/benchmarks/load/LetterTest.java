package org.distributedsockets.examples.benchmarks.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LetterTest {
  private static final int BODY_BYTES = 200;

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void shouldBeReadAsItWasWritten(Dialect dialect) {
    String body = Letter.body(BODY_BYTES);
    Letter letter = new Letter(dialect.direct("bob", body, ""));

    ByteBuffer frame = letter.with(1_234_567_890L, 987_654_321_012_345_678L);
    int mark = Letter.find(frame);

    assertEquals(BODY_BYTES, body.length() + 2, "with quotes");
    assertEquals(1_234_567_890L, Letter.number(frame, mark));
    assertEquals(987_654_321_012_345_678L, Letter.nanos(frame, mark));
    String text = US_ASCII.decode(frame).toString();
    assertTrue(text.contains("\"bob\""), text);
  }
}
