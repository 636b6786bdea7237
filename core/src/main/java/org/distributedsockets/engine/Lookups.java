package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.metrics.Timer;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.RegistryEntry;
import org.distributedsockets.spi.RegistryException;

/**
 * Asks the registry about addresses. One call of a kind is under way at a time; what is asked for
 * meanwhile shares the next one: so no answer is older than its question, and however many ask, the
 * blocking executor stays free for others. Thread-safe; blocks only on the blocking executor.
 */
final class Lookups {
  private static final int BATCH = 1_000;

  private final BooleanSupplier registryIsUp;
  private final BooleanSupplier registryIsComplete;
  private final NodeRuntime runtime;
  private final MetricsListener metrics;
  private final Calls<Location> locations;
  private final Calls<List<RegistryEntry>> entries;

  /**
   * Makes one.
   *
   * @param registryIsUp whether it answers
   * @param registryIsComplete whether it knows what it does not name to be absent
   */
  Lookups(
      ConnectionRegistry registry,
      BooleanSupplier registryIsUp,
      BooleanSupplier registryIsComplete,
      NodeRuntime runtime,
      MetricsListener metrics) {
    this.registryIsUp = registryIsUp;
    this.registryIsComplete = registryIsComplete;
    this.runtime = runtime;
    this.metrics = metrics;
    this.locations = new Calls<>(registry::locate);
    this.entries = new Calls<>(registry::entries);
  }

  /** Never completes exceptionally; UNKNOWN at once while the registry is known to be away. */
  CompletableFuture<Location> locate(Address address) {
    return registryIsUp.getAsBoolean()
        ? believed(address, locations.ask(address))
        : CompletableFuture.completedFuture(Location.UNKNOWN);
  }

  /**
   * Asks about many in one call, or in as many as they need. As {@link #locate(Address)}.
   *
   * @return one location per address, in the same order
   */
  CompletableFuture<List<Location>> locate(List<Address> addresses) {
    if (!registryIsUp.getAsBoolean()) {
      return CompletableFuture.completedFuture(
          Collections.nCopies(addresses.size(), Location.UNKNOWN));
    }
    List<CompletableFuture<Location>> asked = locations.ask(addresses);
    List<CompletableFuture<Location>> answers =
        IntStream.range(0, asked.size())
            .mapToObj(i -> believed(addresses.get(i), asked.get(i)))
            .toList();
    return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
        .thenApply(all -> answers.stream().map(CompletableFuture::join).toList());
  }

  private CompletableFuture<Location> believed(
      Address address, CompletableFuture<Location> answer) {
    return answer.handle(
        (location, failure) ->
            failure == null
                ? location.believed(address, registryIsComplete.getAsBoolean())
                : Location.UNKNOWN);
  }

  /**
   * Completes exceptionally, at once if that is known, while the registry is away; a {@link
   * RegistryException} says so.
   */
  CompletableFuture<List<RegistryEntry>> entries(Address address) {
    return registryIsUp.getAsBoolean()
        ? entries.ask(address)
        : CompletableFuture.failedFuture(new RegistryException("the registry is away", true, null));
  }

  /** Questions of one kind. */
  private final class Calls<T> {
    private final Function<List<Address>, List<T>> call;

    // Guarded by "this".
    private Map<Address, CompletableFuture<T>> questions = new LinkedHashMap<>();
    private boolean running;

    Calls(Function<List<Address>, List<T>> call) {
      this.call = call;
    }

    CompletableFuture<T> ask(Address address) {
      return ask(List.of(address)).get(0);
    }

    List<CompletableFuture<T>> ask(List<Address> addresses) {
      List<CompletableFuture<T>> answers = new ArrayList<>(addresses.size());
      synchronized (this) {
        for (Address address : addresses) {
          answers.add(questions.computeIfAbsent(address, a -> new CompletableFuture<>()));
        }
        if (running) {
          return answers;
        }
        running = true;
      }
      runtime.blocking().execute(this::run);
      return answers;
    }

    private void run() {
      while (true) {
        Map<Address, CompletableFuture<T>> batch;
        synchronized (this) {
          if (questions.isEmpty()) {
            running = false;
            return;
          }
          batch = nextBatch();
        }
        answer(batch);
      }
    }

    /** Guarded by "this". */
    private Map<Address, CompletableFuture<T>> nextBatch() {
      if (questions.size() <= BATCH) {
        Map<Address, CompletableFuture<T>> all = questions;
        questions = new LinkedHashMap<>();
        return all;
      }
      Map<Address, CompletableFuture<T>> batch = new LinkedHashMap<>();
      var next = questions.entrySet().iterator();
      while (batch.size() < BATCH) {
        var question = next.next();
        batch.put(question.getKey(), question.getValue());
        next.remove();
      }
      return batch;
    }

    private void answer(Map<Address, CompletableFuture<T>> batch) {
      metrics.count(Counter.LOOKUP_CALLS, 1);
      metrics.count(Counter.LOOKUPS, batch.size());
      long start = runtime.nanoTime();
      List<T> answers;
      try {
        answers = call.apply(new ArrayList<>(batch.keySet()));
        if (answers.size() != batch.size()) {
          throw new IllegalStateException(
              answers.size() + " answers to " + batch.size() + " questions");
        }
      } catch (Throwable e) {
        // Also an error of an adapter's: nobody must wait for ever.
        metrics.count(Counter.REGISTRY_FAILURES, 1);
        batch.values().forEach(answer -> answer.completeExceptionally(e));
        return;
      }
      metrics.time(Timer.REGISTRY_CALL, runtime.nanoTime() - start);
      int i = 0;
      for (CompletableFuture<T> answer : batch.values()) {
        answer.complete(answers.get(i++));
      }
    }
  }
}
