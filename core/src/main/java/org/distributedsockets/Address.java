package org.distributedsockets;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What one sends to: a user, a group, or everyone. A user is the group of his own connections, so
 * one path serves all three. Immutable.
 *
 * @param kind what the name names
 * @param name the user id or group name, compared as is; empty for {@link Kind#EVERYONE}
 */
public record Address(Kind kind, String name) {

  /** The longest user id or group name, in bytes of UTF-8. */
  public static final int MAX_NAME_BYTES = 256;

  private static final Address EVERYONE = new Address(Kind.EVERYONE, "");

  /** What an address names. The order is part of the wire format: only ever append. */
  public enum Kind {
    /** Every connection of one user. */
    USER,
    /** Every connection that joined a named group. */
    GROUP,
    /** Every connection in the cluster. */
    EVERYONE
  }

  /**
   * Checks the name.
   *
   * @param kind what the name names
   * @param name the user id or group name, compared as is; empty for {@link Kind#EVERYONE}
   * @throws IllegalArgumentException if a user id or group name is empty, longer than {@value
   *     #MAX_NAME_BYTES} bytes of UTF-8, or has an unpaired surrogate
   */
  public Address {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(name, "name");
    if (kind == Kind.EVERYONE) {
      if (!name.isEmpty()) {
        throw new IllegalArgumentException("everyone has no name");
      }
    } else {
      checkName(kind == Kind.USER ? "user id" : "group name", name);
    }
  }

  /** Unlike an enum's own, the same in each run, so that what is kept by address replays. */
  @Override
  public int hashCode() {
    return 31 * kind.name().hashCode() + name.hashCode();
  }

  /**
   * All connections of a user.
   *
   * @param userId the application's id of the user
   * @return the address
   * @throws IllegalArgumentException if the id breaks a rule of {@link Address#Address}
   */
  public static Address user(String userId) {
    return new Address(Kind.USER, userId);
  }

  /**
   * All connections that joined a group.
   *
   * @param name the group's name
   * @return the address
   * @throws IllegalArgumentException if the name breaks a rule of {@link Address#Address}
   */
  public static Address group(String name) {
    return new Address(Kind.GROUP, name);
  }

  /**
   * All connections in the cluster.
   *
   * @return the address
   */
  public static Address everyone() {
    return EVERYONE;
  }

  private static void checkName(String what, String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException(what + " required");
    }
    // The shortest encoding has one byte per char, so this bounds the work below.
    if (name.length() > MAX_NAME_BYTES) {
      throw new IllegalArgumentException(
          what + " longer than " + MAX_NAME_BYTES + " bytes of UTF-8");
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < name.length()
          && Character.isLowSurrogate(name.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new IllegalArgumentException(what + " has an unpaired surrogate");
      }
    }
    if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
      throw new IllegalArgumentException(
          what + " longer than " + MAX_NAME_BYTES + " bytes of UTF-8");
    }
  }
}
