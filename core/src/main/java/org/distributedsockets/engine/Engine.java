package org.distributedsockets.engine;

import static java.util.concurrent.CompletableFuture.completedFuture;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.Admission;
import org.distributedsockets.Authenticator;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Connection;
import org.distributedsockets.ConnectionLimitPolicy;
import org.distributedsockets.Handshake;
import org.distributedsockets.Health;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.PresenceListener;
import org.distributedsockets.PresenceWatch;
import org.distributedsockets.Reply;
import org.distributedsockets.SendOptions;
import org.distributedsockets.Settings;
import org.distributedsockets.engine.Questions.Holding;
import org.distributedsockets.engine.Registrar.Registered;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.Item.AnnounceItem;
import org.distributedsockets.engine.wire.Item.Detail;
import org.distributedsockets.engine.wire.Item.MessageItem;
import org.distributedsockets.engine.wire.Item.ReplyItem;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.Gauge;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.MessageTracing;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryEntry;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.RouterProvider;
import org.distributedsockets.spi.TimeSource;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a running node, wired to each other; each part is a class of its own. Thread-safe.
 */
final class Engine implements BusListener, AutoCloseable {
  private static final long TICK_NANOS = 100_000_000L;

  /** What a frame may hold besides one payload: names, ids, the nodes it was sent to. */
  private static final long FRAME_ROOM_BYTES = 64 * 1024;

  private static final int TICKS_PER_SECOND = 10;
  private static final int CROWDED_BATCHES = MessageBus.MIN_UNACKNOWLEDGED / 2;
  private static final long FULL_OUTBOX_PAUSE_NANOS = 1_000_000_000L;
  private static final String REPLACED = "replaced by a newer connection";
  private static final String HELD_BY_ANOTHER = "node_id_held_by_another";
  private static final long FORGET_FENCES_NANOS = 60_000_000_000L;

  private final String self;
  private final Settings settings;
  private final NodeParts parts;
  private final NodeRuntime runtime;
  private final MetricsListener metrics;
  private final Traces traces;
  private final MessageBus bus;

  private final Membership membership;
  private final Registrar registrar;
  private final Lookups lookups;
  private final LocalConnections local;
  private final Lane.Budget laneBudget;
  private final Cork cork = new Cork();
  private final Outbox outbox;
  private final Envelopes envelopes;
  private final Deliveries deliveries;
  private final Prober prober;
  private final InboundItems inbound;
  private final Questions questions;
  private final Directory directory;
  private final Requests requests;
  private final Presence presence;
  private final BatchReceiver receiver;
  private final EarlyFrames earlyFrames;
  private final Adoption adoption;
  private final SharedLimits sharedLimits;
  private final Admissions admissions;

  // What was asked for in this second.
  private final Set<Address> absentSought = ConcurrentHashMap.newKeySet();
  private final Set<Address> elsewhereSought = ConcurrentHashMap.newKeySet();

  private volatile @Nullable Inbox inbox;
  private volatile boolean draining;
  private volatile boolean closed;
  private long ticks;

  Engine(
      String self,
      NodeParts parts,
      ConnectionRegistry registry,
      MessageBus bus,
      RouterProvider router,
      NodeRuntime runtime) {
    this.self = self;
    this.parts = parts;
    this.settings = parts.settings();
    this.runtime = runtime;
    this.metrics = parts.metrics();
    this.traces = new Traces(parts.tracing(), parts.errors());
    this.bus = bus;
    long partialWait = settings.get(NodeSettings.PARTIAL_OUTCOME_WAIT).toNanos();
    membership =
        new Membership(
            self,
            registry,
            settings.get(NodeSettings.LEASE),
            settings.get(NodeSettings.LEASE_RENEWAL),
            this::isAllRegistered,
            runtime,
            metrics,
            parts.errors(),
            new RegistryEvents());
    envelopes =
        new Envelopes(
            membership::identity,
            membership::clusterMillis,
            settings.get(NodeSettings.MESSAGE_LIFE).toMillis());
    registrar =
        new Registrar(
            registry,
            membership::identity,
            limit(settings),
            runtime,
            metrics,
            parts.errors(),
            this::localVersion,
            new RegistrationEvents());
    lookups =
        new Lookups(
            registry, membership::registryIsUp, () -> !membership.recalls(), runtime, metrics);
    RequestDelivery requestDelivery =
        new RequestDelivery(
            parts.requests(), this::checkAnswer, this::offer, runtime, parts.errors());
    local =
        new LocalConnections(
            self,
            registrar,
            parts.protocol(),
            traces,
            runtime,
            partialWait,
            membership::clusterMillis,
            parts.errors(),
            requestDelivery,
            cork,
            this::changedHere);
    laneBudget = new Lane.Budget(settings.get(NodeSettings.NODE_LANE_BYTES), this::inboxIsCrowded);
    outbox =
        new Outbox(
            membership::identity,
            bus::publish,
            outboxLimits(settings, bus),
            runtime,
            metrics,
            new OutboxEvents());
    deliveries =
        new Deliveries(
            self,
            known -> router.open(new Context(known)),
            new Ways(),
            runtime,
            metrics,
            parts.errors(),
            settings.get(NodeSettings.OUTCOME_WAIT).toNanos(),
            partialWait,
            settings.get(NodeSettings.PENDING_BYTES),
            membership::registryIsUp);
    prober =
        new Prober(
            self,
            outbox::offer,
            runtime,
            metrics,
            this::bindAgain,
            settings.get(NodeSettings.PROBE_DEADLINE).toNanos());
    questions =
        new Questions(
            self, local, outbox::offer, runtime, settings.get(NodeSettings.ANSWER_WAIT).toNanos());
    directory = new Directory(lookups, questions, membership::members);
    requests = new Requests(deliveries::accept, runtime, settings.get(NodeSettings.MAX_REQUESTS));
    presence =
        new Presence(
            self,
            new PresenceSources(),
            runtime,
            parts.errors(),
            settings.get(NodeSettings.PRESENCE_INTERVAL).toNanos(),
            settings.get(NodeSettings.PRESENCE_GRACE).toNanos(),
            settings.get(NodeSettings.PRESENCE_RATE),
            settings.get(NodeSettings.PRESENCE_MAX_WATCHED));
    inbound =
        new InboundItems(
            self, local, deliveries, outbox, prober, questions, requests, new Doubts(), metrics);
    receiver =
        new BatchReceiver(
            (from, item, settled) -> {
              membership.heardOf(from);
              inbound.inOwnQueue(from, item, settled);
            },
            metrics,
            parts.errors());
    earlyFrames =
        new EarlyFrames(
            (frame, acknowledgement) ->
                cork.during(() -> receiver.onFrame(frame, acknowledgement)));
    adoption =
        new Adoption(
            bus,
            membership,
            this::fitToAdopt,
            new AdoptedFrames(),
            runtime,
            metrics,
            parts.errors());
    sharedLimits = new SharedLimits(settings);
    ClientServices services =
        new ClientServices(
            ClientServices.ClientLimits.of(settings),
            sharedLimits,
            parts.protocol(),
            parts.messages(),
            parts.connections(),
            parts.errors(),
            metrics,
            runtime,
            laneBudget,
            cork,
            local,
            this::send,
            parts.access(),
            presence::watch,
            requestDelivery::reply);
    admissions =
        new Admissions(
            settings,
            parts.authenticator(),
            services,
            membership::clusterMillis,
            this::whyNobodyMayComeIn);
  }

  private static RegistrationLimit limit(Settings settings) {
    int most = settings.get(NodeSettings.MAX_CONNECTIONS_PER_USER);
    if (most == 0) {
      return RegistrationLimit.NONE;
    }
    boolean closesOldest =
        settings.get(NodeSettings.CONNECTION_LIMIT_POLICY) == ConnectionLimitPolicy.CLOSE_OLDEST;
    return new RegistrationLimit(
        most,
        closesOldest
            ? RegistrationLimit.Policy.DISPLACE_OLDEST
            : RegistrationLimit.Policy.REJECT_NEW);
  }

  private static Outbox.Limits outboxLimits(Settings settings, MessageBus bus) {
    return new Outbox.Limits(
        settings.get(NodeSettings.OUTBOX_TARGET_BYTES),
        settings.get(NodeSettings.OUTBOX_BYTES),
        settings.get(NodeSettings.MAX_UNCONFIRMED_BATCHES),
        (int) Math.min(settings.get(NodeSettings.BATCH_BYTES), bus.maxFrameBytes()),
        settings.get(NodeSettings.BATCH_ENVELOPES));
  }

  /** A bus may stop at this node's inbox when more batches than these are not acknowledged. */
  private boolean inboxIsCrowded() {
    return receiver.unsettledBatches() >= CROWDED_BATCHES;
  }

  private void changedHere(Address address) {
    presence.changedHere(address);
  }

  private boolean offer(String node, Item item) {
    if (node.equals(self) && item instanceof ReplyItem reply) {
      requests.onReply(reply);
      return true;
    }
    return outbox.offer(node, item);
  }

  private int localVersion(Address address) {
    return local.version(address);
  }

  // ---- life

  /**
   * Opens this node's queue, binds it and takes the lease, in this order: reachable before it is
   * announced. If the lease is another's the queue is let go at once: it may be that one's, which
   * lost its connection a moment ago. Blocks on the bus and the registry.
   */
  void join() {
    Inbox opened = bus.open(self, earlyFrames);
    inbox = opened;
    try {
      opened.bind();
      if (!membership.join()) {
        throw new Joining.HeldException();
      }
    } catch (RuntimeException e) {
      letGo(opened);
      throw e;
    }
  }

  /**
   * Leaves no queue behind in which messages wait for nobody. One that holds something stays bound:
   * it may be that of a live node, whose messages must not be overtaken.
   */
  private void letGo(Inbox opened) {
    try {
      if (opened.deleteIfEmpty()) {
        return;
      }
    } catch (BusException e) {
      parts.errors().onError("could not let go of the queue of node " + self, e);
    }
    opened.close();
    earlyFrames.forget();
  }

  /** Begins everything that goes on while the node runs. */
  void run() {
    metrics.gauge(Gauge.CONNECTIONS, local::count);
    metrics.gauge(Gauge.LANE_BYTES, laneBudget::usedBytes);
    metrics.gauge(Gauge.OUTBOX_BYTES, outbox::bytes);
    metrics.gauge(Gauge.MEMBERS, () -> membership.members().size());
    metrics.gauge(Gauge.PENDING_SENDS, deliveries::pending);
    metrics.gauge(Gauge.PENDING_REQUESTS, requests::pending);
    metrics.gauge(Gauge.WATCHED, presence::watchedCount);
    earlyFrames.open();
    membership.keepRenewing();
    if (settings.get(NodeSettings.ADOPTION)) {
      adoption.start();
    }
    membership.members().forEach(prober::greet);
    prober.probeSelf();
    runtime.timers().schedule(TICK_NANOS, this::tick);
    runtime
        .timers()
        .schedule(
            runtime.jittered(settings.get(NodeSettings.PROBE_INTERVAL).toNanos()), this::probe);
  }

  private void tick() {
    if (closed) {
      return;
    }
    runtime.timers().schedule(TICK_NANOS, this::tick);
    long clusterMillis = membership.clusterMillis();
    deliveries.tick(clusterMillis);
    if (++ticks % TICKS_PER_SECOND == 0) {
      everySecond(clusterMillis);
    }
  }

  private void everySecond(long clusterMillis) {
    outbox.expire(clusterMillis);
    prober.forgetOlderThan(FORGET_FENCES_NANOS);
    absentSought.clear();
    elsewhereSought.clear();
    presence.run();
    long now = runtime.nanoTime();
    sharedLimits.forgetIdle(now);
    Instant wallClock = runtime.wallClock().instant();
    local.all().forEach(connection -> connection.tick(now, wallClock));
    if (membership.registryIsUp()) {
      registrar.registerShareAgain(1.0 / settings.get(NodeSettings.REASSERT_INTERVAL).toSeconds());
    }
  }

  private void probe() {
    if (!closed) {
      if (outbox.isUp()) {
        prober.probeSelf();
      }
      runtime
          .timers()
          .schedule(
              runtime.jittered(settings.get(NodeSettings.PROBE_INTERVAL).toNanos()), this::probe);
    }
  }

  private boolean probeIsGood() {
    return prober.isGood(
        settings.get(NodeSettings.PROBE_INTERVAL).toNanos() * 2
            + settings.get(NodeSettings.PROBE_DEADLINE).toNanos());
  }

  /** Only a node that is sure of itself may judge another one dead. */
  private boolean fitToAdopt() {
    long twoLeases = settings.get(NodeSettings.LEASE).toNanos() * 2;
    return probeIsGood()
        && prober.goodForNanos() >= twoLeases
        && membership.leaseGoodForNanos() >= twoLeases;
  }

  Health health() {
    List<String> reasons = new ArrayList<>();
    if (!membership.registryIsUp()) {
      reasons.add("registry_unavailable");
    } else if (isHeldByAnother()) {
      return new Health(Health.Status.DOWN, self, List.of(HELD_BY_ANOTHER));
    }
    if (!outbox.isUp()) {
      reasons.add("bus_unavailable");
    } else if (!probeIsGood()) {
      reasons.add("bus_probe_late");
    }
    return new Health(reasons.isEmpty() ? Health.Status.UP : Health.Status.DEGRADED, self, reasons);
  }

  private boolean isHeldByAnother() {
    return membership.registryIsUp() && !membership.holdsLease();
  }

  private @Nullable String whyNobodyMayComeIn() {
    if (closed) {
      return "not running";
    }
    if (draining) {
      return "draining";
    }
    return isHeldByAnother() ? HELD_BY_ANOTHER : null;
  }

  /** Somebody unbound this node's queue behind its back. */
  private void bindAgain() {
    Inbox open = inbox;
    if (open == null || draining || closed) {
      return;
    }
    parts.errors().onError("the queue of node " + self + " was unbound; binding it again", null);
    runtime.blocking().execute(() -> tryBind(open));
  }

  private void tryBind(Inbox open) {
    try {
      if (!draining) {
        open.bind();
      }
    } catch (BusException e) {
      // The next probe finds out whether it is still needed.
      parts.errors().onError("could not bind the queue of node " + self, e);
    }
  }

  CompletableFuture<Void> drain(long limitNanos) {
    draining = true;
    adoption.close();
    return new Drain(
            self,
            local,
            outbox,
            deliveries,
            receiver,
            Objects.requireNonNull(inbox),
            membership,
            registrar,
            settings.get(NodeSettings.DRAIN_PACE),
            runtime,
            parts.errors())
        .start(limitNanos);
  }

  /** May be called again: what was opened meanwhile is closed then. */
  @Override
  public void close() {
    closed = true;
    adoption.close();
    membership.close();
    local.all().forEach(connection -> connection.close(CloseCode.GOING_AWAY, "closing"));
    local.leaving().forEach(connection -> connection.close(CloseCode.GOING_AWAY, "closing"));
    registrar.close();
    deliveries.close();
    requests.close();
    questions.close();
    Inbox open = inbox;
    if (open != null) {
      open.close();
    }
  }

  // ---- what an application asks for

  CompletableFuture<Outcome> send(Address to, String payload, SendOptions options) {
    if (Utf8.isLonger(payload, mostPayloadBytes())) {
      metrics.count(Counter.MESSAGES_REJECTED, 1);
      return CompletableFuture.completedFuture(Outcome.rejected(Reason.TOO_LARGE));
    }
    MessageTracing.Sending sending = traces.accepted(to);
    return traces.told(
        sending,
        deliveries.accept(envelopes.message(to, payload, options, traces.context(sending))));
  }

  private void checkAnswer(String payload) {
    parts.protocol().checkPayload(payload);
    if (Utf8.isLonger(payload, mostPayloadBytes())) {
      throw new IllegalArgumentException("longer than " + mostPayloadBytes() + " bytes");
    }
  }

  private long mostPayloadBytes() {
    return Math.min(bus.maxFrameBytes() - FRAME_ROOM_BYTES, settings.get(NodeSettings.LANE_BYTES));
  }

  CompletableFuture<Outcome> disconnect(Address user, int code, String reason) {
    return deliveries.accept(envelopes.disconnect(user, code, reason, null, true));
  }

  CompletableFuture<Outcome> disconnectConnection(String id, int code, String reason) {
    ClientConnection here = local.byId(id);
    if (here != null) {
      here.close(code, reason);
      return completedFuture(Outcome.delivered(1));
    }
    return deliveries.accept(envelopes.disconnect(Address.everyone(), code, reason, id, true));
  }

  CompletableFuture<Reply> request(Address user, String payload, Duration timeout) {
    if (Utf8.isLonger(payload, mostPayloadBytes())) {
      return completedFuture(Reply.failed(Reply.Status.REFUSED, Reason.TOO_LARGE));
    }
    return requests.ask(envelopes.request(user, payload, timeout.toMillis()), timeout.toNanos());
  }

  Directory directory() {
    return directory;
  }

  PresenceWatch watch(Collection<Address> addresses, PresenceListener listener) {
    return presence.watch(addresses, listener);
  }

  Admission admit(Handshake handshake) {
    return admissions.admit(handshake);
  }

  ClientSession attach(WebSocketChannel channel, Authenticator.Accepted credentials) {
    ClientConnection connection = admissions.newConnection(credentials, true, null, null);
    // Nobody waits, so a refusal by the limit is told to the registrar's listener.
    local.add(connection).complete(Registered.DEFERRED);
    // Whoever sends the clients away may have looked for them already.
    if (closed) {
      connection.closed(CloseCode.ABNORMAL_CLOSURE);
      throw new IllegalStateException("the node is not running");
    }
    if (draining) {
      connection.close(CloseCode.GOING_AWAY, Drain.reason(runtime));
    }
    connection.opened(channel);
    return connection;
  }

  List<Connection> localConnections() {
    return List.copyOf(local.all());
  }

  // ---- what the bus says

  @Override
  public void onUp() {
    outbox.busUp();
  }

  @Override
  public void onDown(String reason) {
    parts.errors().onError("the bus is away: " + reason, null);
    outbox.busDown();
  }

  @Override
  public void onInboxTakenOver(String node) {
    receiver.inboxTakenOver();
    membership.wantNewIncarnation("the inbox was taken over");
  }

  // ---- how the parts hear of each other

  private boolean isAllRegistered() {
    return registrar.isComplete();
  }

  private final class RegistryEvents implements Membership.Listener {
    @Override
    public void onRegistrationsLost() {
      registrar.registerAllAgain();
    }

    @Override
    public void onRegistryBack() {
      registrar.registryIsBack();
    }
  }

  private final class RegistrationEvents implements Registrar.Listener {
    @Override
    public void onRegistered(Registration registration, RegisterAnswer answer, int askedAtVersion) {
      Address address = registration.address();
      if (address.kind() != Address.Kind.USER) {
        return;
      }
      local.learnOtherNodes(address, answer.otherNodes(), askedAtVersion);
      new TreeSet<>(answer.otherNodes())
          .forEach(node -> outbox.offer(node, new AnnounceItem(address)));
      answer.displaced().forEach(this::displace);
    }

    private void displace(RegistryEntry entry) {
      Registration registration = entry.registration();
      ClientConnection here = local.byId(registration.entry());
      if (here != null) {
        here.close(CloseCode.REPLACED, REPLACED);
      } else {
        Envelope order =
            envelopes.disconnect(
                registration.address(), CloseCode.REPLACED, REPLACED, registration.entry(), false);
        send(entry.owner().nodeId(), order);
      }
    }

    /** The place in the registry is the newer connection's already, so this must not be lost. */
    private void send(String node, Envelope order) {
      if (!closed
          && order.expiresAtMillis() > membership.clusterMillis()
          && !outbox.offer(node, new MessageItem(order))) {
        runtime.timers().schedule(FULL_OUTBOX_PAUSE_NANOS, () -> send(node, order));
      }
    }

    @Override
    public void onRemovalsForgotten() {
      membership.wantNewIncarnation("removals were given up while the registry was away");
    }

    @Override
    public void onComplete() {
      membership.registrationsComplete();
    }

    @Override
    public void onLimited(Registration registration) {
      ClientConnection late = local.byId(registration.entry());
      if (late != null) {
        if (limit(settings).policy() == RegistrationLimit.Policy.DISPLACE_OLDEST) {
          late.close(CloseCode.REPLACED, REPLACED);
        } else {
          late.close(CloseCode.POLICY_VIOLATION, "too many connections of this user");
        }
      }
    }
  }

  private final class OutboxEvents implements Outbox.Listener {
    @Override
    public void onConfirmed(String node, Item item) {
      if (item instanceof MessageItem message) {
        deliveries.onConfirmed(node, message.envelope().id());
      }
    }

    @Override
    public void onUnroutable(String node, Outbox.Entry entry, boolean mayHaveLeft) {
      inbound.unroutable(node, entry, mayHaveLeft);
    }

    @Override
    public void onExpired(String node, Item item) {
      if (item instanceof MessageItem message) {
        deliveries.onExpired(node, message.envelope());
      }
    }

    @Override
    public boolean lives(String node) {
      return !closed && !node.equals(self) && membership.members().contains(node);
    }
  }

  private final class Ways implements Deliveries.Node {
    @Override
    public boolean sendTo(String node, Envelope envelope) {
      return outbox.offer(node, new MessageItem(envelope));
    }

    @Override
    public void deliverHere(Envelope envelope, Consumer<LocalResult> whenDone) {
      local.deliver(envelope, whenDone);
    }

    @Override
    public boolean isForNobodyElseHere(Envelope envelope) {
      return local.isForNobodyElseHere(envelope);
    }

    @Override
    public void notAt(Envelope envelope, String node) {
      local.gone(envelope.to(), node);
    }

    @Override
    public void undeliverable(Envelope envelope, Outcome outcome) {
      if (envelope.action() == Envelope.Action.DELIVER) {
        metrics.count(Counter.UNDELIVERABLE, 1);
        runtime
            .callbacks()
            .execute(
                () ->
                    parts
                        .undeliverable()
                        .onUndeliverable(RequestDelivery.message(envelope), outcome));
      }
    }
  }

  private final class PresenceSources implements Presence.Sources {
    @Override
    public CompletableFuture<List<Location>> locate(List<Address> addresses) {
      return lookups.locate(addresses);
    }

    @Override
    public CompletableFuture<Map<String, Holding>> users(
        Set<String> nodes, Address group, Map<String, Long> known) {
      return questions.ask(nodes, group, Detail.USERS, known);
    }

    @Override
    public boolean isHere(Address address) {
      return local.knowledge(address).here();
    }
  }

  private final class Doubts implements InboundItems.Doubts {
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // without an answer there is nothing to repair
    public void notHere(Address address) {
      if (address.kind() != Address.Kind.EVERYONE
          && membership.registryIsUp()
          && absentSought.add(address)) {
        lookups.entries(address).thenAccept(this::removeGhosts);
      }
    }

    /** Registrations of this node that it does not want: their removal was lost. */
    private void removeGhosts(List<RegistryEntry> entries) {
      registrar.repair(
          entries.stream()
              .filter(entry -> entry.owner().equals(membership.identity()))
              .map(RegistryEntry::registration)
              .toList());
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // what is done with the future ends in learn
    public void elsewhere(Address address) {
      if (elsewhereSought.add(address)) {
        int version = local.version(address);
        lookups.locate(address).thenAccept(location -> learn(address, location, version));
      }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // what is done with the future ends in found
    public void whereElse(Address address, Consumer<Set<String>> found) {
      lookups.locate(address).thenAccept(location -> found.accept(location.nodes()));
    }

    @Override
    public Set<String> members() {
      return closed ? Set.of() : membership.members();
    }

    @Override
    public void later(Runnable action) {
      runtime.timers().schedule(TICK_NANOS, action);
    }

    private void learn(Address address, Location location, int version) {
      if (location.known()) {
        local.learnOtherNodes(address, new HashSet<>(location.nodes()), version);
      }
    }
  }

  /** An adoption that begins again after its inbox was lost knows what it has seen. */
  private final class AdoptedFrames implements Adoption.Handlers {
    private final ConcurrentMap<String, BatchReceiver> byDeadNode = new ConcurrentHashMap<>();

    @Override
    public InboundHandler forQueueOf(String deadNode) {
      BatchReceiver frames =
          byDeadNode.computeIfAbsent(
              deadNode,
              node ->
                  new BatchReceiver(
                      (from, item, settled) -> inbound.inQueueOf(node, item, settled),
                      metrics,
                      parts.errors()));
      return (frame, acknowledgement) -> {
        synchronized (frames) {
          frames.onFrame(frame, acknowledgement);
        }
      };
    }

    @Override
    public void emptied(String deadNode) {
      byDeadNode.remove(deadNode);
    }
  }

  /** What the router may see and do. */
  private final class Context implements RouterContext {
    private final Deliveries known;

    Context(Deliveries known) {
      this.known = known;
    }

    @Override
    public String self() {
      return self;
    }

    @Override
    public Set<String> members() {
      return membership.members();
    }

    @Override
    public LocalKnowledge local(Address address) {
      return local.knowledge(address);
    }

    @Override
    public CompletionStage<Location> locate(Address address) {
      return lookups.locate(address);
    }

    @Override
    public void dispatch(Envelope envelope, Set<String> nodes, boolean ask) {
      known.dispatch(envelope, nodes, ask);
    }

    @Override
    public void end(Envelope envelope, Outcome outcome) {
      known.end(envelope, outcome);
    }

    @Override
    public CompletionStage<Boolean> fence(String node, Address address) {
      if (!node.equals(self)) {
        return prober.fence(node, address);
      }
      CompletableFuture<Boolean> passed = new CompletableFuture<>();
      local.afterWaiting(address, () -> passed.complete(true));
      return passed;
    }

    @Override
    public Settings settings() {
      return settings;
    }

    @Override
    public TimeSource time() {
      return runtime.time();
    }

    @Override
    public void schedule(long delayNanos, Runnable task) {
      runtime.timers().schedule(delayNanos, task);
    }
  }
}
