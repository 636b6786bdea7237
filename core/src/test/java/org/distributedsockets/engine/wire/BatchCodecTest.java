package org.distributedsockets.engine.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.distributedsockets.Address;
import org.distributedsockets.engine.wire.Item.AnnounceItem;
import org.distributedsockets.engine.wire.Item.AnswerItem;
import org.distributedsockets.engine.wire.Item.Cause;
import org.distributedsockets.engine.wire.Item.Detail;
import org.distributedsockets.engine.wire.Item.Held;
import org.distributedsockets.engine.wire.Item.MessageItem;
import org.distributedsockets.engine.wire.Item.OutcomeItem;
import org.distributedsockets.engine.wire.Item.ProbeItem;
import org.distributedsockets.engine.wire.Item.QuestionItem;
import org.distributedsockets.engine.wire.Item.ReplyItem;
import org.distributedsockets.engine.wire.Item.ReturnItem;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BatchCodecTest {
  private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  /**
   * All optional fields set. Sets hold one element where bytes are compared: they have no order.
   */
  private static final Envelope FULL =
      new Envelope(
          new MessageId(0x0123456789abcdefL, 300),
          Envelope.Action.DELIVER,
          "n1",
          "alice",
          Address.user("bób"),
          "{\"a\":1}",
          "c1",
          "c2",
          1_700_000_000_000L,
          1_700_000_120_000L,
          true,
          true,
          2,
          Set.of("n2"),
          Set.of("n3"),
          Set.of("n4"),
          TRACE);

  /** No optional field set. */
  private static final Envelope BARE =
      new Envelope(
          new MessageId(-1, 1),
          Envelope.Action.DISCONNECT,
          "n1",
          null,
          Address.everyone(),
          "",
          null,
          null,
          0,
          0,
          false,
          false,
          0,
          Set.of(),
          Set.of(),
          Set.of(),
          null);

  private static final List<Item> GOLDEN_ITEMS =
      List.of(
          new MessageItem(FULL),
          new ReturnItem(BARE, "n2", Cause.NEWS, Set.of("n5")),
          new OutcomeItem(new MessageId(-2, 128), 2),
          new ProbeItem(-3, true),
          new ProbeItem(4, false, Address.user("bob")),
          new AnnounceItem(Address.user("bob")),
          new QuestionItem(5, Address.group("r"), Detail.CONNECTIONS, 300),
          new AnswerItem(5, true, 300, 2, 1, List.of(new Held("bob", "c1", 128, "m"))),
          new ReplyItem(new MessageId(-2, 128), "1"));

  /** The format, byte by byte. If this must change, so must the version. */
  private static final String GOLDEN =
      // version, from, incarnation, number
      "01026e31fedcba98765432108101"
          // length and kind; id, action, flags, origin, from, to
          + "0000008001"
          + "0123456789abcdefac020003026e310105616c696365000462c3b362"
          // except, only, accepted, expires, attempt, sentTo, returnedBy, alsoAt
          + "010263310102633280d095ffbc31c0f99cffbc310201026e3201026e3301026e34"
          // one extension: the trace context; the payload
          + "01013730302d34626639326633353737623334646136613363653932396430653065343733362d"
          + "303066303637616130626139303262372d3031"
          + "077b2261223a317d"
          // a return: the envelope, by, cause, alsoAt
          + "0000002402"
          + "ffffffffffffffff010100026e3100020000000000000000000000"
          + "026e320401026e35"
          // an outcome, an echo, a probe about an address, an announcement
          + "0000000c03fffffffffffffffe800102"
          + "0000000b04fffffffffffffffd0100"
          + "000000100400000000000000040001"
          + "0003626f62"
          + "00000006050003626f62"
          // a question, its answer, a reply
          + "0000000f06000000000000000501017202ac02"
          + "0000001a07000000000000000501ac0202010103626f620263318001016d"
          + "0000000e08fffffffffffffffe8001010131";

  static Stream<Item> items() {
    return Stream.of(
        new MessageItem(FULL),
        new MessageItem(BARE),
        new MessageItem(FULL.dispatched(Set.of("a", "b", "c"), false, true)),
        new MessageItem(FULL.dispatched(Set.of(), true, false)),
        new MessageItem(FULL.withReturns(Set.of("a", "b"), Set.of("c", "d"))),
        new ReturnItem(FULL, "n2", Cause.ABSENT, Set.of()),
        new ReturnItem(BARE, "n2", Cause.NEWS, Set.of("n3", "n4")),
        new OutcomeItem(new MessageId(Long.MIN_VALUE, Long.MAX_VALUE), 0),
        new OutcomeItem(new MessageId(0, 1), 1_000_000),
        new ProbeItem(Long.MAX_VALUE, false),
        new ProbeItem(Long.MIN_VALUE, true),
        new AnnounceItem(Address.user("😀")),
        new AnnounceItem(Address.group("room")),
        new QuestionItem(Long.MIN_VALUE, Address.everyone(), Detail.COUNT, 0),
        new QuestionItem(1, Address.group("room"), Detail.USERS, Long.MAX_VALUE),
        new AnswerItem(1, false, 0, 0, 0, List.of()),
        new AnswerItem(
            -1,
            true,
            Long.MAX_VALUE,
            2,
            1,
            List.of(new Held("😀", "", 0, ""), new Held("bob", "c1", 1_700_000_000_000L, "{}"))),
        new ReplyItem(new MessageId(0, 1), null),
        new ReplyItem(new MessageId(-1, Long.MAX_VALUE), "{\"a\":1}"));
  }

  @ParameterizedTest
  @MethodSource("items")
  void readsWhatItWrote(Item item) throws MalformedBatchException {
    Batch batch = BatchDecoder.decode(encode(item));
    assertEquals(new Batch("n1", 0xfedcba9876543210L, 129, List.of(item), 0), batch);
  }

  @ParameterizedTest
  @EnumSource(Cause.class)
  void readsEveryCause(Cause cause) throws MalformedBatchException {
    Item item = new ReturnItem(BARE, "n2", cause, Set.of());
    assertEquals(List.of(item), BatchDecoder.decode(encode(item)).items());
  }

  @Test
  void keepsTheOrderOfTheItems() throws MalformedBatchException {
    Item[] all = items().toArray(Item[]::new);
    assertEquals(List.of(all), BatchDecoder.decode(encode(all)).items());
  }

  @Test
  void readsABatchWithoutItems() throws MalformedBatchException {
    assertEquals(List.of(), BatchDecoder.decode(encode()).items());
  }

  @Test
  void writesTheBytesOfVersionOne() throws MalformedBatchException {
    byte[] written = encode(GOLDEN_ITEMS.toArray(Item[]::new));
    assertEquals(GOLDEN, HexFormat.of().formatHex(written));
    assertEquals(GOLDEN_ITEMS, BatchDecoder.decode(HexFormat.of().parseHex(GOLDEN)).items());
  }

  @Test
  void addsNoItemThatWouldMakeTheBatchTooLong() throws MalformedBatchException {
    BatchEncoder encoder = new BatchEncoder("n1", 1, 1, 0);
    Item probe = new ProbeItem(1, false);
    assertTrue(encoder.add(probe, 1, true), "the first goes whatever its length");
    int length = encoder.toByteArray().length;
    assertFalse(encoder.add(new MessageItem(FULL), length + 15, false));
    assertEquals(length, encoder.toByteArray().length);
    assertTrue(encoder.add(probe, length + 15, false), "15 bytes: length 4, kind 1, body 10");
    assertEquals(List.of(probe, probe), BatchDecoder.decode(encoder.toByteArray()).items());
  }

  @Test
  void growsToAnyLength() throws MalformedBatchException {
    Item large = new MessageItem(withPayload("ü".repeat(300_000)));
    assertEquals(List.of(large, large), BatchDecoder.decode(encode(large, large)).items());
  }

  @Test
  void skipsAndCountsItemsItCannotRead() throws MalformedBatchException {
    ByteWriter out = header(BatchEncoder.VERSION, "n1");
    part(out, 0, 1, 2, 3);
    part(out, 255);
    part(out, BatchEncoder.KIND_ANNOUNCE, 77, 1, 'a');
    part(out, BatchEncoder.KIND_PROBE, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0);
    Batch batch = BatchDecoder.decode(out.toByteArray());
    assertEquals(3, batch.unknownItems());
    assertEquals(List.of(new ProbeItem(9, false)), batch.items());
  }

  @ParameterizedTest
  @MethodSource("items")
  void ignoresBytesAppendedToAnItem(Item item) throws MalformedBatchException {
    byte[] longer = Arrays.copyOf(encode(item), encode(item).length + 3);
    int lengthAt = encode().length;
    longer[lengthAt + 3] = (byte) (longer.length - lengthAt - 4);
    longer[lengthAt + 2] = (byte) ((longer.length - lengthAt - 4) >> 8);
    Batch batch = BatchDecoder.decode(longer);
    assertEquals(List.of(item), batch.items());
    assertEquals(0, batch.unknownItems());
  }

  @Test
  void skipsUnknownExtensionsAndFlags() throws MalformedBatchException {
    ByteWriter out = header(BatchEncoder.VERSION, "n1");
    int length = out.reserveLength();
    out.writeByte(BatchEncoder.KIND_MESSAGE);
    out.writeLong(1);
    out.writeVarint(1);
    out.writeByte(0);
    out.writeByte(0xff);
    out.writeText("n1");
    out.writeOptionalText(null);
    out.writeByte(0);
    out.writeText("bob");
    out.writeOptionalText(null);
    out.writeOptionalText(null);
    out.writeVarint(0);
    out.writeVarint(0);
    out.writeVarint(0);
    out.writeTexts(List.of());
    out.writeTexts(List.of());
    out.writeTexts(List.of());
    out.writeVarint(3);
    out.writeVarint(99);
    out.writeText("later");
    out.writeVarint(BatchEncoder.EXTENSION_TRACE_CONTEXT);
    out.writeText("trace");
    out.writeVarint(1L << 40);
    out.writeText("");
    out.writeText("payload");
    out.fillLength(length);
    MessageItem read = (MessageItem) BatchDecoder.decode(out.toByteArray()).items().get(0);
    assertEquals("trace", read.envelope().traceContext());
    assertEquals("payload", read.envelope().payload());
    assertTrue(read.envelope().ask() && read.envelope().answerWanted());
  }

  // ---- what is not a batch

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 127, 255})
  void refusesOtherVersions(int version) {
    assertMalformed(header(version, "n1").toByteArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "n 1", "n/1", "é", "n1\n", "../n1"})
  void refusesWhatIsNoNodeId(String id) throws MalformedBatchException {
    assertMalformed(header(BatchEncoder.VERSION, id).toByteArray());
    assertUnknown(encode(new ReturnItem(BARE, id, Cause.ABSENT, Set.of())));
    assertUnknown(encode(new ReturnItem(BARE, "n2", Cause.ABSENT, Set.of(id))));
    assertUnknown(encode(new MessageItem(BARE.adopted(id))));
    assertUnknown(encode(new MessageItem(BARE.dispatched(Set.of(id), false, false))));
    assertUnknown(encode(new MessageItem(BARE.withReturns(Set.of(id), Set.of()))));
    assertUnknown(encode(new MessageItem(BARE.withReturns(Set.of(), Set.of(id)))));
  }

  @Test
  void refusesNodeIdsThatAreTooLong() throws MalformedBatchException {
    BatchDecoder.decode(header(BatchEncoder.VERSION, "n".repeat(64)).toByteArray());
    assertMalformed(header(BatchEncoder.VERSION, "n".repeat(65)).toByteArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "80", "c0af", "eda080", "f4908080", "c3", "e282", "61ff62"})
  void refusesAddressesThatAreEmptyOrNotUtf8(String hex) throws MalformedBatchException {
    byte[] name = HexFormat.of().parseHex(hex);
    byte[] body = new byte[3 + name.length];
    body[0] = BatchEncoder.KIND_ANNOUNCE;
    body[2] = (byte) name.length;
    System.arraycopy(name, 0, body, 3, name.length);
    assertUnknown(withPart(body));
  }

  @Test
  void readsAReplacementCharacterThatWasWrittenAsOne() throws MalformedBatchException {
    Item item = new AnnounceItem(Address.user("\ufffd"));
    assertEquals(List.of(item), BatchDecoder.decode(encode(item)).items());
  }

  @Test
  void refusesAnAddressThatIsTooLong() throws MalformedBatchException {
    byte[] body = new byte[4 + 257];
    Arrays.fill(body, (byte) 'a');
    body[0] = BatchEncoder.KIND_ANNOUNCE;
    body[1] = 0;
    body[2] = (byte) ((257 & 0x7f) | 0x80);
    body[3] = (byte) (257 >> 7);
    assertUnknown(withPart(body));
  }

  @Test
  void refusesConstantsAndFlagsItDoesNotKnow() throws MalformedBatchException {
    assertUnknown(withPart(BatchEncoder.KIND_ANNOUNCE, 3, 1, 'a'));
    assertUnknown(withPart(BatchEncoder.KIND_PROBE, 0, 0, 0, 0, 0, 0, 0, 0, 2));
  }

  @Test
  void refusesABatchNumberBelowZero() {
    ByteWriter out = new ByteWriter(0);
    out.writeByte(BatchEncoder.VERSION);
    out.writeText("n1");
    out.writeLong(1);
    out.writeVarint(-1);
    assertMalformed(out.toByteArray());
  }

  @Test
  void refusesCountsOutOfRange() throws MalformedBatchException {
    // An outcome of 2^63 connections, of a million and one, and a varint of eleven bytes.
    assertUnknown(outcomeWithConnections(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1));
    assertUnknown(outcomeWithConnections(0xc1, 0x84, 0x3d));
    assertUnknown(
        outcomeWithConnections(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1));
  }

  @Test
  void refusesLengthsBeyondTheFrame() throws MalformedBatchException {
    byte[] frame = withPart(BatchEncoder.KIND_PROBE, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    int lengthAt = encode().length;
    for (int lead : new int[] {0x01, 0x7f, 0x80, 0xff}) {
      byte[] longer = frame.clone();
      longer[lengthAt] = (byte) lead;
      assertMalformed(longer);
    }
    // A text that says it is 2^31 - 1 bytes long, of which there is none.
    assertUnknown(withPart(BatchEncoder.KIND_ANNOUNCE, 0, 0xff, 0xff, 0xff, 0xff, 0x07));
  }

  @Test
  void refusesTheEmptyFrameAndTheEmptyItem() throws MalformedBatchException {
    assertMalformed(new byte[0]);
    assertUnknown(withPart());
  }

  @Test
  void refusesEveryTruncationButThoseBetweenItems() throws MalformedBatchException {
    byte[] whole = encode(GOLDEN_ITEMS.toArray(Item[]::new));
    int decoded = 0;
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      if (decodesOrIsMalformed(cut)) {
        assertEquals(
            GOLDEN_ITEMS.subList(0, decoded), BatchDecoder.decode(cut).items(), "cut " + length);
        decoded++;
      }
    }
    assertEquals(GOLDEN_ITEMS.size(), decoded);
  }

  @Test
  void neverFailsInAnotherWayWhateverTheBytes() {
    byte[] whole = encode(items().toArray(Item[]::new));
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          Random random = new Random(1);
          int decoded = 0;
          for (int i = 0; i < 20_000; i++) {
            decoded += decodesOrIsMalformed(mutated(whole, random)) ? 1 : 0;
          }
          assertTrue(decoded > 100, "mutations that are still batches: " + decoded);
          for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            if (noise.length > 0) {
              noise[0] = BatchEncoder.VERSION;
            }
            decodesOrIsMalformed(noise);
          }
        });
  }

  private static byte[] mutated(byte[] whole, Random random) {
    byte[] bytes = whole.clone();
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = (byte) 0xff;
        default -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
      }
    }
    return bytes;
  }

  /** Anything thrown but the one exception fails the test. */
  private static boolean decodesOrIsMalformed(byte[] frame) {
    try {
      BatchDecoder.decode(frame);
      return true;
    } catch (MalformedBatchException e) {
      return false;
    }
  }

  private static void assertMalformed(byte[] frame) {
    assertThrows(MalformedBatchException.class, () -> BatchDecoder.decode(frame));
  }

  /** The batch is good, but for its one item. */
  private static void assertUnknown(byte[] frame) throws MalformedBatchException {
    Batch batch = BatchDecoder.decode(frame);
    assertEquals(List.of(), batch.items());
    assertEquals(1, batch.unknownItems());
  }

  private static byte[] encode(Item... items) {
    BatchEncoder encoder = new BatchEncoder("n1", 0xfedcba9876543210L, 129, 0);
    for (Item item : items) {
      assertTrue(encoder.add(item, Integer.MAX_VALUE, false));
    }
    return encoder.toByteArray();
  }

  private static ByteWriter header(int version, String from) {
    ByteWriter out = new ByteWriter(0);
    out.writeByte(version);
    out.writeText(from);
    out.writeLong(0xfedcba9876543210L);
    out.writeVarint(129);
    return out;
  }

  private static void part(ByteWriter out, int... body) {
    int length = out.reserveLength();
    for (int value : body) {
      out.writeByte(value);
    }
    out.fillLength(length);
  }

  private static byte[] withPart(int... body) {
    ByteWriter out = header(BatchEncoder.VERSION, "n1");
    part(out, body);
    return out.toByteArray();
  }

  private static byte[] withPart(byte[] body) {
    int[] values = new int[body.length];
    for (int i = 0; i < body.length; i++) {
      values[i] = body[i];
    }
    return withPart(values);
  }

  private static byte[] outcomeWithConnections(int... varint) {
    int[] body = new int[10 + varint.length];
    body[0] = BatchEncoder.KIND_OUTCOME;
    System.arraycopy(varint, 0, body, 10, varint.length);
    return withPart(body);
  }

  private static Envelope withPayload(String payload) {
    return new Envelope(
        FULL.id(),
        FULL.action(),
        FULL.origin(),
        FULL.from(),
        FULL.to(),
        payload,
        null,
        null,
        0,
        0,
        false,
        false,
        0,
        Set.of(),
        Set.of(),
        Set.of(),
        null);
  }

  @Test
  void writesTextAsUtf8() {
    ByteWriter out = new ByteWriter(0);
    out.writeText("é");
    assertArrayEquals(
        new byte[] {2, (byte) 0xc3, (byte) 0xa9}, out.toByteArray(), StandardCharsets.UTF_8.name());
  }
}
