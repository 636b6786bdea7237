package org.distributedsockets.routing;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.MessageId;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.TimeSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The way to a user on another node that is known already. */
@State(Scope.Thread)
public class RouteBenchmark {
  private static final long HOUR_NANOS = 3_600_000_000_000L;
  private static final int MAX_WAITING = 1_000;

  private final Envelope envelope =
      new Envelope(
          new MessageId(7, 1),
          Envelope.Action.DELIVER,
          "n1",
          "alice",
          Address.user("bob"),
          "1",
          null,
          null,
          0,
          Long.MAX_VALUE,
          false,
          false,
          0,
          Set.of(),
          Set.of(),
          Set.of(),
          null);

  private final Known context = new Known();
  private final RegistryRouter router =
      new RegistryRouter(context, HOUR_NANOS, HOUR_NANOS, MAX_WAITING);

  @Benchmark
  public int route() {
    router.route(envelope);
    return context.dispatched;
  }

  private static final class Known implements RouterContext {
    private static final CompletionStage<Location> LOCATION =
        CompletableFuture.completedFuture(Location.at(Set.of("n2")));

    int dispatched;

    @Override
    public String self() {
      return "n1";
    }

    @Override
    public Set<String> members() {
      return Set.of("n1", "n2");
    }

    @Override
    public LocalKnowledge local(Address address) {
      return LocalKnowledge.NONE;
    }

    @Override
    public CompletionStage<Location> locate(Address address) {
      return LOCATION;
    }

    @Override
    public void dispatch(Envelope envelope, Set<String> nodes, boolean ask) {
      dispatched++;
    }

    @Override
    public void end(Envelope envelope, Outcome outcome) {
      throw new IllegalStateException(outcome.toString());
    }

    @Override
    public CompletionStage<Boolean> fence(String node, Address address) {
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public Settings settings() {
      return Settings.builder().build();
    }

    @Override
    public TimeSource time() {
      return System::nanoTime;
    }

    @Override
    public void schedule(long delayNanos, Runnable task) {}
  }
}
