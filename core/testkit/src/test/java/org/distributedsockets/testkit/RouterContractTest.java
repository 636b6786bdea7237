package org.distributedsockets.testkit;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.Router;
import org.distributedsockets.spi.RouterContext;
import org.junit.jupiter.api.DisplayName;

/** Shows that the contract can be kept, by the simplest router that keeps it. */
@DisplayName("The simplest router")
final class RouterContractTest extends RouterContract {
  @Override
  protected Router open(RouterContext routerContext) {
    return new SimplestRouter(routerContext);
  }

  /** Looks everything up, one envelope of an address after the other. */
  private static final class SimplestRouter implements Router {
    private final RouterContext context;

    /** Guarded by this. */
    private final Map<Address, CompletionStage<Void>> lastOfAddress = new HashMap<>();

    SimplestRouter(RouterContext context) {
      this.context = context;
    }

    @Override
    public synchronized void route(Envelope envelope) {
      CompletionStage<Void> before =
          lastOfAddress.getOrDefault(envelope.to(), CompletableFuture.completedStage(null));
      CompletionStage<Location> location =
          envelope.to().kind() == Address.Kind.EVERYONE
              ? CompletableFuture.completedStage(Location.at(context.members()))
              : context.locate(envelope.to());
      lastOfAddress.put(
          envelope.to(), before.thenCombine(location, (unused, found) -> send(envelope, found)));
    }

    private Void send(Envelope envelope, Location location) {
      Set<String> nodes = new HashSet<>(location.known() ? location.nodes() : context.members());
      nodes.removeIf(
          node -> envelope.sentTo().contains(node) && !envelope.returnedBy().contains(node));
      if (nodes.isEmpty()) {
        context.end(envelope, Outcome.offline());
      } else {
        context.dispatch(envelope, nodes, !location.known());
      }
      return null;
    }
  }
}
