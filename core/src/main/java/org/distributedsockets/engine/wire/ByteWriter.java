package org.distributedsockets.engine.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** A growing array of bytes with the few forms of the wire. For one thread. */
final class ByteWriter {
  private byte[] bytes;
  private int size;

  ByteWriter(int expectedBytes) {
    bytes = new byte[Math.max(64, expectedBytes)];
  }

  int size() {
    return size;
  }

  void truncate(int toSize) {
    size = toSize;
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  void writeByte(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
  }

  /** Eight bytes, the most significant first. */
  void writeLong(long value) {
    ensure(8);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  /** Seven bits a byte, the least significant first; the top bit says that more follow. */
  void writeVarint(long value) {
    long rest = value;
    ensure(10);
    while ((rest & ~0x7fL) != 0) {
      bytes[size++] = (byte) ((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  /** The length of the UTF-8 form as a varint, then the form. */
  void writeText(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    writeVarint(utf8.length);
    ensure(utf8.length);
    System.arraycopy(utf8, 0, bytes, size, utf8.length);
    size += utf8.length;
  }

  /** A byte that tells null from text, then the text. */
  void writeOptionalText(@Nullable String text) {
    writeByte(text == null ? 0 : 1);
    if (text != null) {
      writeText(text);
    }
  }

  void writeTexts(Collection<String> texts) {
    writeVarint(texts.size());
    texts.forEach(this::writeText);
  }

  /** Leaves room for a length that is known only later. */
  int reserveLength() {
    ensure(4);
    size += 4;
    return size - 4;
  }

  /** Writes how much came after the room, as four bytes. */
  void fillLength(int at) {
    int length = size - at - 4;
    bytes[at] = (byte) (length >>> 24);
    bytes[at + 1] = (byte) (length >>> 16);
    bytes[at + 2] = (byte) (length >>> 8);
    bytes[at + 3] = (byte) length;
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
