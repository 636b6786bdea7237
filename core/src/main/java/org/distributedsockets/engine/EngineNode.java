package org.distributedsockets.engine;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.distributedsockets.Address;
import org.distributedsockets.Admission;
import org.distributedsockets.Authenticator;
import org.distributedsockets.Census;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Connection;
import org.distributedsockets.ConnectionInfo;
import org.distributedsockets.Handshake;
import org.distributedsockets.Health;
import org.distributedsockets.Members;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.PresenceListener;
import org.distributedsockets.PresenceWatch;
import org.distributedsockets.Reply;
import org.distributedsockets.SendOptions;
import org.distributedsockets.SocketNode;
import org.distributedsockets.StartException;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.RegistryException;
import org.distributedsockets.spi.RouterProvider;
import org.distributedsockets.spi.SpiContext;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The life of a node: new, starting, running, draining, closed. What it does while running is the
 * {@link Engine}'s.
 */
final class EngineNode implements SocketNode {

  private static final String NOT_RUNNING = "the node is not running";
  private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(1);
  private static final Duration LONGEST_TIMEOUT = Duration.ofHours(24);

  /** It ends at its limit by itself, but tells what it leaves behind before. */
  private static final Duration LAST_WORD_OF_DRAIN = Duration.ofSeconds(1);

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
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();

  /** Asked of the registry and not answered yet: its threads may end before they answer. */
  private final Set<CompletableFuture<?>> questions = ConcurrentHashMap.newKeySet();

  private volatile @Nullable Engine engine;
  private final AtomicReference<@Nullable ConnectionRegistry> registry = new AtomicReference<>();
  private final AtomicReference<@Nullable MessageBus> bus = new AtomicReference<>();

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
      throw asStartException(cause(e));
    }
  }

  /**
   * As {@link #start}, without blocking, and what was opened stays open until {@link #close} when
   * it fails with a {@link StartException}.
   */
  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the steps ends in started
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
    EarlyBusEvents events = new EarlyBusEvents();
    joining
        .step("opening the registry", () -> keep(registry, registryProvider.open(context)))
        .thenCompose(
            opened ->
                joining
                    .step("opening the bus", () -> keep(bus, busProvider.open(context, events)))
                    .thenCompose(
                        b -> joining.step("preparing the node", () -> prepare(opened, b, events))))
        .thenCompose(prepared -> joining.step("joining the cluster", () -> join(prepared)))
        .thenAccept(this::running)
        .whenComplete(
            (running, failure) -> {
              if (failure == null) {
                started.complete(null);
              } else {
                started.completeExceptionally(asStartException(cause(failure)));
              }
            });
    return started.minimalCompletionStage();
  }

  /** What is opened while the node is closed is closed here or there, once. */
  private <T extends AutoCloseable> T keep(AtomicReference<@Nullable T> place, T opened) {
    place.set(opened);
    if (state() == State.CLOSED) {
      closeQuietly(place.getAndSet(null));
      throw closedWhileStarting();
    }
    return opened;
  }

  private static StartException asStartException(Throwable failure) {
    return failure instanceof StartException known
        ? known
        : new StartException(failure.toString(), failure);
  }

  private static StartException closedWhileStarting() {
    return new StartException("the node was closed while it started", null);
  }

  private Engine prepare(ConnectionRegistry opened, MessageBus openedBus, EarlyBusEvents events) {
    Engine prepared = new Engine(nodeId, parts, opened, openedBus, routerProvider, runtime);
    engine = prepared;
    events.to(prepared);
    return prepared;
  }

  private Engine join(Engine prepared) {
    prepared.join();
    closeIfNodeIs(prepared);
    return prepared;
  }

  private void running(Engine joined) {
    if (state.compareAndSet(State.STARTING, State.RUNNING)) {
      joined.run();
    }
    closeIfNodeIs(joined);
  }

  /** For an engine that did something after {@link #close} had closed it. */
  private void closeIfNodeIs(Engine active) {
    if (state() == State.CLOSED) {
      active.close();
      throw closedWhileStarting();
    }
  }

  private Engine requireEngine() {
    Engine present = engine;
    if (present == null) {
      throw new IllegalStateException(NOT_RUNNING);
    }
    return present;
  }

  // ---- sending

  @Override
  public CompletionStage<Outcome> send(Address to, String payload, SendOptions options) {
    Objects.requireNonNull(to, "to");
    Objects.requireNonNull(options, "options");
    parts.protocol().checkPayload(payload);
    return ifRunning(running -> running.send(to, payload, options));
  }

  @Override
  public CompletionStage<Outcome> disconnect(String user, int code, String reason) {
    Address address = Address.user(user);
    CloseCode.check(code);
    Objects.requireNonNull(reason, "reason");
    return ifRunning(running -> running.disconnect(address, code, reason));
  }

  @Override
  public CompletionStage<Outcome> disconnectConnection(
      String connectionId, int code, String reason) {
    Objects.requireNonNull(connectionId, "connectionId");
    CloseCode.check(code);
    Objects.requireNonNull(reason, "reason");
    return ifRunning(running -> running.disconnectConnection(connectionId, code, reason));
  }

  @Override
  public CompletionStage<Reply> request(String user, String payload, Duration timeout) {
    Address address = Address.user(user);
    parts.protocol().checkPayload(payload);
    if (timeout.compareTo(SHORTEST_TIMEOUT) < 0 || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
      throw new IllegalArgumentException("must be 1 ms to 24 h: timeout=" + timeout);
    }
    return ifRunning(
        running -> running.request(address, payload, timeout),
        () ->
            CompletableFuture.completedFuture(
                Reply.failed(Reply.Status.REFUSED, Outcome.Reason.DRAINING)));
  }

  private CompletionStage<Outcome> ifRunning(Function<Engine, CompletableFuture<Outcome>> sending) {
    return ifRunning(sending, this::rejectedAsDraining);
  }

  private <T> CompletionStage<T> ifRunning(
      Function<Engine, CompletableFuture<T>> sending, Supplier<CompletableFuture<T>> whenDraining) {
    return hop(
        switch (state()) {
          case NEW, STARTING -> throw new IllegalStateException(NOT_RUNNING);
          case RUNNING -> sending.apply(requireEngine());
          case DRAINING, CLOSED -> whenDraining.get();
        });
  }

  private CompletableFuture<Outcome> rejectedAsDraining() {
    parts.metrics().count(Counter.MESSAGES_REJECTED, 1);
    return CompletableFuture.completedFuture(Outcome.rejected(Outcome.Reason.DRAINING));
  }

  @Override
  public CompletionStage<Boolean> isOnline(String user) {
    return connections(user).thenApply(connections -> !connections.isEmpty());
  }

  @Override
  public CompletionStage<List<ConnectionInfo>> connections(String user) {
    Address address = Address.user(user);
    return ask(running -> running.connections(address));
  }

  @Override
  public CompletionStage<Set<String>> online(Collection<String> users) {
    List<Address> addresses = addresses(users);
    return ask(running -> running.online(addresses));
  }

  private static List<Address> addresses(Collection<String> users) {
    return users.stream().distinct().map(Address::user).toList();
  }

  @Override
  public CompletionStage<Census> count(Address address) {
    Objects.requireNonNull(address, "address");
    return ask(running -> running.count(address));
  }

  @Override
  public CompletionStage<Members> members(String group) {
    Address address = Address.group(group);
    return ask(running -> running.members(address));
  }

  private <T> CompletionStage<T> ask(Function<Engine, CompletableFuture<T>> question) {
    return hop(
        switch (state()) {
          case NEW, STARTING -> throw new IllegalStateException(NOT_RUNNING);
          case RUNNING, DRAINING -> answered(question.apply(requireEngine()));
          case CLOSED -> CompletableFuture.failedFuture(closedBeforeAnAnswer());
        });
  }

  @Override
  public PresenceWatch watch(Collection<String> users, PresenceListener listener) {
    List<Address> addresses = addresses(users);
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("nobody to watch");
    }
    return requireRunning().watch(addresses, Objects.requireNonNull(listener, "listener"));
  }

  @Override
  public PresenceWatch watchGroup(String group, PresenceListener listener) {
    Address address = Address.group(group);
    return requireRunning().watch(List.of(address), Objects.requireNonNull(listener, "listener"));
  }

  private Engine requireRunning() {
    if (state() != State.RUNNING) {
      throw new IllegalStateException(NOT_RUNNING);
    }
    return requireEngine();
  }

  @SuppressWarnings({
    "FutureReturnValueIgnored", // it forgets the question, that is all
    "CollectionUndefinedEquality" // which is equal to itself alone
  })
  private <T> CompletableFuture<T> answered(CompletableFuture<T> question) {
    questions.add(question);
    question.whenComplete((answer, failure) -> questions.remove(question));
    if (state() == State.CLOSED) {
      failQuestions();
    }
    return question;
  }

  private void failQuestions() {
    questions.forEach(question -> question.completeExceptionally(closedBeforeAnAnswer()));
  }

  private static RegistryException closedBeforeAnAnswer() {
    return new RegistryException("the node was closed", false, null);
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
                        hopped.completeExceptionally(cause(failure));
                      } else {
                        hopped.complete(value);
                      }
                    }));
    return hopped.minimalCompletionStage();
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  // ---- clients

  @Override
  public Admission admit(Handshake handshake) {
    if (!parts.takesConnections()) {
      return new Admission.Refused(503, "takes no connections", 0);
    }
    return switch (state()) {
      case RUNNING -> requireEngine().admit(handshake);
      case DRAINING -> new Admission.Refused(503, "draining", 1);
      case NEW, STARTING, CLOSED -> new Admission.Refused(503, "not running", 1);
    };
  }

  @Override
  public ClientSession attach(WebSocketChannel channel, String user, Map<String, String> metadata) {
    Address.user(user);
    if (!parts.takesConnections()) {
      throw new IllegalStateException("the node takes no connections");
    }
    Authenticator.Accepted credentials = new Authenticator.Accepted(user, metadata, null);
    return switch (state()) {
      case RUNNING, DRAINING -> requireEngine().attach(channel, credentials);
      case NEW, STARTING, CLOSED -> throw new IllegalStateException(NOT_RUNNING);
    };
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
      runtime
          .waits()
          .await(drainAsync(limit).toCompletableFuture(), limit.plus(LAST_WORD_OF_DRAIN).toNanos());
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
    started.completeExceptionally(closedWhileStarting());
    drained.complete(null);
    closeQuietly(engine);
    closeQuietly(bus.getAndSet(null));
    closeQuietly(registry.getAndSet(null));
    closeThreads.run();
    failQuestions();
  }

  /** The application's listeners, which may throw anything, must not keep the rest open. */
  private void closeQuietly(@Nullable AutoCloseable closeable) {
    if (closeable == null) {
      return;
    }
    try {
      closeable.close();
    } catch (Throwable e) {
      report("could not close " + closeable.getClass().getSimpleName(), e);
    }
  }

  private void report(String what, Throwable cause) {
    try {
      parts.errors().onError(what, cause);
    } catch (RuntimeException | Error e) {
      // There is nobody left to tell.
    }
  }
}
