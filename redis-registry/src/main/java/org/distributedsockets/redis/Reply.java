package org.distributedsockets.redis;

import java.util.List;

/** Reads what a script returned. */
final class Reply {
  private Reply() {}

  @SuppressWarnings("unchecked") // the driver makes lists of objects
  static List<Object> list(Object reply) {
    return (List<Object>) reply;
  }

  static List<String> texts(Object reply) {
    return list(reply).stream().map(Reply::text).toList();
  }

  static String text(Object reply) {
    return (String) reply;
  }

  /** A number, which scripts give as text where it is a time. */
  static long number(Object reply) {
    return reply instanceof Long number ? number : Long.parseLong((String) reply);
  }
}
