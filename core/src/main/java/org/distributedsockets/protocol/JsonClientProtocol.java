package org.distributedsockets.protocol;

import java.util.Locale;
import java.util.Optional;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of the client protocol: strict JSON (RFC 8259) in, compact JSON out.
 *
 * <p>A client's frame is an object with {@code to} or {@code group} and {@code body}, or with
 * {@code join} or {@code leave}; an {@code id} asks for a receipt. Unknown keys are ignored;
 * duplicate and conflicting keys are refused. The body is any JSON value nested at most 64 deep and
 * is passed on as it is written, character for character. What has no UTF-8 form (an unpaired
 * surrogate) is refused; written as an escape it may stand in a body, but not in a name or id.
 *
 * <p>The {@code id} of a refused frame is reported whenever the frame is JSON as a whole, or else
 * if it stood before the place where the frame stopped being JSON. Of two ids neither is.
 *
 * <p>Stateless and thread-safe.
 */
public final class JsonClientProtocol implements ClientProtocol {

  /** Enough for the keys and punctuation of any frame, so that writing seldom has to grow. */
  private static final int FRAME_OVERHEAD = 96;

  private final ExtendedProtocol extended = new JsonExtendedProtocol(this);

  /** Makes one; one serves any number of connections. */
  public JsonClientProtocol() {}

  @Override
  public Optional<ExtendedProtocol> extended() {
    return Optional.of(extended);
  }

  @Override
  public ClientFrame decode(String text) throws BadFrameException {
    return JsonFrame.decode(text, false);
  }

  /**
   * {@inheritDoc}
   *
   * @param body a payload that passed {@link #checkPayload}, or a body from {@link #decode}; it is
   *     not checked again
   */
  @Override
  public String message(@Nullable String from, Address to, String body) {
    StringBuilder frame = object(body.length());
    if (from != null) {
      string(frame, "from", from);
    }
    switch (to.kind()) {
      case USER -> string(frame, "to", to.name());
      case GROUP -> string(frame, "group", to.name());
      case EVERYONE -> {}
    }
    return end(key(frame, "body").append(body));
  }

  @Override
  public String receipt(String id, Outcome outcome) {
    StringBuilder frame = receipt(id, outcome.status().name().toLowerCase(Locale.ROOT));
    if (outcome.status() == Outcome.Status.DELIVERED) {
      key(frame, "connections").append(outcome.connections());
    }
    if (outcome.reason() != null) {
      string(frame, "reason", outcome.reason().wireName());
    }
    return end(frame);
  }

  @Override
  public String done(String id) {
    return end(receipt(id, "ok"));
  }

  @Override
  public String error(ErrorCode code, String message, @Nullable String id) {
    StringBuilder frame = object(message.length());
    string(frame, "error", code.wireName());
    string(frame, "message", message);
    if (id != null) {
      string(frame, "id", id);
    }
    return end(frame);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if it is not one strict JSON value, nests deeper than 64, or
   *     holds an unpaired surrogate character
   */
  @Override
  public void checkPayload(String payload) {
    JsonScanner scanner = new JsonScanner(payload);
    try {
      scanner.skipValue();
      scanner.takeEnd();
    } catch (MalformedJsonException e) {
      throw new IllegalArgumentException("payload is not JSON: " + e.getMessage(), e);
    }
    if (scanner.nestsTooDeep()) {
      throw new IllegalArgumentException("payload nests deeper than " + JsonScanner.MAX_NESTING);
    }
  }

  private static StringBuilder receipt(String id, String status) {
    StringBuilder frame = object(id.length());
    string(frame, "receipt", id);
    string(frame, "status", status);
    return frame;
  }

  static StringBuilder object(int expectedLength) {
    return new StringBuilder(expectedLength + FRAME_OVERHEAD).append('{');
  }

  static void string(StringBuilder frame, String key, String value) {
    JsonText.appendString(key(frame, key), value);
  }

  static StringBuilder key(StringBuilder frame, String key) {
    if (frame.length() > 1) {
      frame.append(',');
    }
    return frame.append('"').append(key).append("\":");
  }

  static String end(StringBuilder frame) {
    return frame.append('}').toString();
  }
}
