package org.distributedsockets.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.distributedsockets.AccessPolicy;
import org.distributedsockets.Authenticator;
import org.distributedsockets.ConnectionListener;
import org.distributedsockets.Message;
import org.distributedsockets.Outcome;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.Gauge;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.protocol.JsonClientProtocol;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.MessageTracing;
import org.distributedsockets.spi.SpiContext;
import org.jspecify.annotations.Nullable;

/** One process of the simulation, with one node in it. Can be frozen, thawed and killed. */
final class SimProcess {
  private static final int BLOCKING_THREADS = 4;
  private static final long WAIT_STEP_NANOS = 1_000_000;

  /** How long what was begun may end when the threads are closed; see {@link NodeThreads#close}. */
  private static final long LAST_TASKS_NANOS = 2_000_000_000L;

  private final SimWorld world;
  private final String nodeId;
  private final int number;
  private final EngineNode node;
  private final long startedNanos;
  private final List<SimEvents.Event> held = new ArrayList<>();
  private final ArrayDeque<Runnable> waitingForThread = new ArrayDeque<>();
  private final Map<Counter, Long> counters = new EnumMap<>(Counter.class);
  private final List<Long> laneOverflows = new ArrayList<>();
  private final Map<Gauge, LongSupplier> gauges = new EnumMap<>(Gauge.class);
  private @Nullable SimRegistry registry;
  private @Nullable MessageBus bus;
  private @Nullable SimRouter router;
  private int blockingBusy;
  private boolean frozen;
  private boolean dead;
  private boolean started;
  private boolean drains;
  private boolean threadsClosed;
  private boolean exited;
  private long frozenNanos = SimClient.NEVER;
  private long thawedNanos = Long.MIN_VALUE;

  SimProcess(SimWorld world, String nodeId, int number, SplittableRandom random) {
    this.world = world;
    this.nodeId = nodeId;
    this.number = number;
    this.startedNanos = world.now();
    NodeRuntime runtime =
        new NodeRuntime(
            world.events()::nanoTime,
            () -> Instant.ofEpochSecond(0, world.events().nanoTime()),
            this::schedule,
            this::executeBlocking,
            this::executeSoon,
            this::executeCallback,
            this::await,
            random::nextLong);
    NodeParts parts =
        new NodeParts(
            nodeId,
            world.settings(),
            handshake -> new Authenticator.Accepted(handshake.query("user").get(0), Map.of(), null),
            message -> world.forward(this, message),
            new ConnectionListener() {},
            this::undeliverable,
            this::error,
            new Metrics(),
            MessageTracing.NONE,
            new JsonClientProtocol(),
            null,
            null,
            null,
            null,
            new AccessPolicy() {},
            null,
            true);
    this.node =
        new EngineNode(
            nodeId,
            parts,
            new RegistryProvider(),
            new BusProvider(),
            new SimRouter.Provider(world, this, made -> router = made),
            runtime,
            () -> threadsClosed = true);
  }

  // ---- its threads

  /** What is due after the threads were closed is dropped; see {@link NodeThreads#close}. */
  private void schedule(long delayNanos, Runnable task) {
    world
        .events()
        .at(
            this,
            delayNanos,
            () -> {
              if (!threadsClosed) {
                task.run();
              }
            });
  }

  private void executeSoon(Runnable task) {
    if (!threadsClosed) {
      world.events().at(this, world.events().jitter(), task);
    }
  }

  /** What an application is to hear it hears, also after the threads were closed. */
  private void executeCallback(Runnable task) {
    if (threadsClosed) {
      run(task);
    } else {
      executeSoon(task);
    }
  }

  private void executeBlocking(Runnable task) {
    if (threadsClosed) {
      return;
    }
    if (blockingBusy < BLOCKING_THREADS) {
      startBlocking(task);
    } else {
      waitingForThread.add(task);
    }
  }

  /** Only a handshake waits; see {@link SimClient#comesThroughTheHandshake}. */
  private void await(CompletableFuture<?> future, long nanos) {
    long end = world.now() + nanos;
    while (!future.isDone() && world.now() < end) {
      world.events().threads().sleep(WAIT_STEP_NANOS);
    }
  }

  private void startBlocking(Runnable task) {
    blockingBusy++;
    world.events().at(this, world.events().jitter(), () -> runBlocking(task));
  }

  private void runBlocking(Runnable task) {
    Runnable whole =
        () -> {
          try {
            run(task);
          } finally {
            blockingBusy--;
          }
          Runnable next = waitingForThread.poll();
          if (next != null) {
            startBlocking(next);
          }
        };
    if (world.isRegistrySlow()) {
      world.events().threads().run(this, whole);
    } else {
      whole.run();
    }
  }

  /** What a task throws is reported, as {@link NodeThreads} does. */
  void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      error("a background task failed", e);
    }
  }

  // ---- its life

  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the stage ends here
  void start() {
    world.events().note(number, "%s starts", this);
    node.startAsync()
        .whenComplete(
            (done, failure) -> {
              world.events().note(number, "%s %s", this, failure == null ? "runs" : failure);
              started = failure == null;
              world.started(this, failure);
            });
  }

  /**
   * As SIGKILL does; some of what was on its way to the broker is taken. Calls that are under way
   * end last, when they can do no more.
   */
  void kill() {
    if (dead) {
      return;
    }
    world.events().note(number, "%s killed", this);
    dead = true;
    frozen = false;
    held.clear();
    world.clients().stream().filter(client -> client.process() == this).forEach(SimClient::ends);
    if (bus != null) {
      boolean[] taken = {true};
      world
          .cluster()
          .busFaults()
          .cut(nodeId, Duration.ofMillis(1), frame -> taken[0] &= world.chance().nextInt(3) > 0);
      bus.close();
    }
    if (registry != null) {
      registry.close();
    }
    world.events().threads().kill(this);
    world.oracle().memoryLost(this);
    world.killed(this);
  }

  void freeze() {
    if (!dead && !frozen) {
      world.events().note(number, "%s frozen", this);
      frozen = true;
      frozenNanos = world.now();
    }
  }

  void thaw() {
    if (frozen) {
      world.events().note(number, "%s thawed", this);
      frozen = false;
      thawedNanos = world.now();
      frozenNanos = SimClient.NEVER;
      List<SimEvents.Event> due = new ArrayList<>(held);
      held.clear();
      world.events().again(due);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the stage ends here
  void drain(long limitNanos) {
    if (!isUsable()) {
      return;
    }
    world.events().note(number, "%s drains", this);
    drains = true;
    world.clients().stream().filter(client -> client.process() == this).forEach(SimClient::ends);
    world
        .events()
        .at(
            this,
            0,
            () ->
                node.drainAsync(Duration.ofNanos(limitNanos))
                    .whenComplete((done, failure) -> executeSoon(this::close)));
  }

  /** The end of a process that exits by itself. */
  void close() {
    world.events().note(number, "%s closes", this);
    world.clients().stream().filter(client -> client.process() == this).forEach(SimClient::ends);
    node.close();
    world.events().at(this, LAST_TASKS_NANOS, this::exit);
  }

  private void exit() {
    world.events().note(number, "%s exits", this);
    exited = !dead;
    dead = true;
    world.events().threads().kill(this);
    world.ended(this);
  }

  void hold(SimEvents.Event event) {
    held.add(event);
  }

  /** Since when it may have had no answer of the registry. Asked when it ends. */
  long lastSureOfRegistryNanos() {
    if (node.health().reasons().contains("registry_unavailable")) {
      return startedNanos;
    }
    return frozenNanos == SimClient.NEVER ? world.now() : frozenNanos;
  }

  long startedNanos() {
    return startedNanos;
  }

  /** Whether the node had another process before. */
  boolean isLaterThanTheFirst() {
    return number >= SimWorld.NODES.size();
  }

  /** When it was thawed last. */
  long thawedNanos() {
    return thawedNanos;
  }

  /** Whether it ended by itself, with all that its node had to say said. */
  boolean hasExited() {
    return exited;
  }

  /** Whether a lane of a client had no room for a message between two times. */
  boolean hadAFullLane(long fromNanos, long untilNanos) {
    return laneOverflows.stream().anyMatch(at -> at >= fromNanos && at <= untilNanos);
  }

  boolean isClosed() {
    return threadsClosed;
  }

  boolean isFrozen() {
    return frozen;
  }

  boolean isDead() {
    return dead;
  }

  boolean isRunning() {
    return started && !dead;
  }

  /** Whether clients can connect and the application can send. */
  boolean isUsable() {
    return started && !dead && !frozen && !drains;
  }

  boolean drains() {
    return drains;
  }

  EngineNode node() {
    return node;
  }

  String nodeId() {
    return nodeId;
  }

  int number() {
    return number;
  }

  @Nullable SimRegistry registry() {
    return registry;
  }

  @Nullable SimRouter router() {
    return router;
  }

  long count(Counter counter) {
    return counters.getOrDefault(counter, 0L);
  }

  long gauge(Gauge gauge) {
    LongSupplier reading = gauges.get(gauge);
    return reading == null ? 0 : reading.getAsLong();
  }

  // ---- what its node tells

  private void undeliverable(Message message, Outcome outcome) {
    world.oracle().undeliverable(this, message, outcome);
  }

  private void error(String what, @Nullable Throwable cause) {
    world.events().trace("%s error: %s %s", this, what, cause);
    boolean ending = dead || drains;
    if (cause instanceof RuntimeException
        && !ending
        && !(cause instanceof org.distributedsockets.spi.RegistryException)
        && !(cause instanceof org.distributedsockets.spi.BusException)) {
      world.oracle().fail(this + " reports: " + what, cause);
    }
  }

  @Override
  public String toString() {
    return nodeId + "#" + number;
  }

  private final class Metrics implements MetricsListener {
    @Override
    public void count(Counter counter, long times) {
      counters.merge(counter, times, Long::sum);
      if (counter == Counter.LANE_OVERFLOWS) {
        laneOverflows.add(world.now());
      }
    }

    @Override
    public void gauge(Gauge gauge, LongSupplier reading) {
      gauges.put(gauge, reading);
    }
  }

  private final class RegistryProvider implements ConnectionRegistryProvider {
    @Override
    public String name() {
      return "sim";
    }

    @Override
    public ConnectionRegistry open(SpiContext context) {
      SimRegistry opened =
          new SimRegistry(world, world.cluster().openRegistry(nodeId, context.operationTimeout()));
      registry = opened;
      return opened;
    }
  }

  private final class BusProvider implements MessageBusProvider {
    @Override
    public String name() {
      return "sim";
    }

    @Override
    public MessageBus open(SpiContext context, BusListener listener) {
      MessageBus opened =
          world
              .cluster()
              .openBus(
                  nodeId,
                  new SimBus.Listener(world.events(), SimProcess.this, listener),
                  context.errors());
      bus = opened;
      return new SimBus(world, SimProcess.this, opened);
    }
  }
}
