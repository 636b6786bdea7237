package org.distributedsockets.protocol;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Strict Gson, corrected where the scanner differs from it on purpose:
 *
 * <ul>
 *   <li>Gson refuses unpaired surrogates written as escapes, so it gets characters in their place
 *       that stand for them;
 *   <li>it joins a surrogate and an escaped one to a pair;
 *   <li>it skips a byte order mark;
 *   <li>it allows a nesting of 255, so the depth is counted here.
 * </ul>
 */
final class JsonOracle {
  /** An escaped surrogate pair, an unpaired surrogate (group 1), or any other escape. */
  private static final Pattern ESCAPE =
      Pattern.compile(
          "\\\\u[dD][89abAB]\\p{XDigit}{2}\\\\u[dD][c-fC-F]\\p{XDigit}{2}"
              + "|\\\\u([dD][89a-fA-F]\\p{XDigit}{2})|\\\\.",
          Pattern.DOTALL);

  /** Escapes of the characters that stand for surrogates. */
  private static final Pattern STAND_IN = Pattern.compile("\\\\u[eE][0-7]");

  /** From a surrogate to the character of the private use area that stands for it. */
  private static final int STAND_IN_OFFSET = 0xE000 - 0xD800;

  /** Gson refuses longer numbers and deeper nesting, at 1,024 and 255. */
  private static final int MAX_LENGTH = 1_000;

  private static final int MAX_OPENED = 250;

  private JsonOracle() {}

  /**
   * Whether the oracle can tell: nothing in the text looks like a stand-in or breaks its limits.
   */
  static boolean isComparable(String text) {
    return text.length() < MAX_LENGTH
        && text.chars().filter(c -> c == '[' || c == '{').count() < MAX_OPENED
        && !STAND_IN.matcher(text).find();
  }

  record Member(String key, Value value) {}

  /** A value as Gson reads it, with duplicate members and the text of numbers kept. */
  record Value(String kind, String text, List<Member> members) {
    int nesting() {
      boolean container = kind.equals("object") || kind.equals("array");
      int inner = members.stream().mapToInt(member -> member.value().nesting()).max().orElse(0);
      return container ? 1 + inner : 0;
    }
  }

  /** What strict Gson says; empty if it is no JSON. */
  static Optional<Value> read(String text) {
    if (hasUnpairedSurrogate(text) || text.startsWith("\uFEFF")) {
      return Optional.empty();
    }
    JsonReader reader = new JsonReader(new StringReader(withStandIns(text)));
    reader.setStrictness(Strictness.STRICT);
    try {
      Value value = read(reader);
      return reader.peek() == JsonToken.END_DOCUMENT ? Optional.of(value) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Value read(JsonReader reader) throws IOException {
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> readObject(reader);
      case BEGIN_ARRAY -> readArray(reader);
      case STRING -> new Value("string", withoutStandIns(reader.nextString()), List.of());
      case NUMBER -> new Value("number", reader.nextString(), List.of());
      case BOOLEAN -> new Value("boolean", String.valueOf(reader.nextBoolean()), List.of());
      default -> {
        reader.nextNull();
        yield new Value("null", "", List.of());
      }
    };
  }

  private static Value readObject(JsonReader reader) throws IOException {
    List<Member> members = new ArrayList<>();
    reader.beginObject();
    while (reader.hasNext()) {
      members.add(new Member(withoutStandIns(reader.nextName()), read(reader)));
    }
    reader.endObject();
    return new Value("object", "", members);
  }

  private static Value readArray(JsonReader reader) throws IOException {
    List<Member> members = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNext()) {
      members.add(new Member("", read(reader)));
    }
    reader.endArray();
    return new Value("array", "", members);
  }

  private static String withStandIns(String text) {
    return ESCAPE.matcher(text).replaceAll(JsonOracle::withStandIn);
  }

  private static String withStandIn(MatchResult escape) {
    String surrogate = escape.group(1);
    return Matcher.quoteReplacement(
        surrogate == null
            ? escape.group()
            : String.format("\\u%04x", Integer.parseInt(surrogate, 16) + STAND_IN_OFFSET));
  }

  private static String withoutStandIns(String text) {
    StringBuilder restored = new StringBuilder();
    text.chars()
        .map(c -> c >= 0xE000 && c <= 0xE7FF ? c - STAND_IN_OFFSET : c)
        .forEach(c -> restored.append((char) c));
    return restored.toString();
  }

  static boolean hasUnpairedSurrogate(String text) {
    return text.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE);
  }
}
