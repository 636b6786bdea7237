package org.distributedsockets.engine.wire;

import java.util.Set;
import org.distributedsockets.Address;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A batch of messages with bodies of 200 bytes; the time is that of the whole batch. */
@State(Scope.Thread)
public class EnvelopeCodecBenchmark {
  private static final int BYTES_EACH = 300;

  @Param({"1", "64"})
  public int messages;

  private Item.MessageItem item;
  private byte[] frame;

  @Setup
  public void prepare() {
    item =
        new Item.MessageItem(
            new Envelope(
                new MessageId(7, 123_456),
                Envelope.Action.DELIVER,
                "n1",
                "alice",
                Address.user("bob"),
                '"' + "x".repeat(198) + '"',
                null,
                null,
                1_700_000_000_000L,
                1_700_000_120_000L,
                false,
                false,
                0,
                Set.of("n2"),
                Set.of(),
                Set.of(),
                null));
    frame = encode();
  }

  @Benchmark
  public byte[] encode() {
    BatchEncoder encoder = new BatchEncoder("n1", 7, 42, messages * BYTES_EACH);
    for (int i = 0; i < messages; i++) {
      encoder.add(item, Integer.MAX_VALUE, i == 0);
    }
    return encoder.toByteArray();
  }

  @Benchmark
  public Batch decode() throws MalformedBatchException {
    return BatchDecoder.decode(frame);
  }
}
