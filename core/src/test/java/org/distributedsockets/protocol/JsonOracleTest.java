package org.distributedsockets.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.distributedsockets.Address;
import org.distributedsockets.protocol.JsonOracle.Member;
import org.distributedsockets.protocol.JsonOracle.Value;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the scanner against the oracle on random frames, intact and damaged. */
class JsonOracleTest {
  private static final int FRAMES = 8_000;

  /** What breaks or nearly breaks JSON, one UTF-16 unit each. */
  private static final String DAMAGE =
      "{}[]:,\"\\/'0123456789+-.eEuntrfalsx \t\n\r\f\0\u001F\u007F\u00A0\u2028\uFEFF\uD83D\uDE00";

  private static final List<String> KEYS =
      List.of(
          "\"to\"",
          "\"group\"",
          "\"join\"",
          "\"leave\"",
          "\"body\"",
          "\"id\"",
          "\"i\\u0064\"",
          "\"\\u0074o\"",
          "\"x\"",
          "\"\"");

  private static final List<String> SCALARS =
      List.of("null", "true", "false", "0", "-0", "12", "-1.50", "1e9", "2E-7", "0.0e+00");

  private static final List<String> STRING_PARTS =
      List.of(
          "a",
          "to",
          "{",
          "]",
          ":",
          ",",
          " ",
          "\u00E9",
          "\u2028",
          "\uD83D\uDE00",
          "\\n",
          "\\\"",
          "\\\\",
          "\\/",
          "\\u00e9",
          "\\uD83D\\ude00",
          "\\ud800",
          "\\uDC00");

  private final ClientProtocol protocol = new JsonClientProtocol();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void agreesOnFrames(long seed) {
    Random random = new Random(seed);
    int accepted = 0;
    for (int i = 0; i < FRAMES; i++) {
      String frame = damaged(frame(random), random);
      if (!JsonOracle.isComparable(frame)) {
        continue;
      }
      Optional<Value> expected = JsonOracle.read(frame);
      assertEquals(expected.isPresent(), JsonScannerFuzzTest.accepts(frame), frame);
      checkMeaning(frame, expected);
      accepted += expected.isPresent() ? 1 : 0;
    }
    // Neither kind may be so rare that the comparison says little.
    assertTrue(accepted > FRAMES / 4 && accepted < FRAMES * 3 / 4, "accepted " + accepted);
  }

  @ParameterizedTest
  @ValueSource(longs = {4, 5})
  void agreesOnNesting(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      String text = deep(55 + random.nextInt(20), random);
      JsonScanner scanner = new JsonScanner(text);
      assertEquals(text, extent(scanner));
      int nesting = JsonOracle.read(text).orElseThrow().nesting();
      assertEquals(nesting > JsonScanner.MAX_NESTING, scanner.nestsTooDeep(), text);
    }
  }

  private static String extent(JsonScanner scanner) {
    try {
      return scanner.readRaw();
    } catch (MalformedJsonException e) {
      throw new AssertionError(e);
    }
  }

  private void checkMeaning(String frame, Optional<Value> expected) {
    Optional<ClientFrame> meaning = expected.flatMap(JsonOracleTest::meaning);
    if (meaning.isPresent()) {
      assertEquals(meaning.get(), parsedBody(decode(frame)), frame);
      return;
    }
    BadFrameException e =
        assertThrows(BadFrameException.class, () -> protocol.decode(frame), frame);
    assertEquals(expected.isEmpty(), e.getMessage().startsWith("not JSON: "), frame);
    expected.ifPresent(value -> assertEquals(id(value), e.id(), frame));
  }

  private ClientFrame decode(String frame) {
    try {
      return protocol.decode(frame);
    } catch (BadFrameException e) {
      throw new AssertionError(frame, e);
    }
  }

  /** The frame with its body brought into the oracle's form. */
  private static ClientFrame parsedBody(ClientFrame frame) {
    return frame instanceof ClientFrame.Send send
        ? new ClientFrame.Send(
            send.to(), JsonOracle.read(send.body()).orElseThrow().toString(), send.id())
        : frame;
  }

  // What a frame means, said once more and slowly.

  private static Optional<ClientFrame> meaning(Value value) {
    List<String> keys = value.members().stream().map(Member::key).toList();
    List<String> known =
        keys.stream()
            .filter(List.of("body", "group", "id", "join", "leave", "to")::contains)
            .filter(key -> !key.equals("id"))
            .sorted()
            .toList();
    if (!value.kind().equals("object")
        || keys.stream().distinct().count() < keys.size()
        || (keys.contains("id") && id(value) == null)) {
      return Optional.empty();
    }
    try {
      return switch (String.join("+", known)) {
        case "body+to" -> Optional.of(send(Address.user(string(value, "to")), value));
        case "body+group" -> Optional.of(send(Address.group(string(value, "group")), value));
        case "join" -> Optional.of(new ClientFrame.Join(group(value, "join"), id(value)));
        case "leave" -> Optional.of(new ClientFrame.Leave(group(value, "leave"), id(value)));
        default -> Optional.empty();
      };
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static ClientFrame send(Address to, Value value) {
    return new ClientFrame.Send(to, member(value, "body").toString(), id(value));
  }

  private static String group(Value value, String key) {
    return Address.group(string(value, key)).name();
  }

  private static String id(Value value) {
    List<Member> ids =
        value.members().stream().filter(member -> member.key().equals("id")).toList();
    if (ids.size() != 1 || !ids.get(0).value().kind().equals("string")) {
      return null;
    }
    String id = ids.get(0).value().text();
    return id.isEmpty() || id.length() > 64 || JsonOracle.hasUnpairedSurrogate(id) ? null : id;
  }

  private static String string(Value value, String key) {
    Value member = member(value, key);
    if (!member.kind().equals("string")) {
      throw new IllegalArgumentException(key);
    }
    return member.text();
  }

  private static Value member(Value value, String key) {
    return value.members().stream()
        .filter(member -> member.key().equals(key))
        .findFirst()
        .orElseThrow()
        .value();
  }

  // Random frames.

  private static String frame(Random random) {
    List<String> members = new ArrayList<>();
    if (random.nextInt(4) > 0) {
      members.add(member(pick(KEYS.subList(0, 4), random), shortString(random), random));
      if (random.nextInt(4) > 0) {
        members.add(member("\"body\"", value(3, random), random));
      }
      if (random.nextBoolean()) {
        members.add(member("\"id\"", shortString(random), random));
      }
    }
    for (int more = random.nextInt(8) - 5; more > 0; more--) {
      members.add(member(pick(KEYS, random), value(2, random), random));
    }
    for (int i = members.size() - 1; i > 0; i--) {
      members.add(members.remove(random.nextInt(i + 1)));
    }
    return space(random) + "{" + String.join(",", members) + space(random) + "}" + space(random);
  }

  private static String member(String key, String value, Random random) {
    return space(random) + key + space(random) + ":" + space(random) + value + space(random);
  }

  private static String value(int levels, Random random) {
    int kind = random.nextInt(levels > 0 ? 4 : 2);
    if (kind < 2) {
      return kind == 0 ? pick(SCALARS, random) : string(random);
    }
    boolean object = kind == 2;
    String inner =
        random
            .ints(random.nextInt(4))
            .mapToObj(i -> value(levels - 1, random))
            .map(v -> object ? member(string(random), v, random) : space(random) + v)
            .collect(Collectors.joining(space(random) + ","));
    return object ? "{" + inner + space(random) + "}" : "[" + inner + space(random) + "]";
  }

  private static String deep(int levels, Random random) {
    StringBuilder text = new StringBuilder();
    StringBuilder ends = new StringBuilder();
    for (int i = 0; i < levels; i++) {
      boolean object = random.nextBoolean();
      text.append(object ? "{\"a\":[],\"b\":" : "[{},");
      ends.insert(0, object ? ",\"c\":1}" : ",[1]]");
    }
    return text.append('1').append(ends).toString();
  }

  private static String shortString(Random random) {
    return random.nextInt(4) > 0 ? "\"a" + random.nextInt(3) + "\"" : string(random);
  }

  private static String string(Random random) {
    return random
        .ints(random.nextInt(6))
        .mapToObj(i -> pick(STRING_PARTS, random))
        .collect(Collectors.joining("", "\"", "\""));
  }

  private static String space(Random random) {
    return random.nextInt(8) > 0 ? "" : pick(List.of(" ", "\n", "\t", "\r", " \r\n "), random);
  }

  private static String pick(List<String> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  /** The text, in half of the cases after one to three random edits. */
  private static String damaged(String text, Random random) {
    StringBuilder damaged = new StringBuilder(text);
    for (int edits = random.nextInt(7) - 3; edits > 0 && damaged.length() > 0; edits--) {
      int at = random.nextInt(damaged.length());
      char unit = DAMAGE.charAt(random.nextInt(DAMAGE.length()));
      switch (random.nextInt(5)) {
        case 0 -> damaged.deleteCharAt(at);
        case 1 -> damaged.insert(at, unit);
        case 2 -> damaged.setCharAt(at, unit);
        case 3 -> damaged.insert(random.nextInt(damaged.length()), damaged.substring(at));
        default -> damaged.setLength(at);
      }
    }
    return damaged.toString();
  }
}
