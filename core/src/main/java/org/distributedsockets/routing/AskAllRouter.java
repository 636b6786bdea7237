package org.distributedsockets.routing;

import java.util.HashSet;
import java.util.Set;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Router;
import org.distributedsockets.spi.RouterContext;

/**
 * Asks every live node and never the registry: right for a few nodes and many users that come and
 * go, since each message costs one envelope per node. What comes back is sent on at once, and newer
 * messages do not wait for it, so they may overtake it. Thread-safe.
 */
public final class AskAllRouter implements Router {
  private static final int MAX_ATTEMPTS = 3;

  private final RouterContext context;

  /**
   * Makes the router of one node.
   *
   * @param context what the node lends
   */
  public AskAllRouter(RouterContext context) {
    this.context = context;
  }

  @Override
  public void route(Envelope envelope) {
    Set<String> nodes = new HashSet<>(context.members());
    nodes.removeIf(
        node -> envelope.sentTo().contains(node) && !envelope.returnedBy().contains(node));
    if (!nodes.isEmpty() && envelope.attempt() <= MAX_ATTEMPTS) {
      context.dispatch(envelope, nodes, true);
    } else {
      nodes.remove(context.self());
      // Another node that is asked answers: if it came back from there the bus did not take it.
      context.end(
          envelope,
          nodes.isEmpty() ? Outcome.offline() : Outcome.unavailable(Reason.UNSTABLE_ROUTE));
    }
  }
}
