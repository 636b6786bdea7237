package org.distributedsockets.routing;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Router;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.RouterContext.LocalKnowledge;

/**
 * Sends to the nodes that the registry names. A user whose connections are all here costs no
 * look-up, a steady conversation none but one per cache time; groups are looked up for every burst,
 * so that a join holds at its receipt. Thread-safe.
 */
public final class RegistryRouter implements Router {
  private static final long SWEEP_NANOS = 5_000_000_000L;

  private final RouterContext context;
  private final Route.Limits limits;
  private final ConcurrentMap<Address, Route> routes = new ConcurrentHashMap<>();

  /**
   * Makes the router of one node.
   *
   * @param context what the node lends
   * @param cacheNanos how long a route is believed without asking again
   * @param holdNanos how long messages are held at the most while a route is found
   * @param maxWaiting how many messages of one address are held at the most
   */
  public RegistryRouter(RouterContext context, long cacheNanos, long holdNanos, int maxWaiting) {
    this.context = context;
    this.limits = new Route.Limits(cacheNanos, holdNanos, maxWaiting);
    context.schedule(SWEEP_NANOS, this::sweep);
  }

  @Override
  public void route(Envelope envelope) {
    Address to = envelope.to();
    if (to.kind() == Address.Kind.EVERYONE) {
      routeToEveryone(envelope);
      return;
    }
    Route route = routes.get(to);
    if (route == null && envelope.attempt() == 0 && isHereOnly(to)) {
      context.dispatch(envelope, Set.of(context.self()), false);
      return;
    }
    while (route == null || !route.take(envelope)) {
      routes.computeIfPresent(to, (address, known) -> known.retireIfIdle() ? null : known);
      route = routes.computeIfAbsent(to, address -> new Route(address, context, limits));
    }
  }

  private boolean isHereOnly(Address to) {
    if (to.kind() != Address.Kind.USER) {
      return false;
    }
    LocalKnowledge local = context.local(to);
    return local.here() && local.otherNodes() != null && local.otherNodes().isEmpty();
  }

  private void routeToEveryone(Envelope envelope) {
    Set<String> nodes = new HashSet<>(context.members());
    nodes.removeAll(envelope.sentTo());
    if (nodes.isEmpty()) {
      context.end(envelope, Outcome.offline());
    } else {
      context.dispatch(envelope, nodes, false);
    }
  }

  private void sweep() {
    for (Address address : routes.keySet()) {
      routes.computeIfPresent(address, (a, route) -> route.retireIfIdle() ? null : route);
    }
    context.schedule(SWEEP_NANOS, this::sweep);
  }

  /** How many addresses have a route now. */
  int cachedRoutes() {
    return routes.size();
  }
}
