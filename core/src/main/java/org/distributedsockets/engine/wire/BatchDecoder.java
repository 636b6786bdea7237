package org.distributedsockets.engine.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
import org.distributedsockets.spi.NodeIdentity;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link BatchEncoder} wrote. What arrives on the bus is not trusted: each length is
 * checked before use.
 */
public final class BatchDecoder {
  private static final int MAX_COUNT = 1_000_000;
  private static final int MAX_EXTENSIONS = 64;
  private static final Address.Kind[] KINDS = Address.Kind.values();
  private static final Envelope.Action[] ACTIONS = Envelope.Action.values();
  private static final Cause[] CAUSES = Cause.values();
  private static final Detail[] DETAILS = Detail.values();

  private BatchDecoder() {}

  /**
   * Reads a batch.
   *
   * @param frame the bytes
   * @return the batch
   * @throws MalformedBatchException if they are not a batch of a known version
   */
  public static Batch decode(byte[] frame) throws MalformedBatchException {
    ByteReader in = new ByteReader(frame, 0, frame.length);
    int version = in.readByte();
    if (version != BatchEncoder.VERSION) {
      throw new MalformedBatchException("unknown version " + version);
    }
    try {
      String from = NodeIdentity.checkNodeId(in.readText());
      long incarnation = in.readLong();
      long number = in.readVarint();
      if (number < 0) {
        throw new MalformedBatchException("number out of range");
      }
      List<Item> items = new ArrayList<>();
      int unknown = 0;
      while (!in.atEnd()) {
        Item item = readIfKnown(in.readPart());
        if (item == null) {
          unknown++;
        } else {
          items.add(item);
        }
      }
      return new Batch(from, incarnation, number, items, unknown);
    } catch (IllegalArgumentException e) {
      throw new MalformedBatchException(String.valueOf(e.getMessage()));
    }
  }

  /** Null for what this version cannot read: the items around it are good all the same. */
  private static @Nullable Item readIfKnown(ByteReader in) {
    try {
      return readItem(in);
    } catch (MalformedBatchException | IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable Item readItem(ByteReader in) throws MalformedBatchException {
    return switch (in.readByte()) {
      case BatchEncoder.KIND_MESSAGE -> new MessageItem(readEnvelope(in));
      case BatchEncoder.KIND_RETURN ->
          new ReturnItem(
              readEnvelope(in),
              NodeIdentity.checkNodeId(in.readText()),
              in.readEnum(CAUSES),
              readNodeIds(in));
      case BatchEncoder.KIND_OUTCOME ->
          new OutcomeItem(readId(in), in.readCount(MAX_COUNT, "connections"));
      case BatchEncoder.KIND_PROBE ->
          new ProbeItem(in.readLong(), in.readFlag(), in.readFlag() ? readAddress(in) : null);
      case BatchEncoder.KIND_ANNOUNCE -> new AnnounceItem(readAddress(in));
      case BatchEncoder.KIND_QUESTION ->
          new QuestionItem(in.readLong(), readAddress(in), in.readEnum(DETAILS), in.readVarint());
      case BatchEncoder.KIND_ANSWER ->
          new AnswerItem(
              in.readLong(),
              in.readFlag(),
              in.readVarint(),
              in.readCount(Integer.MAX_VALUE, "connections"),
              in.readCount(Integer.MAX_VALUE, "users"),
              readHeld(in));
      case BatchEncoder.KIND_REPLY -> new ReplyItem(readId(in), in.readOptionalText());
      default -> null;
    };
  }

  private static List<Held> readHeld(ByteReader in) throws MalformedBatchException {
    int count = in.readCount(MAX_COUNT, "count");
    List<Held> held = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      held.add(new Held(in.readText(), in.readText(), in.readVarint(), in.readText()));
    }
    return held;
  }

  private static Envelope readEnvelope(ByteReader in) throws MalformedBatchException {
    MessageId id = readId(in);
    Envelope.Action action = in.readEnum(ACTIONS);
    int flags = in.readByte();
    String origin = NodeIdentity.checkNodeId(in.readText());
    String from = in.readOptionalText();
    Address to = readAddress(in);
    String except = in.readOptionalText();
    String only = in.readOptionalText();
    long acceptedAt = in.readVarint();
    long expiresAt = in.readVarint();
    int attempt = in.readCount(MAX_COUNT, "attempt");
    var sentTo = readNodeIds(in);
    var returnedBy = readNodeIds(in);
    var alsoAt = readNodeIds(in);
    String trace = readTraceContext(in);
    return new Envelope(
        id,
        action,
        origin,
        from,
        to,
        in.readText(),
        except,
        only,
        acceptedAt,
        expiresAt,
        (flags & BatchEncoder.FLAG_ANSWER_WANTED) != 0,
        (flags & BatchEncoder.FLAG_ASK) != 0,
        attempt,
        sentTo,
        returnedBy,
        alsoAt,
        trace);
  }

  private static @Nullable String readTraceContext(ByteReader in) throws MalformedBatchException {
    String trace = null;
    int count = in.readCount(MAX_EXTENSIONS, "extensions");
    for (int i = 0; i < count; i++) {
      long type = in.readVarint();
      String value = in.readText();
      if (type == BatchEncoder.EXTENSION_TRACE_CONTEXT) {
        trace = value;
      }
    }
    return trace;
  }

  private static Set<String> readNodeIds(ByteReader in) throws MalformedBatchException {
    Set<String> ids = in.readTexts();
    ids.forEach(NodeIdentity::checkNodeId);
    return ids;
  }

  private static MessageId readId(ByteReader in) throws MalformedBatchException {
    return new MessageId(in.readLong(), in.readVarint());
  }

  private static Address readAddress(ByteReader in) throws MalformedBatchException {
    return new Address(in.readEnum(KINDS), in.readText());
  }
}
