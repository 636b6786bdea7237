package org.distributedsockets.examples.benchmarks.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/**
 * A frame that is sent again and again with another number and time in it, and how to find them in
 * what arrives: a mark, then digits. For one thread.
 */
final class Letter {
  private static final char MARK = '#';
  private static final int NUMBER_DIGITS = 10;
  private static final int TIME_DIGITS = 19;
  private static final String BLANK = MARK + "0".repeat(NUMBER_DIGITS + TIME_DIGITS);

  /** Stands where a frame is to repeat the number, as the id for its receipt. */
  static final String RECEIPT = "0".repeat(NUMBER_DIGITS);

  private static final String RECEIPT_PREFIX = "\"id\":\"";

  private final ByteBuffer frame;
  private final int mark;
  private final int receipt;

  /**
   * Makes one.
   *
   * @param frame with a {@link #body} in it, and perhaps with {@link #RECEIPT} as id
   */
  Letter(String frame) {
    this.frame = ByteBuffer.wrap(frame.getBytes(US_ASCII));
    this.mark = frame.indexOf(MARK);
    int id = frame.indexOf(RECEIPT_PREFIX + RECEIPT);
    this.receipt = id < 0 ? -1 : id + RECEIPT_PREFIX.length();
  }

  /** A body of so many bytes, with the quotes that make it JSON. */
  static String body(int bytes) {
    return BLANK + "x".repeat(Math.max(0, bytes - BLANK.length() - 2));
  }

  /** The frame with a number and a time; of use until the next call. */
  ByteBuffer with(long number, long nanos) {
    write(mark + 1, NUMBER_DIGITS, number);
    write(mark + 1 + NUMBER_DIGITS, TIME_DIGITS, nanos);
    if (receipt >= 0) {
      write(receipt, NUMBER_DIGITS, number);
    }
    return frame.rewind();
  }

  private void write(int at, int digits, long value) {
    long rest = value;
    for (int i = at + digits - 1; i >= at; i--) {
      frame.put(i, (byte) ('0' + rest % 10));
      rest /= 10;
    }
  }

  /** Where the mark is in what arrived; -1 if there is none. */
  static int find(ByteBuffer utf8) {
    for (int i = utf8.position(); i <= utf8.limit() - BLANK.length(); i++) {
      if (utf8.get(i) == MARK) {
        return i;
      }
    }
    return -1;
  }

  static long number(ByteBuffer utf8, int mark) {
    return read(utf8, mark + 1, NUMBER_DIGITS);
  }

  static long nanos(ByteBuffer utf8, int mark) {
    return read(utf8, mark + 1 + NUMBER_DIGITS, TIME_DIGITS);
  }

  private static long read(ByteBuffer utf8, int at, int digits) {
    long value = 0;
    for (int i = at; i < at + digits; i++) {
      value = value * 10 + utf8.get(i) - '0';
    }
    return value;
  }
}
