package org.distributedsockets.protocol;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over JSON text that checks values while it passes over them, each character once. Strict
 * as RFC 8259, and stricter in one thing: an unpaired surrogate character is refused everywhere,
 * because it has no UTF-8 form. An unpaired surrogate written as an escape is legal JSON and
 * passes.
 *
 * <p>Values nested too deep are passed over like others, so that what follows them can still be
 * read; {@link #nestsTooDeep} tells. Not recursive: no text overflows the stack.
 *
 * <p>Thread-safety: for one thread.
 */
final class JsonScanner {
  /** How many arrays and objects may enclose each other. */
  static final int MAX_NESTING = 64;

  private static final int END = -1;

  private final String text;
  private int position;

  /** How many containers are open. */
  private int nesting;

  /**
   * Which of the outer {@value #MAX_NESTING} open containers are objects; the innermost is the
   * lowest bit.
   */
  private long objects;

  /**
   * Which containers deeper than that are objects, by their nesting; null as long as there was
   * none.
   */
  private @Nullable BitSet deeperObjects;

  JsonScanner(String text) {
    this.text = text;
  }

  /** Whether any value so far nested deeper than {@value #MAX_NESTING}. */
  boolean nestsTooDeep() {
    return deeperObjects != null;
  }

  /** Passes over a token of one character, and whitespace before it, if it comes next. */
  boolean takeIf(char token) {
    skipWhitespace();
    if (peek() != token) {
      return false;
    }
    position++;
    return true;
  }

  /** Passes over a token of one character, and whitespace before it. */
  void take(char token, String problemIfOther) throws MalformedJsonException {
    if (!takeIf(token)) {
      throw malformed(problemIfOther);
    }
  }

  /** Passes over whitespace up to the end of the text. */
  void takeEnd() throws MalformedJsonException {
    skipWhitespace();
    if (peek() != END) {
      throw malformed("expected the end");
    }
  }

  /** Whether a string comes next. */
  boolean isAtString() {
    skipWhitespace();
    return peek() == '"';
  }

  /** Passes over a string, which must come next, and decodes it. */
  String readString() throws MalformedJsonException {
    int start = position + 1;
    boolean escaped = skipString();
    String raw = text.substring(start, position - 1);
    return escaped ? unescape(raw) : raw;
  }

  /** Passes over a member's key and its colon, and decodes the key. */
  String readKey() throws MalformedJsonException {
    checkAtKey();
    String key = readString();
    takeColon();
    return key;
  }

  /** Passes over a value and returns it as it is written, without the whitespace around it. */
  String readRaw() throws MalformedJsonException {
    skipWhitespace();
    int start = position;
    skipValue();
    return text.substring(start, position);
  }

  /** Passes over a value. */
  void skipValue() throws MalformedJsonException {
    boolean another = true;
    while (another) {
      another = startValue() || nextMember();
    }
  }

  /** Passes over a scalar or empty container, or into a container: then another value follows. */
  private boolean startValue() throws MalformedJsonException {
    skipWhitespace();
    return switch (peek()) {
      case '{' -> enterObject();
      case '[' -> enterArray();
      default -> {
        skipScalar();
        yield false;
      }
    };
  }

  private boolean enterObject() throws MalformedJsonException {
    enter(true);
    if (takeIf('}')) {
      leave();
      return false;
    }
    skipKey();
    return true;
  }

  private boolean enterArray() {
    enter(false);
    if (takeIf(']')) {
      leave();
      return false;
    }
    return true;
  }

  /** After a value: passes over the ends of containers, up to the next value in one, if any. */
  private boolean nextMember() throws MalformedJsonException {
    while (nesting > 0) {
      boolean inObject = isInObject();
      if (takeIf(',')) {
        if (inObject) {
          skipKey();
        }
        return true;
      }
      if (inObject) {
        take('}', "expected ',' or '}'");
      } else {
        take(']', "expected ',' or ']'");
      }
      leave();
    }
    return false;
  }

  private void enter(boolean object) {
    position++;
    nesting++;
    if (nesting <= MAX_NESTING) {
      objects = (objects << 1) | (object ? 1 : 0);
      return;
    }
    if (deeperObjects == null) {
      deeperObjects = new BitSet();
    }
    deeperObjects.set(nesting, object);
  }

  private void leave() {
    if (nesting <= MAX_NESTING) {
      objects >>>= 1;
    }
    nesting--;
  }

  private boolean isInObject() {
    if (deeperObjects != null && nesting > MAX_NESTING) {
      return deeperObjects.get(nesting);
    }
    return (objects & 1) != 0;
  }

  private void skipKey() throws MalformedJsonException {
    checkAtKey();
    skipString();
    takeColon();
  }

  private void checkAtKey() throws MalformedJsonException {
    if (!isAtString()) {
      throw malformed("expected a key");
    }
  }

  private void takeColon() throws MalformedJsonException {
    take(':', "expected ':'");
  }

  private void skipScalar() throws MalformedJsonException {
    switch (peek()) {
      case '"' -> skipString();
      case 't' -> skipLiteral("true");
      case 'f' -> skipLiteral("false");
      case 'n' -> skipLiteral("null");
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> skipNumber();
      default -> throw malformed("expected a value");
    }
  }

  private void skipLiteral(String literal) throws MalformedJsonException {
    if (!text.startsWith(literal, position)) {
      throw malformed("expected a value");
    }
    position += literal.length();
  }

  private void skipNumber() throws MalformedJsonException {
    if (peek() == '-') {
      position++;
    }
    if (peek() == '0') {
      position++;
      if (isDigit(peek())) {
        throw malformed("leading zero");
      }
    } else {
      skipDigits();
    }
    if (peek() == '.') {
      position++;
      skipDigits();
    }
    if (peek() == 'e' || peek() == 'E') {
      position++;
      if (peek() == '+' || peek() == '-') {
        position++;
      }
      skipDigits();
    }
  }

  private void skipDigits() throws MalformedJsonException {
    if (!isDigit(peek())) {
      throw malformed("expected a digit");
    }
    do {
      position++;
    } while (isDigit(peek()));
  }

  /** Passes over a string and tells whether it holds escapes. */
  private boolean skipString() throws MalformedJsonException {
    boolean escaped = false;
    for (int i = position + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        position = i + 1;
        return escaped;
      }
      if (c == '\\') {
        escaped = true;
        i = endOfEscape(i);
      } else if (c < ' ') {
        throw malformed("control character in a string", i);
      } else if (Character.isSurrogate(c)) {
        i = endOfPair(i);
      }
    }
    throw malformed("unterminated string");
  }

  /** The index of the last character of the escape that starts with the backslash at an index. */
  private int endOfEscape(int backslash) throws MalformedJsonException {
    switch (peek(backslash + 1)) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
        return backslash + 1;
      }
      case 'u' -> {
        int last = backslash + 5;
        for (int i = backslash + 2; i <= last; i++) {
          if (!isHexDigit(peek(i))) {
            throw malformed("invalid escape", backslash);
          }
        }
        return last;
      }
      default -> throw malformed("invalid escape", backslash);
    }
  }

  /** The index of the low surrogate that must follow the high one at an index. */
  private int endOfPair(int high) throws MalformedJsonException {
    int low = high + 1;
    if (low < text.length() && Character.isSurrogatePair(text.charAt(high), text.charAt(low))) {
      return low;
    }
    throw malformed("unpaired surrogate", high);
  }

  private static String unescape(String raw) {
    StringBuilder plain = new StringBuilder(raw.length());
    int i = 0;
    while (i < raw.length()) {
      char c = raw.charAt(i++);
      if (c != '\\') {
        plain.append(c);
        continue;
      }
      char escape = raw.charAt(i++);
      if (escape == 'u') {
        plain.append((char) Integer.parseInt(raw, i, i + 4, 16));
        i += 4;
      } else {
        plain.append(unescape(escape));
      }
    }
    return plain.toString();
  }

  private static char unescape(char escape) {
    return switch (escape) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> escape;
    };
  }

  private void skipWhitespace() {
    while (isWhitespace(peek())) {
      position++;
    }
  }

  private int peek() {
    return peek(position);
  }

  private int peek(int index) {
    return index < text.length() ? text.charAt(index) : END;
  }

  private static boolean isWhitespace(int c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isHexDigit(int c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  private MalformedJsonException malformed(String problem) {
    return malformed(problem, position);
  }

  private static MalformedJsonException malformed(String problem, int index) {
    return new MalformedJsonException(problem, index);
  }
}
