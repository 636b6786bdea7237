package org.distributedsockets;

/** Makes foreign text fit for one line of a message. */
final class Printable {
  private static final int MAX_CHARS = 80;

  private Printable() {}

  static String of(String text) {
    String cut = text.length() > MAX_CHARS ? text.substring(0, MAX_CHARS) + "..." : text;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
