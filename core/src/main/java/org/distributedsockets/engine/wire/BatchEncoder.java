package org.distributedsockets.engine.wire;

import org.distributedsockets.Address;
import org.distributedsockets.engine.wire.Item.AnnounceItem;
import org.distributedsockets.engine.wire.Item.AnswerItem;
import org.distributedsockets.engine.wire.Item.Held;
import org.distributedsockets.engine.wire.Item.MessageItem;
import org.distributedsockets.engine.wire.Item.OutcomeItem;
import org.distributedsockets.engine.wire.Item.ProbeItem;
import org.distributedsockets.engine.wire.Item.QuestionItem;
import org.distributedsockets.engine.wire.Item.ReplyItem;
import org.distributedsockets.engine.wire.Item.ReturnItem;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;

/**
 * Writes one batch. For one thread.
 *
 * <pre>
 * batch    = version(1 byte) from(text) incarnation(8 bytes) number(varint) item*
 * item     = length(4 bytes) kind(1 byte) body
 * text     = length(varint) UTF-8
 * envelope = ... extensions: count(varint) { type(varint) value(text) }
 * </pre>
 *
 * <p>A reader skips items it cannot read, bytes behind the body it knows, and extensions of unknown
 * types, so fields can be appended without a new version.
 */
@SuppressWarnings("EnumOrdinal") // their order is part of the wire format and says so
public final class BatchEncoder {
  /** The first byte of every batch. */
  static final int VERSION = 1;

  static final int KIND_MESSAGE = 1;
  static final int KIND_RETURN = 2;
  static final int KIND_OUTCOME = 3;
  static final int KIND_PROBE = 4;
  static final int KIND_ANNOUNCE = 5;
  static final int KIND_QUESTION = 6;
  static final int KIND_ANSWER = 7;
  static final int KIND_REPLY = 8;

  static final int FLAG_ANSWER_WANTED = 1;
  static final int FLAG_ASK = 2;

  static final int EXTENSION_TRACE_CONTEXT = 1;

  private final ByteWriter out;

  /**
   * Begins a batch.
   *
   * @param from the sending node
   * @param incarnation its incarnation's number
   * @param number the batch's number
   * @param expectedBytes how long it will probably get
   */
  public BatchEncoder(String from, long incarnation, long number, int expectedBytes) {
    out = new ByteWriter(expectedBytes);
    out.writeByte(VERSION);
    out.writeText(from);
    out.writeLong(incarnation);
    out.writeVarint(number);
  }

  /**
   * Adds an item unless the batch would get too long.
   *
   * @param item the item
   * @param maxBytes the longest the batch may get; the first item is added whatever its length
   * @param first whether it is the first item
   * @return false if it was not added
   */
  public boolean add(Item item, int maxBytes, boolean first) {
    int start = out.size();
    int length = out.reserveLength();
    writeItem(item);
    if (!first && out.size() > maxBytes) {
      out.truncate(start);
      return false;
    }
    out.fillLength(length);
    return true;
  }

  /**
   * Ends the batch.
   *
   * @return its bytes
   */
  public byte[] toByteArray() {
    return out.toByteArray();
  }

  private void writeItem(Item item) {
    if (item instanceof MessageItem message) {
      out.writeByte(KIND_MESSAGE);
      writeEnvelope(message.envelope());
    } else if (item instanceof OutcomeItem outcome) {
      out.writeByte(KIND_OUTCOME);
      writeId(outcome.id());
      out.writeVarint(outcome.connections());
    } else if (item instanceof ReturnItem returned) {
      out.writeByte(KIND_RETURN);
      writeEnvelope(returned.envelope());
      out.writeText(returned.by());
      out.writeByte(returned.cause().ordinal());
      out.writeTexts(returned.alsoAt());
    } else if (item instanceof ProbeItem probe) {
      out.writeByte(KIND_PROBE);
      out.writeLong(probe.token());
      out.writeByte(probe.echo() ? 1 : 0);
      Address about = probe.about();
      out.writeByte(about == null ? 0 : 1);
      if (about != null) {
        writeAddress(about);
      }
    } else if (item instanceof AnnounceItem announce) {
      out.writeByte(KIND_ANNOUNCE);
      writeAddress(announce.address());
    } else if (item instanceof QuestionItem question) {
      out.writeByte(KIND_QUESTION);
      out.writeLong(question.token());
      writeAddress(question.about());
      out.writeByte(question.detail().ordinal());
      out.writeVarint(question.knownVersion());
    } else if (item instanceof AnswerItem answer) {
      writeAnswer(answer);
    } else if (item instanceof ReplyItem reply) {
      out.writeByte(KIND_REPLY);
      writeId(reply.id());
      out.writeOptionalText(reply.payload());
    } else {
      throw new IllegalArgumentException("no wire form for " + item.getClass());
    }
  }

  private void writeAnswer(AnswerItem answer) {
    out.writeByte(KIND_ANSWER);
    out.writeLong(answer.token());
    out.writeByte(answer.last() ? 1 : 0);
    out.writeVarint(answer.version());
    out.writeVarint(answer.connections());
    out.writeVarint(answer.users());
    out.writeVarint(answer.held().size());
    for (Held held : answer.held()) {
      out.writeText(held.user());
      out.writeText(held.connection());
      out.writeVarint(held.sinceMillis());
      out.writeText(held.metadata());
    }
  }

  private void writeEnvelope(Envelope e) {
    writeId(e.id());
    out.writeByte(e.action().ordinal());
    out.writeByte((e.answerWanted() ? FLAG_ANSWER_WANTED : 0) | (e.ask() ? FLAG_ASK : 0));
    out.writeText(e.origin());
    out.writeOptionalText(e.from());
    writeAddress(e.to());
    out.writeOptionalText(e.exceptConnection());
    out.writeOptionalText(e.onlyConnection());
    out.writeVarint(e.acceptedAtMillis());
    out.writeVarint(e.expiresAtMillis());
    out.writeVarint(e.attempt());
    out.writeTexts(e.sentTo());
    out.writeTexts(e.returnedBy());
    out.writeTexts(e.alsoAt());
    writeExtensions(e);
    out.writeText(e.payload());
  }

  private void writeExtensions(Envelope e) {
    String trace = e.traceContext();
    out.writeVarint(trace == null ? 0 : 1);
    if (trace != null) {
      out.writeVarint(EXTENSION_TRACE_CONTEXT);
      out.writeText(trace);
    }
  }

  private void writeId(MessageId id) {
    out.writeLong(id.incarnation());
    out.writeVarint(id.sequence());
  }

  private void writeAddress(Address address) {
    out.writeByte(address.kind().ordinal());
    out.writeText(address.name());
  }
}
