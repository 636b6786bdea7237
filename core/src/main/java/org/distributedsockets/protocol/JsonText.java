package org.distributedsockets.protocol;

/** Writes JSON strings, escaping what RFC 8259 section 7 demands and nothing else. */
final class JsonText {
  private static final String HEX = "0123456789abcdef";

  private JsonText() {}

  /**
   * Appends a string with its quotes. An unpaired surrogate is escaped, as it has no UTF-8 form; so
   * the result can always be encoded.
   */
  static void appendString(StringBuilder out, String value) {
    out.append('"');
    int written = 0;
    for (int i = 0; i < value.length(); i++) {
      if (isPlain(value, i)) {
        continue;
      }
      out.append(value, written, i);
      appendEscaped(out, value.charAt(i));
      written = i + 1;
    }
    out.append(value, written, value.length()).append('"');
  }

  private static boolean isPlain(String value, int index) {
    char c = value.charAt(index);
    if (c < ' ' || c == '"' || c == '\\') {
      return false;
    }
    return !Character.isSurrogate(c) || isPaired(value, index);
  }

  private static boolean isPaired(String value, int index) {
    char c = value.charAt(index);
    int other = Character.isHighSurrogate(c) ? index + 1 : index - 1;
    return other >= 0
        && other < value.length()
        && Character.isSurrogatePair(
            value.charAt(Math.min(index, other)), value.charAt(Math.max(index, other)));
  }

  private static void appendEscaped(StringBuilder out, char c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\b' -> out.append("\\b");
      case '\f' -> out.append("\\f");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          out.append(HEX.charAt((c >> shift) & 0xF));
        }
      }
    }
  }
}
