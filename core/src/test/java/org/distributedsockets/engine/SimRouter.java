package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.routing.AskAllRouterProvider;
import org.distributedsockets.routing.RegistryRouterProvider;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.Router;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.RouterProvider;
import org.distributedsockets.spi.TimeSource;

/**
 * The router of a node, watched: tells the oracle when a hold timed out, after which DESIGN section
 * 5 rule 8 lets the order go.
 */
final class SimRouter implements Router {
  private final SimWorld world;
  private final SimProcess process;
  private final Router router;

  /** By address: what is waited for before its next message leaves. */
  private final Map<Address, List<CompletionStage<?>>> waits = new HashMap<>();

  /** By address: when a message left although something was still waited for. */
  private final Map<Address, Long> timeouts = new HashMap<>();

  /** By node: when a fence last found it gone. */
  private final Map<String, Long> foundGone = new HashMap<>();

  private SimRouter(SimWorld world, SimProcess process, RouterContext context) {
    this.world = world;
    this.process = process;
    RouterContext watched = new Watched(context);
    RouterProvider provider =
        world.variation().asksAll() ? new AskAllRouterProvider() : new RegistryRouterProvider();
    this.router = provider.open(watched);
  }

  @Override
  public void route(Envelope envelope) {
    if (envelope.attempt() > 0) {
      world.oracle().returned(process, envelope);
    }
    router.route(envelope);
  }

  /** Whether a hold of messages for an address timed out since. */
  boolean timedOutSince(Address address, long nanos) {
    Long at = timeouts.get(address);
    return at != null && at >= nanos;
  }

  /** Whether a fence that was set since found the queue of a node gone. */
  boolean foundGoneSince(String node, long nanos) {
    Long at = foundGone.get(node);
    return at != null && at >= nanos;
  }

  private <T> CompletionStage<T> watch(Address address, CompletionStage<T> stage) {
    waits.computeIfAbsent(address, ignored -> new ArrayList<>()).add(stage);
    return stage;
  }

  private void leaves(Address address) {
    List<CompletionStage<?>> all = waits.get(address);
    if (all == null) {
      return;
    }
    for (CompletionStage<?> wait : all) {
      if (!wait.toCompletableFuture().isDone()) {
        timeouts.put(address, world.now());
      }
    }
    all.clear();
  }

  record Provider(SimWorld world, SimProcess process, Consumer<SimRouter> made)
      implements RouterProvider {
    @Override
    public String name() {
      return RegistryRouterProvider.NAME;
    }

    @Override
    public Router open(RouterContext context) {
      SimRouter router = new SimRouter(world, process, context);
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
      return watch(
          address,
          context
              .locate(address)
              .whenComplete(
                  (location, failure) ->
                      world.events().trace("%s finds %s at %s", self(), address.name(), location)));
    }

    @Override
    public void dispatch(Envelope envelope, Set<String> nodes, boolean ask) {
      leaves(envelope.to());
      world
          .events()
          .trace(
              "%s routes %s to %s%s",
              self(), envelope.payload().strip(), nodes, ask ? " asking" : "");
      if (ask) {
        world.oracle().asked(envelope);
      }
      world.oracle().dispatched(process, envelope, nodes);
      context.dispatch(envelope, nodes, ask);
    }

    @Override
    public void end(Envelope envelope, Outcome outcome) {
      leaves(envelope.to());
      context.end(envelope, outcome);
    }

    @Override
    public CompletionStage<Boolean> fence(String node, Address address) {
      CompletionStage<Boolean> fence =
          context
              .fence(node, address)
              .whenComplete(
                  (there, failure) -> {
                    if (Boolean.FALSE.equals(there)) {
                      foundGone.put(node, world.now());
                    }
                  });
      return watch(address, fence);
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
