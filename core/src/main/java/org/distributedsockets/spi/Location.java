package org.distributedsockets.spi;

import java.util.Set;
import org.distributedsockets.Address;

/**
 * Where an address has live entries. One of three answers: some nodes, none ({@link #ABSENT}), or
 * {@link #UNKNOWN} because the registry was emptied too recently, or a node has not registered all
 * its own again, to be believed when it says none, or who the members of a group are. Immutable.
 *
 * @param known false for UNKNOWN
 * @param nodes the ids of the nodes; empty for ABSENT and UNKNOWN
 */
public record Location(boolean known, Set<String> nodes) {
  /** The registry knows that there is no live entry. */
  public static final Location ABSENT = new Location(true, Set.of());

  /** The registry cannot tell. */
  public static final Location UNKNOWN = new Location(false, Set.of());

  /**
   * Copies the nodes.
   *
   * @param known false for UNKNOWN
   * @param nodes the ids of the nodes; empty for ABSENT and UNKNOWN
   */
  public Location {
    nodes = Set.copyOf(nodes);
    if (!known && !nodes.isEmpty()) {
      throw new IllegalArgumentException("unknown, but with nodes");
    }
  }

  /**
   * Known nodes.
   *
   * @param nodes their ids
   * @return the location; ABSENT for an empty set
   */
  public static Location at(Set<String> nodes) {
    return nodes.isEmpty() ? ABSENT : new Location(true, nodes);
  }

  /**
   * What to answer when the registry may be incomplete: it cannot say "none", and of a group it may
   * know some nodes only, of which none would tell of the others. The nodes of a user tell each
   * other.
   *
   * @param address what was asked for
   * @param complete false while the registry was emptied too recently, or a live node says that its
   *     entries are not complete
   * @return this, or UNKNOWN
   */
  public Location believed(Address address, boolean complete) {
    boolean enough = !nodes.isEmpty() && address.kind() == Address.Kind.USER;
    return complete || enough ? this : UNKNOWN;
  }
}
