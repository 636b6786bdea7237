package org.distributedsockets.engine.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what {@link ByteWriter} wrote, believing nothing. For one thread. */
final class ByteReader {
  private static final int MAX_TEXTS = 10_000;

  private final byte[] bytes;
  private final int end;
  private int at;

  ByteReader(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  boolean atEnd() {
    return at == end;
  }

  int readByte() throws MalformedBatchException {
    need(1);
    return bytes[at++] & 0xff;
  }

  boolean readFlag() throws MalformedBatchException {
    int value = readByte();
    if (value > 1) {
      throw new MalformedBatchException("flag is neither 0 nor 1");
    }
    return value == 1;
  }

  <E> E readEnum(E[] constants) throws MalformedBatchException {
    int ordinal = readByte();
    if (ordinal >= constants.length) {
      throw new MalformedBatchException("unknown constant " + ordinal);
    }
    return constants[ordinal];
  }

  long readLong() throws MalformedBatchException {
    need(8);
    long value = 0;
    for (int i = 0; i < 8; i++) {
      value = (value << 8) | (bytes[at++] & 0xff);
    }
    return value;
  }

  long readVarint() throws MalformedBatchException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int b = readByte();
      value |= (long) (b & 0x7f) << shift;
      if ((b & 0x80) == 0) {
        return value;
      }
    }
    throw new MalformedBatchException("varint longer than ten bytes");
  }

  int readCount(int limit, String what) throws MalformedBatchException {
    long value = readVarint();
    if (value < 0 || value > limit) {
      throw new MalformedBatchException(what + " out of range");
    }
    return (int) value;
  }

  String readText() throws MalformedBatchException {
    int length = readCount(Integer.MAX_VALUE, "text length");
    need(length);
    String text = new String(bytes, at, length, StandardCharsets.UTF_8);
    // The decoder puts U+FFFD in place of malformed input; only then is it worth a second look.
    if (text.indexOf('\ufffd') >= 0
        && !Arrays.equals(
            text.getBytes(StandardCharsets.UTF_8), Arrays.copyOfRange(bytes, at, at + length))) {
      throw new MalformedBatchException("text is not UTF-8");
    }
    at += length;
    return text;
  }

  @Nullable String readOptionalText() throws MalformedBatchException {
    return readFlag() ? readText() : null;
  }

  Set<String> readTexts() throws MalformedBatchException {
    int count = readCount(MAX_TEXTS, "count");
    if (count <= 1) {
      return count == 0 ? Set.of() : Set.of(readText());
    }
    Set<String> texts = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      texts.add(readText());
    }
    return texts;
  }

  /** A reader of the next part, whose length stands before it in four bytes. */
  ByteReader readPart() throws MalformedBatchException {
    need(4);
    long length = 0;
    for (int i = 0; i < 4; i++) {
      length = (length << 8) | (bytes[at++] & 0xff);
    }
    if (length > end - at) {
      throw new MalformedBatchException("part longer than the frame");
    }
    ByteReader part = new ByteReader(bytes, at, at + (int) length);
    at += (int) length;
    return part;
  }

  private void need(int count) throws MalformedBatchException {
    if (end - at < count) {
      throw new MalformedBatchException("frame ends too early");
    }
  }
}
