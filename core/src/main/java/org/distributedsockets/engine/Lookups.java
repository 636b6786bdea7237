package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.distributedsockets.Address;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.metrics.Timer;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.Location;

/**
 * Asks the registry where addresses are. One call is under way at a time; what is asked for
 * meanwhile shares the next one, so no answer is older than its question. Thread-safe; blocks only
 * on the blocking executor.
 */
final class Lookups {
  private static final int BATCH = 1_000;

  private final ConnectionRegistry registry;
  private final BooleanSupplier registryIsUp;
  private final NodeRuntime runtime;
  private final MetricsListener metrics;

  // Guarded by "this".
  private Map<Address, CompletableFuture<Location>> questions = new LinkedHashMap<>();
  private boolean running;

  Lookups(
      ConnectionRegistry registry,
      BooleanSupplier registryIsUp,
      NodeRuntime runtime,
      MetricsListener metrics) {
    this.registry = registry;
    this.registryIsUp = registryIsUp;
    this.runtime = runtime;
    this.metrics = metrics;
  }

  /** Never completes exceptionally; UNKNOWN at once while the registry is known to be away. */
  CompletableFuture<Location> locate(Address address) {
    if (!registryIsUp.getAsBoolean()) {
      return CompletableFuture.completedFuture(Location.UNKNOWN);
    }
    CompletableFuture<Location> answer;
    synchronized (this) {
      answer = questions.computeIfAbsent(address, a -> new CompletableFuture<>());
      if (running) {
        return answer;
      }
      running = true;
    }
    runtime.blocking().execute(this::run);
    return answer;
  }

  private void run() {
    while (true) {
      Map<Address, CompletableFuture<Location>> batch;
      synchronized (this) {
        if (questions.isEmpty()) {
          running = false;
          return;
        }
        batch = nextBatch();
      }
      ask(batch);
    }
  }

  /** Guarded by "this". */
  private Map<Address, CompletableFuture<Location>> nextBatch() {
    if (questions.size() <= BATCH) {
      Map<Address, CompletableFuture<Location>> all = questions;
      questions = new LinkedHashMap<>();
      return all;
    }
    Map<Address, CompletableFuture<Location>> batch = new LinkedHashMap<>();
    var next = questions.entrySet().iterator();
    while (batch.size() < BATCH) {
      var question = next.next();
      batch.put(question.getKey(), question.getValue());
      next.remove();
    }
    return batch;
  }

  private void ask(Map<Address, CompletableFuture<Location>> batch) {
    metrics.count(Counter.LOOKUP_CALLS, 1);
    metrics.count(Counter.LOOKUPS, batch.size());
    long start = runtime.nanoTime();
    List<Location> locations;
    try {
      locations = registry.locate(new ArrayList<>(batch.keySet()));
      if (locations.size() != batch.size()) {
        throw new IllegalStateException(
            locations.size() + " answers to " + batch.size() + " questions");
      }
    } catch (RuntimeException e) {
      metrics.count(Counter.REGISTRY_FAILURES, 1);
      batch.values().forEach(answer -> answer.complete(Location.UNKNOWN));
      return;
    }
    metrics.time(Timer.REGISTRY_CALL, runtime.nanoTime() - start);
    int i = 0;
    for (CompletableFuture<Location> answer : batch.values()) {
      answer.complete(locations.get(i++));
    }
  }
}
