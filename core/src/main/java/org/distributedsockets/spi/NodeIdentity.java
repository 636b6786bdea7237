package org.distributedsockets.spi;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * One membership of one process in the cluster. Immutable.
 *
 * @param nodeId the configured id, {@code [A-Za-z0-9._-]{1,64}}
 * @param incarnation 16 hexadecimal digits, random and fresh for each membership
 */
public record NodeIdentity(String nodeId, String incarnation) {
  private static final int MAX_NODE_ID_LENGTH = 64;
  private static final Pattern INCARNATION = Pattern.compile("[0-9a-f]{16}");

  /**
   * Checks both parts.
   *
   * @param nodeId the configured id, {@code [A-Za-z0-9._-]{1,64}}
   * @param incarnation 16 hexadecimal digits, random and fresh for each membership
   * @throws IllegalArgumentException if one breaks its form
   */
  public NodeIdentity {
    checkNodeId(nodeId);
    if (!INCARNATION.matcher(incarnation).matches()) {
      throw new IllegalArgumentException(
          "must be 16 hexadecimal digits: incarnation=" + incarnation);
    }
  }

  /**
   * Makes an identity from an incarnation's number.
   *
   * @param nodeId the node id
   * @param incarnation any number
   * @return the identity
   */
  public static NodeIdentity of(String nodeId, long incarnation) {
    return new NodeIdentity(nodeId, String.format("%016x", incarnation));
  }

  /**
   * The incarnation as the number it stands for.
   *
   * @return the number
   */
  public long incarnationNumber() {
    return Long.parseUnsignedLong(incarnation, 16);
  }

  /**
   * Checks a node id.
   *
   * @param nodeId the id
   * @return the id
   * @throws IllegalArgumentException if it is not {@code [A-Za-z0-9._-]{1,64}}
   */
  public static String checkNodeId(String nodeId) {
    if (!isNodeId(Objects.requireNonNull(nodeId, "nodeId"))) {
      throw new IllegalArgumentException(
          "must match [A-Za-z0-9._-]{1,64}: node id '" + printable(nodeId) + "'");
    }
    return nodeId;
  }

  /** Several for each message that arrives, so not by a regular expression. */
  private static boolean isNodeId(String text) {
    boolean matches = !text.isEmpty() && text.length() <= MAX_NODE_ID_LENGTH;
    for (int i = 0; matches && i < text.length(); i++) {
      char c = text.charAt(i);
      matches =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '.'
              || c == '_'
              || c == '-';
    }
    return matches;
  }

  private static String printable(String text) {
    String cut = text.length() > 80 ? text.substring(0, 80) + "..." : text;
    return cut.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
