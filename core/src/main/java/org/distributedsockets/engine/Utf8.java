package org.distributedsockets.engine;

/** Sizes of texts in UTF-8. */
final class Utf8 {
  private static final int MAX_BYTES_PER_CHAR = 3;

  private Utf8() {}

  /** Whether a text has more bytes than that; most are so short that none need be counted. */
  static boolean isLonger(String text, long bytes) {
    return (long) text.length() * MAX_BYTES_PER_CHAR > bytes && length(text) > bytes;
  }

  /** The bytes of a text, or of a part of one that may begin or end within a surrogate pair. */
  static long length(String text) {
    long count = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        // A surrogate counts two of its pair's four bytes.
        count += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
      }
    }
    return count;
  }
}
