package org.distributedsockets.redis;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.distributedsockets.Address;

/**
 * Every key there is. With the prefix {@code ds:}
 *
 * <pre>
 * key                type    field                               value
 * ------------------------------------------------------------------------------------------------
 * ds:{nodes}:leases  hash    NODE                                INCARNATION|ENDS, or ...|partial
 * ds:{nodes}:epoch   string                                      NAME|BEGAN
 * ds:{nodes}:writes  hash    NODE                                BATCHES
 * ds:u:{USER}        hash    NODE|INCARNATION|CONNECTION         WRITTEN|SINCE|METADATA
 * ds:g:{GROUP}       hash    NODE|INCARNATION|NODE               WRITTEN|SINCE|METADATA
 *
 * USER, GROUP            base64url of the UTF-8 of the user id or group name, without padding
 * BATCHES                how many batches of registrations and removals the node wrote
 * ENDS, BEGAN, WRITTEN   milliseconds since 1970 by the clock of Redis
 * </pre>
 *
 * <p>An entry is live if the lease of its NODE names its INCARNATION and has not ended. The owner
 * is part of the field, so nobody can overwrite or remove what is another's. What stands between
 * braces decides the slot in a Redis Cluster: one for all leases and the epoch, one for each user
 * and group. base64url has no brace, so a name cannot choose its slot.
 */
final class RedisKeys {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final String prefix;
  private final List<String> cluster;
  private final String writes;

  RedisKeys(String prefix) {
    this.prefix = prefix;
    this.cluster = List.of(prefix + "{nodes}:leases", prefix + "{nodes}:epoch");
    this.writes = prefix + "{nodes}:writes";
  }

  /** The keys that say who is alive and whether the data is complete: leases, epoch. One slot. */
  List<String> cluster() {
    return cluster;
  }

  /** Those, and how much each node wrote. The same slot. */
  List<String> membership() {
    return List.of(leases(), cluster.get(1), writes);
  }

  /** How much each node wrote. */
  String writes() {
    return writes;
  }

  /** Leases. */
  String leases() {
    return cluster.get(0);
  }

  /** Entries of a user or group. */
  String entries(Address address) {
    char kind =
        switch (address.kind()) {
          case USER -> 'u';
          case GROUP -> 'g';
          case EVERYONE -> throw new IllegalArgumentException("everyone is not registered");
        };
    String name = BASE64.encodeToString(address.name().getBytes(StandardCharsets.UTF_8));
    return prefix + kind + ":{" + name + "}";
  }
}
