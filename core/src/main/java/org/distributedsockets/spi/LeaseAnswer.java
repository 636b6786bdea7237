package org.distributedsockets.spi;

import java.util.List;

/**
 * What the registry said to a lease renewal. Immutable.
 *
 * @param holder the incarnation the lease names now: the caller's own if it was renewed, another one if it was not
 * @param clusterTimeMillis the registry's clock, milliseconds since 1970
 * @param epoch names the present life of the registry's data; another value means that the data was lost in between
 * @param members everyone with a live lease, the caller included if it holds its own
 */
public record LeaseAnswer(String holder, long clusterTimeMillis, String epoch, List<NodeIdentity> members) {
  /** Copies the members. */
  public LeaseAnswer {
    members = List.copyOf(members);
  }
}
