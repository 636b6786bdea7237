package org.distributedsockets.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.Admission;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Connection;
import org.distributedsockets.ConnectionInfo;
import org.distributedsockets.Handshake;
import org.distributedsockets.Health;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.SendOptions;
import org.distributedsockets.SocketNode;
import org.distributedsockets.StartException;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.RouterProvider;
import org.distributedsockets.spi.SpiContext;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The life of a node: new, starting, running, draining, closed. What it does while running is the
 * {@link Engine}'s.
 */
final class EngineNode implements SocketNode {

  private enum State {
    NEW,
    STARTING,
    RUNNING,
    DRAINING,
    CLOSED
  }

  private final String nodeId;
  private final NodeParts parts;
  private final ConnectionRegistryProvider registryProvider;
  private final MessageBusProvider busProvider;
  private final RouterProvider routerProvider;
  private final NodeRuntime runtime;
  private final Runnable closeThreads;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
  private final CompletableFuture<Void> drained = new CompletableFuture<>();

  private volatile @Nullable Engine engine;
  private volatile @Nullable ConnectionRegistry registry;
  private volatile @Nullable MessageBus bus;

  EngineNode(
      String nodeId,
      NodeParts parts,
      ConnectionRegistryProvider registryProvider,
      MessageBusProvider busProvider,
      RouterProvider routerProvider,
      NodeRuntime runtime,
      Runnable closeThreads) {
    this.nodeId = nodeId;
    this.parts = parts;
    this.registryProvider = registryProvider;
    this.busProvider = busProvider;
    this.routerProvider = routerProvider;
    this.runtime = runtime;
    this.closeThreads = closeThreads;
  }

  @Override
  public String id() {
    return nodeId;
  }

  private State state() {
    return Objects.requireNonNull(state.get());
  }

  // ---- start

  @Override
  public void start() {
    try {
      startAsync().toCompletableFuture().join();
    } catch (CompletionException e) {
      close();
      if (e.getCause() instanceof StartException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /**
   * As {@link #start}, without blocking, and what was opened stays open when it fails with a {@link
   * StartException}.
   */
  CompletionStage<Void> startAsync() {
    if (!state.compareAndSet(State.NEW, State.STARTING)) {
      throw new IllegalStateException("the node was started before");
    }
    Joining joining =
        new Joining(nodeId, runtime, parts.settings().get(NodeSettings.START_TIMEOUT).toNanos());
    SpiContext context =
        new SpiContext(
            nodeId,
            parts.settings(),
            runtime.time(),
            parts.settings().get(NodeSettings.OPERATION_TIMEOUT),
            parts.errors());
    BusEvents events = new BusEvents();
    return joining
        .step(() -> registry = registryProvider.open(context))
        .thenCompose(opened -> joining.step(() -> bus = busProvider.open(context, events)))
        .thenCompose(opened -> joining.step(() -> prepare(events)))
        .thenCompose(prepared -> joining.step(() -> join(prepared)))
        .thenRun(this::running);
  }

  private Engine prepare(BusEvents events) {
    Engine prepared =
        new Engine(
            nodeId,
            parts,
            Objects.requireNonNull(registry),
            Objects.requireNonNull(bus),
            routerProvider,
            runtime);
    engine = prepared;
    events.to(prepared);
    return prepared;
  }

  private static Engine join(Engine prepared) {
    prepared.join();
    return prepared;
  }

  private void running() {
    if (state.compareAndSet(State.STARTING, State.RUNNING)) {
      requireEngine().run();
    }
  }

  private Engine requireEngine() {
    Engine present = engine;
    if (present == null) {
      throw new IllegalStateException("the node is not running");
    }
    return present;
  }

  /** What the bus says before there is an engine to tell is kept for it. */
  private static final class BusEvents implements BusListener {
    // Guarded by "this".
    private @Nullable BusListener target;
    private final List<Consumer<BusListener>> early = new ArrayList<>();

    void to(BusListener listener) {
      List<Consumer<BusListener>> kept;
      synchronized (this) {
        target = listener;
        kept = List.copyOf(early);
        early.clear();
      }
      kept.forEach(event -> event.accept(listener));
    }

    private void tell(Consumer<BusListener> event) {
      BusListener listener;
      synchronized (this) {
        listener = target;
        if (listener == null) {
          early.add(event);
          return;
        }
      }
      event.accept(listener);
    }

    @Override
    public void onUp() {
      tell(BusListener::onUp);
    }

    @Override
    public void onDown(String reason) {
      tell(listener -> listener.onDown(reason));
    }

    @Override
    public void onInboxTakenOver(String node) {
      tell(listener -> listener.onInboxTakenOver(node));
    }
  }

  // ---- sending

  @Override
  public CompletionStage<Outcome> send(Address to, String payload, SendOptions options) {
    Objects.requireNonNull(to, "to");
    Objects.requireNonNull(options, "options");
    parts.protocol().checkPayload(payload);
    return hop(
        switch (state()) {
          case NEW, STARTING -> throw new IllegalStateException("the node is not running");
          case RUNNING -> requireEngine().send(to, payload, options);
          case DRAINING, CLOSED -> rejectedAsDraining();
        });
  }

  private CompletableFuture<Outcome> rejectedAsDraining() {
    parts.metrics().count(Counter.MESSAGES_REJECTED, 1);
    return CompletableFuture.completedFuture(Outcome.rejected(Outcome.Reason.DRAINING));
  }

  @Override
  public CompletionStage<Outcome> disconnect(String user, int code, String reason) {
    Address address = Address.user(user);
    CloseCode.check(code);
    return hop(requireEngine().disconnect(address, code, reason));
  }

  @Override
  public CompletionStage<Boolean> isOnline(String user) {
    return connections(user).thenApply(connections -> !connections.isEmpty());
  }

  @Override
  public CompletionStage<List<ConnectionInfo>> connections(String user) {
    return hop(requireEngine().connections(Address.user(user)));
  }

  /**
   * Dependents of what an application gets run on its own executor, and the stage is not theirs to
   * complete.
   */
  private <T> CompletionStage<T> hop(CompletionStage<T> stage) {
    CompletableFuture<T> hopped = new CompletableFuture<>();
    stage.whenComplete(
        (value, failure) ->
            runtime
                .callbacks()
                .execute(
                    () -> {
                      if (failure != null) {
                        hopped.completeExceptionally(
                            failure instanceof CompletionException && failure.getCause() != null
                                ? failure.getCause()
                                : failure);
                      } else {
                        hopped.complete(value);
                      }
                    }));
    return hopped.minimalCompletionStage();
  }

  // ---- clients

  @Override
  public Admission admit(Handshake handshake) {
    return switch (state()) {
      case RUNNING -> requireEngine().admit(handshake);
      case DRAINING -> new Admission.Refused(503, "draining", 1);
      case NEW, STARTING, CLOSED -> new Admission.Refused(503, "not running", 1);
    };
  }

  @Override
  public ClientSession attach(WebSocketChannel channel, String user, Map<String, String> metadata) {
    Address address = Address.user(user);
    if (state.get() != State.RUNNING) {
      throw new IllegalStateException("the node is not running");
    }
    return requireEngine().attach(channel, address, Map.copyOf(metadata));
  }

  @Override
  public List<Connection> localConnections() {
    Engine present = engine;
    return present == null ? List.of() : present.localConnections();
  }

  @Override
  public Health health() {
    Engine present = engine;
    return switch (state()) {
      case NEW, STARTING -> new Health(Health.Status.DOWN, nodeId, List.of("not_started"));
      case RUNNING ->
          present == null ? new Health(Health.Status.DOWN, nodeId, List.of()) : present.health();
      case DRAINING -> new Health(Health.Status.DRAINING, nodeId, List.of("draining"));
      case CLOSED -> new Health(Health.Status.DOWN, nodeId, List.of("closed"));
    };
  }

  // ---- the end

  @Override
  public void drain(Duration limit) {
    try {
      drainAsync(limit).toCompletableFuture().get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      parts.errors().onError("drain ended early", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close();
    }
  }

  /** As {@link #drain}, without blocking and without the close. */
  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the future ends in drained
  CompletionStage<Void> drainAsync(Duration limit) {
    if (state.compareAndSet(State.RUNNING, State.DRAINING)) {
      requireEngine()
          .drain(limit.toNanos())
          .whenComplete((done, failure) -> drained.complete(null));
    } else if (state.get() != State.DRAINING) {
      drained.complete(null);
    }
    return drained.minimalCompletionStage();
  }

  @Override
  public void close() {
    if (state.getAndSet(State.CLOSED) == State.CLOSED) {
      return;
    }
    drained.complete(null);
    Engine presentEngine = engine;
    if (presentEngine != null) {
      presentEngine.close();
    }
    closeQuietly(bus);
    closeQuietly(registry);
    closeThreads.run();
  }

  private void closeQuietly(@Nullable AutoCloseable closeable) {
    if (closeable != null) {
      try {
        closeable.close();
      } catch (Exception e) {
        parts.errors().onError("could not close " + closeable.getClass().getSimpleName(), e);
      }
    }
  }
}
