package org.distributedsockets.spi;

import java.util.Objects;
import org.distributedsockets.Address;

/**
 * "Entry e of address a lives on this node." For a user the entry is a connection, so its id is
 * never reused; for a group it is the node itself, which has at least one member. The registry
 * treats both alike. Immutable.
 *
 * @param address the user or group; never everyone
 * @param entry the connection id, or the node id; at most 64 characters of {@code [A-Za-z0-9._-]}
 * @param sinceMillis when it began, milliseconds of cluster time
 * @param metadata text of the registrant's own, returned as it is by {@link
 *     ConnectionRegistry#entries}
 */
public record Registration(Address address, String entry, long sinceMillis, String metadata) {
  /**
   * Checks the parts.
   *
   * @param address the user or group; never everyone
   * @param entry the connection id, or the node id; at most 64 characters of {@code [A-Za-z0-9._-]}
   * @param sinceMillis when it began, milliseconds of cluster time
   * @param metadata text of the registrant's own, returned as it is by {@link
   *     ConnectionRegistry#entries}
   * @throws IllegalArgumentException if the address is everyone, or the entry is empty
   */
  public Registration {
    Objects.requireNonNull(metadata, "metadata");
    if (address.kind() == Address.Kind.EVERYONE) {
      throw new IllegalArgumentException("everyone is not registered");
    }
    NodeIdentity.checkNodeId(entry);
  }
}
