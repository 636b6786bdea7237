package org.distributedsockets.protocol;

import java.util.Map;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * The subprotocol {@value #NAME}: the frames of {@link JsonClientProtocol} as they are, and {@code
 * hello}, presence and requests beside them. Who speaks it ignores frames and keys he does not
 * know, so that more can be added.
 */
final class JsonExtendedProtocol implements ExtendedProtocol {
  static final String NAME = "distributed-sockets.v1";

  private final JsonClientProtocol plain;

  JsonExtendedProtocol(JsonClientProtocol plain) {
    this.plain = plain;
  }

  @Override
  public String subprotocol() {
    return NAME;
  }

  @Override
  public ClientFrame decode(String text) throws BadFrameException {
    return JsonFrame.decode(text, true);
  }

  @Override
  public String hello(Hello hello) {
    StringBuilder frame = JsonClientProtocol.object(0);
    JsonClientProtocol.string(frame, "hello", NAME);
    JsonClientProtocol.string(frame, "connection", hello.connection());
    JsonClientProtocol.string(frame, "user", hello.user());
    StringBuilder limits = JsonClientProtocol.object(0);
    JsonClientProtocol.key(limits, "frame_bytes").append(hello.frameBytes());
    JsonClientProtocol.key(limits, "groups").append(hello.maxGroups());
    JsonClientProtocol.key(limits, "watches").append(hello.maxWatches());
    JsonClientProtocol.key(frame, "limits").append(JsonClientProtocol.end(limits));
    return JsonClientProtocol.end(frame);
  }

  @Override
  public String presence(@Nullable String group, Map<String, Boolean> online) {
    StringBuilder presence = JsonClientProtocol.object(0);
    if (group != null) {
      JsonClientProtocol.string(presence, "group", group);
    }
    names(presence, "online", online, true);
    names(presence, "offline", online, false);
    StringBuilder frame = JsonClientProtocol.object(presence.length());
    JsonClientProtocol.key(frame, "presence").append(JsonClientProtocol.end(presence));
    return JsonClientProtocol.end(frame);
  }

  private static void names(
      StringBuilder frame, String key, Map<String, Boolean> users, boolean which) {
    StringBuilder names = new StringBuilder("[");
    users.forEach(
        (user, online) -> {
          if (online == which) {
            JsonText.appendString(names.length() > 1 ? names.append(',') : names, user);
          }
        });
    JsonClientProtocol.key(frame, key).append(names).append(']');
  }

  @Override
  public String request(String request, String body, long timeoutMillis) {
    StringBuilder frame = JsonClientProtocol.object(body.length());
    JsonClientProtocol.string(frame, "request", request);
    JsonClientProtocol.key(frame, "timeout_ms").append(timeoutMillis);
    JsonClientProtocol.key(frame, "body").append(body);
    return JsonClientProtocol.end(frame);
  }

  @Override
  public String message(@Nullable String from, Address to, String body) {
    return plain.message(from, to, body);
  }

  @Override
  public String receipt(String id, Outcome outcome) {
    return plain.receipt(id, outcome);
  }

  @Override
  public String done(String id) {
    return plain.done(id);
  }

  @Override
  public String error(ErrorCode code, String message, @Nullable String id) {
    return plain.error(code, message, id);
  }

  @Override
  public void checkPayload(String payload) {
    plain.checkPayload(payload);
  }
}
