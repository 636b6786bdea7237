package org.distributedsockets.spi;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a node says when it joins or renews its lease. Immutable.
 *
 * @param self the caller's membership
 * @param duration how long the lease is valid without another renewal
 * @param complete whether all that the caller holds is registered under {@code self}
 * @param epoch the last {@link LeaseAnswer#epoch} that the caller got, to which {@code complete}
 *     belongs; null if it got none and holds nothing
 * @param former the incarnation that {@code self} takes the place of, or null
 */
public record LeaseRequest(
    NodeIdentity self,
    Duration duration,
    boolean complete,
    @Nullable String epoch,
    @Nullable String former) {

  /**
   * Of a node that joins, and holds nothing yet.
   *
   * @param self its membership
   * @param duration how long the lease is valid without another renewal
   * @return the request
   */
  public static LeaseRequest joining(NodeIdentity self, Duration duration) {
    return new LeaseRequest(self, duration, true, null, null);
  }

  /**
   * Whether the registry knows all that the caller holds.
   *
   * @param presentEpoch names the present life of the registry's data
   * @return false, too, if what was complete was lost
   */
  public boolean isCompleteIn(String presentEpoch) {
    return complete && (epoch == null || epoch.equals(presentEpoch));
  }
}
