package org.distributedsockets.spi;

import java.util.List;
import java.util.Set;

/**
 * What the registry said to a lease renewal. Immutable.
 *
 * @param holder the incarnation the lease names now: the caller's own if it was renewed, another
 *     one if it was not
 * @param clusterTimeMillis the registry's clock, milliseconds since 1970
 * @param epoch names the present life of the registry's data; another value means that the data was
 *     lost in between
 * @param members everyone with a live lease, the caller included if it holds its own
 * @param lost the ids of nodes whose lease ran out without {@link ConnectionRegistry#leave}, until
 *     somebody said {@link ConnectionRegistry#forget}
 */
public record LeaseAnswer(
    String holder,
    long clusterTimeMillis,
    String epoch,
    List<NodeIdentity> members,
    Set<String> lost) {
  /**
   * Copies the collections.
   *
   * @param holder the incarnation the lease names now: the caller's own if it was renewed, another
   *     one if it was not
   * @param clusterTimeMillis the registry's clock, milliseconds since 1970
   * @param epoch names the present life of the registry's data; another value means that the data
   *     was lost in between
   * @param members everyone with a live lease, the caller included if it holds its own
   * @param lost the ids of nodes whose lease ran out without {@link ConnectionRegistry#leave},
   *     until somebody said {@link ConnectionRegistry#forget}
   */
  public LeaseAnswer {
    members = List.copyOf(members);
    lost = Set.copyOf(lost);
  }
}
