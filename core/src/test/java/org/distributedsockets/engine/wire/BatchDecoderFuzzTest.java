package org.distributedsockets.engine.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Looks for a frame of the bus that does something else than to be read or refused. */
class BatchDecoderFuzzTest {
  static Stream<byte[]> frames() {
    return BatchCodecTest.items().map(BatchDecoderFuzzTest::encoded);
  }

  private static byte[] encoded(Item item) {
    BatchEncoder encoder = new BatchEncoder("n1", 7, 300, 256);
    assertTrue(encoder.add(item, Integer.MAX_VALUE, true));
    return encoder.toByteArray();
  }

  @MethodSource("frames")
  @FuzzTest
  void readsOrRefuses(byte[] frame) throws MalformedBatchException {
    Batch batch;
    try {
      batch = BatchDecoder.decode(frame);
    } catch (MalformedBatchException e) {
      return;
    }
    // What was read is whole: written again, it reads the same.
    BatchEncoder encoder =
        new BatchEncoder(batch.from(), batch.incarnation(), batch.number(), frame.length);
    for (Item item : batch.items()) {
      assertTrue(encoder.add(item, Integer.MAX_VALUE, true));
    }
    Batch again = BatchDecoder.decode(encoder.toByteArray());
    assertEquals(
        new Batch(batch.from(), batch.incarnation(), batch.number(), batch.items(), 0), again);
  }
}
