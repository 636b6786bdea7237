package org.distributedsockets.engine;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.distributedsockets.Address;
import org.distributedsockets.CloseCode;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.engine.Registrar.Registered;
import org.distributedsockets.engine.wire.Item.Cause;
import org.distributedsockets.protocol.ClientProtocol;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RouterContext.LocalKnowledge;
import org.jspecify.annotations.Nullable;

/**
 * The connections of this node by id, user and group, what is known of their users' other nodes,
 * and the last step of a message's way. Keeps the registry informed through the {@link Registrar}.
 * Thread-safe; nothing blocks.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // the registrar's futures do not fail, and keep their own wishes
// alive
final class LocalConnections {
  private static final int VERSIONS_PER_MILLI_BITS = 10;

  /** A request is refused when all who got it refuse, so the slow ones have to be counted. */
  private static final long ALL_LANES_NANOS = 10_000_000_000L;

  private final String self;
  private final Registrar registrar;
  private final ClientProtocol protocol;
  private final Traces traces;
  private final NodeRuntime runtime;
  private final long partialWaitNanos;
  private final LongSupplier clusterMillis;
  private final ErrorListener errors;
  private final RequestDelivery requests;
  private final Cork cork;
  private final Consumer<Address> changed;
  private final AtomicLong lastVersion = new AtomicLong();

  private final SecondCopies secondCopies = new SecondCopies();
  private final ConcurrentMap<String, ClientConnection> byId = new ConcurrentHashMap<>();
  private final ConcurrentMap<Address, LocalAddress> byAddress = new ConcurrentHashMap<>();

  /** Removed, but not ended yet: what waits for them is still being written. */
  private final Set<ClientConnection> leaving = ConcurrentHashMap.newKeySet();

  /**
   * One address with connections here. Members change only inside {@code byAddress.compute}, so
   * none is lost.
   */
  private static final class LocalAddress {
    final Set<ClientConnection> members = ConcurrentHashMap.newKeySet(1);

    /** Another number after each change of the members. */
    volatile long membersVersion;

    /** Of a group: its one registration for this node. */
    @Nullable CompletableFuture<Registered> registered;

    // Guarded by "this". The set does not change; its order is the same in each run.
    private @Nullable Set<String> otherNodes;
    private int version;

    synchronized @Nullable Set<String> otherNodes() {
      return otherNodes;
    }

    synchronized int version() {
      return version;
    }

    /**
     * An answer of the registry, asked for at some version. What was announced meanwhile is newer
     * than the answer.
     */
    synchronized void learn(Set<String> nodes, int askedAtVersion) {
      Set<String> learned = new TreeSet<>(nodes);
      if (version != askedAtVersion && otherNodes != null) {
        learned.addAll(otherNodes);
      }
      otherNodes = Collections.unmodifiableSet(learned);
    }

    synchronized void announced(String node) {
      version++;
      Set<String> more = otherNodes == null ? new TreeSet<>() : new TreeSet<>(otherNodes);
      more.add(node);
      otherNodes = Collections.unmodifiableSet(more);
    }

    synchronized void gone(String node) {
      if (otherNodes != null && otherNodes.contains(node)) {
        Set<String> fewer = new TreeSet<>(otherNodes);
        fewer.remove(node);
        otherNodes = Collections.unmodifiableSet(fewer);
      }
    }
  }

  LocalConnections(
      String self,
      Registrar registrar,
      ClientProtocol protocol,
      Traces traces,
      NodeRuntime runtime,
      long partialWaitNanos,
      LongSupplier clusterMillis,
      ErrorListener errors,
      RequestDelivery requests,
      Cork cork,
      Consumer<Address> changed) {
    this.self = self;
    this.registrar = registrar;
    this.protocol = protocol;
    this.traces = traces;
    this.runtime = runtime;
    this.partialWaitNanos = partialWaitNanos;
    this.clusterMillis = clusterMillis;
    this.errors = errors;
    this.requests = requests;
    this.cork = cork;
    this.changed = changed;
  }

  // ---- coming and going

  /** Adds a connection, which can be written to from now on, and registers it. */
  CompletableFuture<Registered> add(ClientConnection connection) {
    // The lock that its end takes first: whoever finds it here and ends it waits until it is
    // registered, so that the removal comes last.
    synchronized (connection) {
      byId.put(connection.id(), connection);
      byAddress.compute(
          connection.address(),
          (address, known) -> {
            LocalAddress local = known == null ? new LocalAddress() : known;
            local.members.add(connection);
            local.membersVersion = nextVersion();
            return local;
          });
      CompletableFuture<Registered> registered = registrar.register(connection.registration());
      changed.accept(connection.address());
      return registered;
    }
  }

  /** Tells the registry what of a connection changed. Only for one that is not removed. */
  void registerAgain(ClientConnection connection) {
    // Nobody waits, so a refusal by the limit would be told to the registrar's listener.
    registrar.register(connection.registration()).complete(Registered.DEFERRED);
  }

  /**
   * Removes a connection, its memberships and its registration. Only for one that was added; once.
   */
  void remove(ClientConnection connection) {
    connection.groups().forEach(group -> leave(connection, group));
    byId.remove(connection.id());
    byAddress.computeIfPresent(
        connection.address(),
        (address, local) -> {
          local.members.remove(connection);
          local.membersVersion = nextVersion();
          return local.members.isEmpty() ? null : local;
        });
    registrar.unregister(connection.registration());
    changed.accept(connection.address());
  }

  /** Remembers one that is removed before its end. */
  void leaving(ClientConnection connection) {
    leaving.add(connection);
  }

  void left(ClientConnection connection) {
    leaving.remove(connection);
  }

  Collection<ClientConnection> leaving() {
    return leaving;
  }

  CompletableFuture<Registered> join(ClientConnection connection, String group) {
    CompletableFuture<Registered> result = new CompletableFuture<>();
    byAddress.compute(
        Address.group(group),
        (address, known) -> {
          LocalAddress local = known == null ? new LocalAddress() : known;
          local.members.add(connection);
          local.membersVersion = nextVersion();
          CompletableFuture<Registered> registered = local.registered;
          if (registered == null) {
            registered = registrar.register(groupRegistration(address));
            local.registered = registered;
          }
          forward(registered, result);
          return local;
        });
    changed.accept(Address.group(group));
    return result;
  }

  CompletableFuture<Registered> leave(ClientConnection connection, String group) {
    CompletableFuture<Registered> result = new CompletableFuture<>();
    byAddress.compute(
        Address.group(group),
        (address, local) -> {
          if (local != null) {
            local.members.remove(connection);
            local.membersVersion = nextVersion();
          }
          if (local == null || !local.members.isEmpty()) {
            result.complete(Registered.DONE);
            return local;
          }
          forward(registrar.unregister(groupRegistration(address)), result);
          return null;
        });
    changed.accept(Address.group(group));
    return result;
  }

  /** Greater than each one before, those of this node's former processes included. */
  private long nextVersion() {
    long atLeast = clusterMillis.getAsLong() << VERSIONS_PER_MILLI_BITS;
    return lastVersion.updateAndGet(last -> Math.max(last + 1, atLeast));
  }

  private static void forward(
      CompletableFuture<Registered> from, CompletableFuture<Registered> to) {
    from.whenComplete(
        (registered, failure) ->
            to.complete(registered == null ? Registered.DEFERRED : registered));
  }

  private Registration groupRegistration(Address group) {
    return new Registration(group, self, clusterMillis.getAsLong(), "");
  }

  // ---- what is known

  @Nullable ClientConnection byId(String id) {
    return byId.get(id);
  }

  Collection<ClientConnection> all() {
    return byId.values();
  }

  int count() {
    return byId.size();
  }

  LocalKnowledge knowledge(Address address) {
    LocalAddress local = byAddress.get(address);
    return local == null ? LocalKnowledge.NONE : new LocalKnowledge(true, local.otherNodes());
  }

  /** To be noted when the registry is asked, and given back with its answer. */
  int version(Address address) {
    LocalAddress local = byAddress.get(address);
    return local == null ? 0 : local.version();
  }

  void learnOtherNodes(Address address, Set<String> nodes, int askedAtVersion) {
    LocalAddress local = byAddress.get(address);
    if (local != null) {
      Set<String> others = new HashSet<>(nodes);
      others.remove(self);
      local.learn(others, askedAtVersion);
    }
  }

  void announced(Address address, String node) {
    LocalAddress local = byAddress.get(address);
    if (local != null && !node.equals(self)) {
      local.announced(node);
    }
  }

  void gone(Address address, String node) {
    LocalAddress local = byAddress.get(address);
    if (local != null) {
      local.gone(node);
    }
  }

  /** The number of the last change of an address's members here; 0 if there are none. */
  long membersVersion(Address address) {
    if (address.kind() == Address.Kind.EVERYONE) {
      return lastVersion.get();
    }
    LocalAddress local = byAddress.get(address);
    return local == null ? 0 : local.membersVersion;
  }

  // ---- the last step

  /**
   * Gives a message to the connections it is for. The answer comes once, on any thread, possibly
   * inside this call.
   */
  void deliver(Envelope envelope, Consumer<LocalResult> whenDone) {
    if (envelope.attempt() == 0) {
      deliverCopy(envelope, whenDone);
    } else {
      secondCopies.deliver(envelope, whenDone, this::deliverCopy);
    }
  }

  private void deliverCopy(Envelope envelope, Consumer<LocalResult> whenDone) {
    if (envelope.expiresAtMillis() <= clusterMillis.getAsLong()) {
      whenDone.accept(LocalResult.failed(Cause.EXPIRED));
      return;
    }
    Collection<ClientConnection> members = members(envelope.to());
    if (members.isEmpty()) {
      whenDone.accept(LocalResult.failed(Cause.ABSENT));
    } else if (envelope.action() == Envelope.Action.DISCONNECT) {
      whenDone.accept(disconnect(envelope, members));
    } else if (envelope.action() == Envelope.Action.REQUEST) {
      requests.deliver(
          envelope,
          members.stream().filter(connection -> isFor(envelope, connection)).toList(),
          ALL_LANES_NANOS,
          clusterMillis.getAsLong(),
          whenDone);
    } else {
      write(envelope, members, traces.following(envelope, whenDone));
    }
  }

  /** Whether a message to a group is for none of its members here: its sender is the only one. */
  boolean isForNobodyElseHere(Envelope envelope) {
    return envelope.to().kind() == Address.Kind.GROUP
        && envelope.exceptConnection() != null
        && members(envelope.to()).stream().noneMatch(connection -> isFor(envelope, connection));
  }

  /** A live view. */
  Collection<ClientConnection> members(Address address) {
    if (address.kind() == Address.Kind.EVERYONE) {
      return byId.values();
    }
    LocalAddress local = byAddress.get(address);
    return local == null ? Set.of() : local.members;
  }

  private void write(
      Envelope envelope, Collection<ClientConnection> members, Consumer<LocalResult> whenDone) {
    String text;
    try {
      text = protocol.message(envelope.from(), envelope.to(), envelope.payload());
    } catch (RuntimeException e) {
      // It may be the application's own. No other node would fare better.
      errors.onError("the client protocol threw", e);
      whenDone.accept(LocalResult.written(0));
      return;
    }
    long utf8Bytes = Utf8.length(text);
    LocalDelivery delivery = new LocalDelivery(runtime, partialWaitNanos(envelope), whenDone);
    boolean forSome = false;
    for (ClientConnection connection : members) {
      if (isFor(envelope, connection)) {
        forSome = true;
        delivery.offerTo(receipt -> connection.offer(text, utf8Bytes, receipt));
      }
    }
    if (!forSome) {
      // The only one here is the sender.
      whenDone.accept(LocalResult.written(0));
    } else {
      cork.run(delivery::allOffered);
    }
  }

  /**
   * Half as long for one of several nodes: the origin waits no longer than this for all of them, so
   * an answer that took as long would come too late to be counted.
   */
  private long partialWaitNanos(Envelope envelope) {
    return envelope.sentTo().size() > 1 ? partialWaitNanos / 2 : partialWaitNanos;
  }

  /**
   * Runs something, possibly inside this call, once all messages that wait for connections of an
   * address are written or sent back.
   */
  void afterWaiting(Address address, Runnable action) {
    AtomicInteger open = new AtomicInteger(1);
    Runnable passed =
        () -> {
          if (open.decrementAndGet() == 0) {
            action.run();
          }
        };
    for (ClientConnection connection : members(address)) {
      open.incrementAndGet();
      connection.afterWaiting(passed);
    }
    passed.run();
  }

  private static LocalResult disconnect(Envelope envelope, Collection<ClientConnection> members) {
    DisconnectOrder order = DisconnectOrder.parse(envelope.payload());
    int closed = 0;
    for (ClientConnection connection : members) {
      if (isFor(envelope, connection)) {
        connection.close(order.code(), order.reason());
        closed++;
      }
    }
    // A connection never moves: the one that was meant is nowhere else, either.
    return closed > 0 || envelope.onlyConnection() != null
        ? LocalResult.written(closed)
        : LocalResult.failed(Cause.ABSENT);
  }

  private static boolean isFor(Envelope envelope, ClientConnection connection) {
    String only = envelope.onlyConnection();
    return only == null
        ? !connection.id().equals(envelope.exceptConnection())
        : only.equals(connection.id());
  }

  /**
   * The payload of a DISCONNECT.
   *
   * @param code the close code
   * @param reason a text for the client
   */
  record DisconnectOrder(int code, String reason) {
    String payload() {
      return code + " " + reason;
    }

    static DisconnectOrder parse(String payload) {
      int space = payload.indexOf(' ');
      try {
        return new DisconnectOrder(
            CloseCode.check(Integer.parseInt(payload.substring(0, Math.max(0, space)))),
            payload.substring(space + 1));
      } catch (IllegalArgumentException e) {
        return new DisconnectOrder(CloseCode.DISCONNECTED, "");
      }
    }
  }
}
