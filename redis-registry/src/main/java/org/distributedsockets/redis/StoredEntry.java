package org.distributedsockets.redis;

import org.distributedsockets.Address;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistryEntry;

/**
 * Field and value of an entry, as {@link RedisKeys} draws them. No part before the last contains
 * the separator.
 */
final class StoredEntry {
  private static final char SEPARATOR = '|';

  private StoredEntry() {}

  static String owner(NodeIdentity owner) {
    return owner.nodeId() + SEPARATOR + owner.incarnation();
  }

  static String field(NodeIdentity owner, String entry) {
    return owner(owner) + SEPARATOR + entry;
  }

  /** The owner's part of a field. */
  static String ownerOf(String field) {
    return field.substring(0, field.indexOf(SEPARATOR, field.indexOf(SEPARATOR) + 1));
  }

  /** The node's part of an owner or field. */
  static String nodeOf(String owner) {
    return owner.substring(0, owner.indexOf(SEPARATOR));
  }

  static RegistryEntry read(Address address, String field, String value) {
    String[] name = field.split("\\|", 3);
    String[] parts = value.split("\\|", 3);
    return new RegistryEntry(
        new NodeIdentity(name[0], name[1]),
        new Registration(address, name[2], Long.parseLong(parts[1]), parts[2]));
  }
}
