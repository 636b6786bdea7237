package org.distributedsockets.engine;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.routing.RegistryRouter;
import org.distributedsockets.routing.RegistryRouterProvider;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.Router;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.RouterProvider;
import org.distributedsockets.spi.TimeSource;

/**
 * The registry router, watched: tells the oracle when a hold timed out, after which DESIGN section
 * 5 rule 8 lets the order go.
 */
final class SimRouter implements Router {
  private final SimWorld world;
  private final RegistryRouter router;
  private final long holdNanos;

  /** Waits without an end so far, and when they began. */
  private final Map<CompletionStage<?>, Long> waits = new HashMap<>();

  private long lastTimeoutNanos = Long.MIN_VALUE;

  private SimRouter(SimWorld world, RouterContext context, long cacheNanos, long holdNanos) {
    this.world = world;
    this.holdNanos = holdNanos;
    this.router = new RegistryRouter(new Watched(context), cacheNanos, holdNanos, 10_000);
  }

  @Override
  public void route(Envelope envelope) {
    if (envelope.attempt() > 0) {
      world.oracle().returned(envelope);
    }
    router.route(envelope);
  }

  int cachedRoutes() {
    return router.cachedRoutes();
  }

  /** When last a message left although something that kept the order was still waited for. */
  long lastTimeoutNanos() {
    return lastTimeoutNanos;
  }

  private <T> CompletionStage<T> watch(CompletionStage<T> stage) {
    if (!stage.toCompletableFuture().isDone()) {
      waits.put(stage, world.now());
    }
    return stage;
  }

  private void leaves() {
    Iterator<Map.Entry<CompletionStage<?>, Long>> all = waits.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<CompletionStage<?>, Long> wait = all.next();
      if (wait.getKey().toCompletableFuture().isDone()) {
        all.remove();
      } else if (world.now() - wait.getValue() >= holdNanos) {
        lastTimeoutNanos = world.now();
      }
    }
  }

  record Provider(SimWorld world, Consumer<SimRouter> made) implements RouterProvider {
    @Override
    public String name() {
      return RegistryRouterProvider.NAME;
    }

    @Override
    public Router open(RouterContext context) {
      SimRouter router =
          new SimRouter(
              world,
              context,
              context.settings().get(org.distributedsockets.NodeSettings.ROUTE_CACHE).toNanos(),
              context.settings().get(org.distributedsockets.NodeSettings.ROUTE_HOLD).toNanos());
      made.accept(router);
      return router;
    }
  }

  private final class Watched implements RouterContext {
    private final RouterContext context;

    Watched(RouterContext context) {
      this.context = context;
    }

    @Override
    public String self() {
      return context.self();
    }

    @Override
    public Set<String> members() {
      return context.members();
    }

    @Override
    public LocalKnowledge local(Address address) {
      return context.local(address);
    }

    @Override
    public CompletionStage<Location> locate(Address address) {
      return watch(context.locate(address));
    }

    @Override
    public void dispatch(Envelope envelope, Set<String> nodes, boolean ask) {
      leaves();
      world
          .events()
          .trace("%s routes %s to %s%s", self(), envelope.payload(), nodes, ask ? " asking" : "");
      if (ask) {
        world.oracle().asked(envelope);
      }
      context.dispatch(envelope, nodes, ask);
    }

    @Override
    public void end(Envelope envelope, Outcome outcome) {
      leaves();
      context.end(envelope, outcome);
    }

    @Override
    public CompletionStage<Boolean> fence(String node, Address address) {
      return watch(context.fence(node, address));
    }

    @Override
    public Settings settings() {
      return context.settings();
    }

    @Override
    public TimeSource time() {
      return context.time();
    }

    @Override
    public void schedule(long delayNanos, Runnable task) {
      context.schedule(delayNanos, task);
    }
  }
}
