package org.distributedsockets.servlet;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decodes a query string (URL Standard section 5.1) alike on all containers. What is malformed is
 * refused, never repaired: a replacement character could turn one user's id into another's.
 */
final class QueryParameters {
  private QueryParameters() {}

  /**
   * Decodes all parameters.
   *
   * @param query the raw query string, or null if there is none
   * @return the values by name, in their order
   * @throws IllegalArgumentException if it is malformed; the message quotes nothing of it
   */
  static Map<String, List<String>> decode(@Nullable String query) {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    if (query != null) {
      for (String pair : query.split("&", -1)) {
        if (!pair.isEmpty()) {
          addPair(pair, parameters);
        }
      }
    }
    return parameters;
  }

  private static void addPair(String pair, Map<String, List<String>> parameters) {
    int equals = pair.indexOf('=');
    String name = equals < 0 ? pair : pair.substring(0, equals);
    String value = equals < 0 ? "" : pair.substring(equals + 1);
    parameters
        .computeIfAbsent(decodeText(name), absent -> new ArrayList<>())
        .add(decodeText(value));
  }

  private static String decodeText(String encoded) {
    ByteBuffer bytes = ByteBuffer.allocate(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%') {
        bytes.put(escapedByte(encoded, i));
        i += 2;
      } else {
        bytes.put(plainByte(c));
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("query string is not valid UTF-8", e);
    }
  }

  private static byte escapedByte(String encoded, int percent) {
    if (percent + 2 < encoded.length()) {
      int high = hexDigit(encoded.charAt(percent + 1));
      int low = hexDigit(encoded.charAt(percent + 2));
      if (high >= 0 && low >= 0) {
        return (byte) (high << 4 | low);
      }
    }
    throw new IllegalArgumentException("query string has an invalid percent-escape");
  }

  /** Only ASCII: {@link Character#digit} alone would take the digits of every script. */
  private static int hexDigit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  private static byte plainByte(char c) {
    if (c >= 0x80) {
      throw new IllegalArgumentException(
          "query string has a character that must be percent-encoded");
    }
    return (byte) (c == '+' ? ' ' : c);
  }
}
