package org.distributedsockets.examples.benchmarks.relay;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The least that passes a frame on: the sockets of one process by user, and one group. It reads no
 * more of a frame than where it goes to, and writes what it got. Thread-safe.
 */
class Relay {
  private static final String TO = "{\"to\":\"";
  private static final String GROUP = "{\"group\":\"";
  private static final String JOINED = "{\"receipt\":\"join\",\"status\":\"ok\"}";

  private final Map<String, Consumer<String>> sockets = new ConcurrentHashMap<>();
  private final Set<Consumer<String>> group = ConcurrentHashMap.newKeySet();

  void opened(String user, Consumer<String> socket) {
    sockets.put(user, socket);
  }

  void closed(String user, Consumer<String> socket) {
    sockets.remove(user, socket);
    group.remove(socket);
  }

  void text(Consumer<String> from, String frame) {
    if (frame.startsWith(TO)) {
      Consumer<String> to =
          sockets.get(frame.substring(TO.length(), frame.indexOf('"', TO.length())));
      if (to != null) {
        pass(frame, to);
      }
    } else if (frame.startsWith(GROUP)) {
      for (Consumer<String> member : group) {
        if (member != from) {
          pass(frame, member);
        }
      }
    } else {
      group.add(from);
      from.accept(JOINED);
    }
  }

  /** Overridden where a test wants a relay that does not. */
  void pass(String frame, Consumer<String> to) {
    to.accept(frame);
  }
}
