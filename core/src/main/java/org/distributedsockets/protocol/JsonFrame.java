package org.distributedsockets.protocol;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.distributedsockets.Address;
import org.jspecify.annotations.Nullable;

/**
 * A client's frame while it is read: the members of its object, and the first thing wrong with
 * them. A fault does not end the reading, so that an {@code id} behind it still gets into the
 * answer.
 *
 * <p>Thread-safety: for one thread.
 */
final class JsonFrame {
  private static final int MAX_ID_LENGTH = 64;
  private static final int MAX_QUOTED_LENGTH = 40;
  private static final char UNPRINTABLE = '\uFFFD';
  private static final char CUT = '\u2026';

  private enum Key {
    TO("to"),
    GROUP("group"),
    JOIN("join"),
    LEAVE("leave"),
    WATCH("watch"),
    UNWATCH("unwatch"),
    WATCH_GROUP("watch_group"),
    UNWATCH_GROUP("unwatch_group"),
    REPLY("reply"),
    REFUSE("refuse"),
    BODY("body"),
    ID("id");

    private static final Key[] ACTIONS = {
      TO, GROUP, JOIN, LEAVE, WATCH, UNWATCH, WATCH_GROUP, UNWATCH_GROUP, REPLY, REFUSE
    };
    private static final Set<Key> WITH_BODY = EnumSet.of(TO, GROUP, REPLY);

    private final String text;

    Key(String text) {
      this.text = text;
    }

    static @Nullable Key named(String name, boolean extended) {
      Key key = named(name);
      boolean onlyExtended = key != null && key.compareTo(WATCH) >= 0 && key.compareTo(REFUSE) <= 0;
      return onlyExtended && !extended ? null : key;
    }

    private static @Nullable Key named(String name) {
      return switch (name) {
        case "to" -> TO;
        case "group" -> GROUP;
        case "join" -> JOIN;
        case "leave" -> LEAVE;
        case "watch" -> WATCH;
        case "unwatch" -> UNWATCH;
        case "watch_group" -> WATCH_GROUP;
        case "unwatch_group" -> UNWATCH_GROUP;
        case "reply" -> REPLY;
        case "refuse" -> REFUSE;
        case "body" -> BODY;
        case "id" -> ID;
        default -> null;
      };
    }
  }

  private final JsonScanner scanner;
  private final boolean extended;

  /** The decoded string of each key read so far, for the body its text; null if it is unusable. */
  private final Map<Key, @Nullable String> values = new EnumMap<>(Key.class);

  private @Nullable Set<String> unknownKeys;
  private @Nullable String fault;

  private JsonFrame(String text, boolean extended) {
    scanner = new JsonScanner(text);
    this.extended = extended;
  }

  /**
   * Reads a frame.
   *
   * @param extended whether the keys of the subprotocol mean something
   */
  static ClientFrame decode(String text, boolean extended) throws BadFrameException {
    JsonFrame frame = new JsonFrame(text, extended);
    try {
      frame.read();
    } catch (MalformedJsonException e) {
      throw frame.bad("not JSON: " + e.getMessage());
    }
    return frame.meaning();
  }

  private void read() throws MalformedJsonException {
    if (scanner.takeIf('{')) {
      readMembers();
    } else {
      scanner.skipValue();
      foundFault("not a JSON object");
    }
    scanner.takeEnd();
    if (scanner.nestsTooDeep()) {
      foundFault("nesting deeper than " + JsonScanner.MAX_NESTING);
    }
  }

  private void readMembers() throws MalformedJsonException {
    if (scanner.takeIf('}')) {
      return;
    }
    do {
      readMember(scanner.readKey());
    } while (scanner.takeIf(','));
    scanner.take('}', "expected ',' or '}'");
  }

  private void readMember(String name) throws MalformedJsonException {
    Key key = Key.named(name, extended);
    boolean duplicate = key == null ? !addUnknown(name) : values.containsKey(key);
    if (duplicate) {
      foundFault("duplicate key " + quoted(name));
    }
    if (key == null) {
      scanner.skipValue();
      return;
    }
    String value = key == Key.BODY ? scanner.readRaw() : readString(key);
    values.put(key, duplicate ? null : value);
  }

  private boolean addUnknown(String name) {
    if (unknownKeys == null) {
      unknownKeys = new HashSet<>();
    }
    return unknownKeys.add(name);
  }

  private @Nullable String readString(Key key) throws MalformedJsonException {
    if (!scanner.isAtString()) {
      scanner.skipValue();
      foundFault(key.text + " must be a string");
      return null;
    }
    String value = scanner.readString();
    return key == Key.ID ? checkedId(value) : value;
  }

  private @Nullable String checkedId(String id) {
    if (id.isEmpty() || id.length() > MAX_ID_LENGTH) {
      foundFault("id must have 1 to " + MAX_ID_LENGTH + " UTF-16 units");
      return null;
    }
    if (hasUnpairedSurrogate(id)) {
      foundFault("id has an unpaired surrogate");
      return null;
    }
    return id;
  }

  private ClientFrame meaning() throws BadFrameException {
    if (fault != null) {
      throw bad(fault);
    }
    Key action = action();
    String name = required(action);
    String id = values.get(Key.ID);
    try {
      return switch (action) {
        case TO -> new ClientFrame.Send(Address.user(name), required(Key.BODY), id);
        case GROUP -> new ClientFrame.Send(Address.group(name), required(Key.BODY), id);
        case JOIN -> new ClientFrame.Join(groupName(name), id);
        case WATCH -> new ClientFrame.Watch(Address.user(name), id);
        case UNWATCH -> new ClientFrame.Unwatch(Address.user(name), id);
        case WATCH_GROUP -> new ClientFrame.Watch(Address.group(name), id);
        case UNWATCH_GROUP -> new ClientFrame.Unwatch(Address.group(name), id);
        case REPLY -> new ClientFrame.Answer(name, required(Key.BODY), id);
        case REFUSE -> new ClientFrame.Answer(name, null, id);
        default -> new ClientFrame.Leave(groupName(name), id);
      };
    } catch (IllegalArgumentException e) {
      throw bad(action.text + ": " + e.getMessage());
    }
  }

  /** The one key that says what to do. */
  private Key action() throws BadFrameException {
    Key action = null;
    for (Key key : Key.ACTIONS) {
      if (values.containsKey(key)) {
        checkNoConflict(action, key);
        action = key;
      }
    }
    if (action != null && !Key.WITH_BODY.contains(action)) {
      checkNoConflict(action, values.containsKey(Key.BODY) ? Key.BODY : null);
    }
    return action == null ? Key.TO : action;
  }

  private void checkNoConflict(@Nullable Key one, @Nullable Key other) throws BadFrameException {
    if (one != null && other != null) {
      throw bad("conflicting keys " + quoted(one.text) + " and " + quoted(other.text));
    }
  }

  private String required(Key key) throws BadFrameException {
    String value = values.get(key);
    if (value == null) {
      throw bad(key.text + " required");
    }
    return value;
  }

  private static String groupName(String name) {
    return Address.group(name).name();
  }

  private void foundFault(String problem) {
    if (fault == null) {
      fault = problem;
    }
  }

  private BadFrameException bad(String message) {
    return new BadFrameException(ErrorCode.BAD_REQUEST, message, values.get(Key.ID));
  }

  /** A client's text for an error message: bounded, and without what would upset a log. */
  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    int[] start = text.codePoints().limit(MAX_QUOTED_LENGTH).toArray();
    for (int c : start) {
      quoted.appendCodePoint(Character.isISOControl(c) || isSurrogate(c) ? UNPRINTABLE : c);
    }
    if (text.codePointCount(0, text.length()) > start.length) {
      quoted.append(CUT);
    }
    return quoted.append('"').toString();
  }

  private static boolean hasUnpairedSurrogate(String text) {
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      if (isSurrogate(text.codePointAt(i))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSurrogate(int codePoint) {
    return Character.getType(codePoint) == Character.SURROGATE;
  }
}
