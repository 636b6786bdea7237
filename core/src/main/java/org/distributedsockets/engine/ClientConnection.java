package org.distributedsockets.engine;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.Authenticator;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Connection;
import org.distributedsockets.ConnectionListener;
import org.distributedsockets.LaneOverflow;
import org.distributedsockets.engine.ClientServices.ClientLimits;
import org.distributedsockets.engine.Registrar.Registered;
import org.distributedsockets.engine.wire.Item.Held;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.protocol.ClientProtocol;
import org.distributedsockets.protocol.ExtendedProtocol;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One client: from admission over the open session to the end, whatever ends it first. Can be
 * written to from admission on; what is written before the handshake is complete waits in its lane.
 * Thread-safe.
 */
final class ClientConnection implements Connection, ClientSession, Lane.Owner {
  /** How long a client may take for what waits for it when its node drains. */
  private static final long FLUSH_NANOS = 3_000_000_000L;

  private static final long HANDSHAKE_NANOS = 10_000_000_000L;

  private final String id;
  private final Address address;
  private final Instant since;
  private final boolean attached;

  /** Null if nobody knows it, or it does not count. */
  private final @Nullable String clientAddress;

  private final ClientServices services;
  private final Lane lane;
  private final InboundFrames frames;
  private final @Nullable ExtendedClient extended;
  private final OrderedCalls listenerCalls = new OrderedCalls();
  private final long admittedNanos;

  /** Written under "this". */
  private volatile Authenticator.Accepted credentials;

  private volatile @Nullable WebSocketChannel channel;
  private volatile long lastInboundNanos;
  private volatile long pingedNanos;
  private volatile boolean pongDue;

  /** Written under "this". Read before each frame: what arrives after the end is not done. */
  private volatile boolean ended;

  // Guarded by "this". Groups stay null for the many connections that join none.
  private @Nullable Set<String> groups;
  private boolean unregistered;
  private int closeCode = CloseCode.GOING_AWAY;
  private String closeReason = "";

  ClientConnection(
      String id,
      Instant since,
      Authenticator.Accepted credentials,
      boolean attached,
      @Nullable String clientAddress,
      @Nullable ExtendedProtocol protocol,
      ClientServices services) {
    this.id = id;
    this.address = Address.user(credentials.user());
    this.since = since;
    this.credentials = credentials;
    this.attached = attached;
    this.clientAddress = clientAddress;
    this.services = services;
    this.lane =
        new Lane(
            services.limits().laneBytes(),
            services.budget(),
            services.cork(),
            services.runtime(),
            this);
    this.frames = new InboundFrames(this, services);
    this.extended = protocol == null ? null : new ExtendedClient(this, services, protocol);
    this.admittedNanos = services.runtime().nanoTime();
    this.lastInboundNanos = admittedNanos;
  }

  // ---- Connection

  @Override
  public String id() {
    return id;
  }

  @Override
  public String user() {
    return address.name();
  }

  @Override
  public Instant since() {
    return since;
  }

  @Override
  public Map<String, String> metadata() {
    return credentials.metadata();
  }

  @Override
  public Optional<Instant> expiresAt() {
    return Optional.ofNullable(credentials.expiresAt());
  }

  @Override
  public void replaceCredentials(Authenticator.Accepted newer) {
    if (!newer.user().equals(user())) {
      throw new IllegalArgumentException("the credentials are another user's");
    }
    synchronized (this) {
      boolean sameMetadata = newer.metadata().equals(metadata());
      credentials = newer;
      // Under the lock, so that a removal comes last.
      if (!sameMetadata && !unregistered) {
        services.local().registerAgain(this);
      }
    }
  }

  @Override
  public synchronized Set<String> groups() {
    return groups == null ? Set.of() : Set.copyOf(groups);
  }

  @Override
  public CompletionStage<Void> join(String group) {
    return joinGroup(group).thenApply(registered -> null);
  }

  @Override
  public CompletionStage<Void> leave(String group) {
    return leaveGroup(group).thenApply(registered -> null);
  }

  @Override
  public void close(int code, String reason) {
    CloseCode.check(code);
    end(code, CloseReason.cut(Objects.requireNonNull(reason, "reason")), true);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  /** By id, so that sets of connections have the same order in each run of a simulation. */
  @Override
  public int hashCode() {
    return id.hashCode();
  }

  // ---- for the rest of the node

  Address address() {
    return address;
  }

  @Nullable String clientAddress() {
    return clientAddress;
  }

  /** What it speaks besides; null if that is nothing. */
  @Nullable ExtendedClient extended() {
    return extended;
  }

  ClientProtocol protocol() {
    return extended == null ? services.protocol() : extended.protocol();
  }

  /** Says hello if that is due. Called before anybody else may write to it. */
  void greet() {
    if (extended != null) {
      answer(extended.hello());
    }
  }

  Held held() {
    return new Held(user(), id, since.toEpochMilli(), MetadataText.format(metadata()));
  }

  Registration registration() {
    return new Registration(address, id, since.toEpochMilli(), MetadataText.format(metadata()));
  }

  boolean isMember(String group) {
    synchronized (this) {
      return groups != null && groups.contains(group);
    }
  }

  /** Whether one more membership, asked for by the client, is within its limit. */
  synchronized boolean mayJoin(String group) {
    int most = services.limits().maxGroups();
    return most == 0 || groups == null || groups.size() < most || groups.contains(group);
  }

  CompletableFuture<Registered> joinGroup(String group) {
    Address.group(group);
    CompletableFuture<Registered> done;
    synchronized (this) {
      if (unregistered) {
        return CompletableFuture.failedFuture(new IllegalStateException("the connection ended"));
      }
      if (groups == null) {
        groups = ConcurrentHashMap.newKeySet(2);
      }
      if (groups.add(group)) {
        tellNext(listener -> listener.onJoined(this, group));
      }
      done = services.local().join(this, group);
    }
    tell();
    return done;
  }

  CompletableFuture<Registered> leaveGroup(String group) {
    Address address = Address.group(group);
    CompletableFuture<Registered> done;
    synchronized (this) {
      if (groups == null || !groups.remove(group)) {
        return CompletableFuture.completedFuture(Registered.DONE);
      }
      tellNext(listener -> listener.onLeft(this, group));
      done = services.local().leave(this, group);
    }
    tell();
    if (extended != null) {
      extended.unwatch(address);
    }
    return done;
  }

  /** Gives the client a message; the receipt hears of it only if the answer is TAKEN. */
  Lane.Offer offer(String text, long utf8Bytes, Lane.Receipt receipt) {
    Lane.Offer offer = counted(lane.offer(text, utf8Bytes, receipt));
    if (offer == Lane.Offer.LANE_FULL && services.limits().overflow() == LaneOverflow.CLOSE) {
      tooSlow("lane full");
      return Lane.Offer.CLOSED;
    }
    return offer;
  }

  /** Runs something once all that waits for the client is written, or will not be. */
  void afterWaiting(Runnable action) {
    lane.afterWaiting(action);
  }

  /**
   * Answers the client, or ends it: it asked faster than it reads, or there is no room left even
   * for answers.
   */
  void answer(String text) {
    Lane.Offer offer = counted(lane.offer(text));
    if (offer == Lane.Offer.LANE_FULL) {
      tooSlow("lane full");
    } else if (offer == Lane.Offer.NODE_BUSY) {
      tooSlow("node busy");
    }
  }

  private Lane.Offer counted(Lane.Offer offer) {
    if (offer == Lane.Offer.LANE_FULL || offer == Lane.Offer.NODE_BUSY) {
      services.metrics().count(Counter.LANE_OVERFLOWS, 1);
    }
    return offer;
  }

  /** Lets the client go in good order: what waits is written first. */
  void drain(String reason) {
    synchronized (this) {
      if (ended) {
        return;
      }
      services.local().leaving(this);
    }
    unregister();
    Runnable end = () -> end(CloseCode.GOING_AWAY, reason, true);
    lane.closeWhenEmpty(end);
    services.runtime().timers().schedule(FLUSH_NANOS, end);
  }

  /** Looks whether the client is still there; called every second or so. */
  void tick(long nowNanos, Instant now) {
    WebSocketChannel open = channel;
    ClientLimits limits = services.limits();
    if (open == null) {
      if (nowNanos - admittedNanos > HANDSHAKE_NANOS) {
        end(CloseCode.ABNORMAL_CLOSURE, "", false);
      }
    } else if (hasExpired(now)) {
      services.metrics().count(Counter.CLIENTS_EXPIRED, 1);
      end(CloseCode.POLICY_VIOLATION, CloseCode.EXPIRED_REASON, true);
    } else if (lane.stalled(nowNanos, limits.sendDeadlineNanos())) {
      tooSlow("too slow");
    } else if (attached && !open.isOpen()) {
      end(CloseCode.ABNORMAL_CLOSURE, "", false);
    } else if (pongDue
        && lastInboundNanos - pingedNanos < 0
        && nowNanos - pingedNanos > limits.pongNanos()) {
      services.metrics().count(Counter.CLIENTS_UNRESPONSIVE, 1);
      end(CloseCode.UNRESPONSIVE, "no pong", true);
    } else if (nowNanos - lastInboundNanos > limits.pingNanos()
        && !(pongDue && nowNanos - pingedNanos <= limits.pingNanos())) {
      pingedNanos = nowNanos;
      pongDue = lane.ping();
    }
  }

  private boolean hasExpired(Instant now) {
    Instant expiresAt = credentials.expiresAt();
    return expiresAt != null && !now.isBefore(expiresAt);
  }

  private void tooSlow(String reason) {
    services.metrics().count(Counter.CLIENTS_TOO_SLOW, 1);
    end(CloseCode.TOO_SLOW, reason, true);
  }

  // ---- ClientSession

  @Override
  public Connection connection() {
    return this;
  }

  @Override
  public void opened(WebSocketChannel opened) {
    boolean late;
    synchronized (this) {
      late = ended;
      if (!late) {
        channel = opened;
        tellNext(listener -> listener.onConnected(this));
        groups().forEach(group -> tellNext(listener -> listener.onJoined(this, group)));
      }
    }
    if (late) {
      closeLater(opened);
      return;
    }
    tell();
    services.metrics().count(Counter.CONNECTIONS_OPENED, 1);
    heard();
    lane.open(opened);
  }

  @Override
  public void text(String part, boolean last) {
    if (!ended) {
      heard();
      frames.text(part, last);
    }
  }

  @Override
  public void binary() {
    if (!ended) {
      heard();
      frames.binary();
    }
  }

  @Override
  public void pong() {
    if (!ended) {
      heard();
    }
  }

  private void heard() {
    lastInboundNanos = services.runtime().nanoTime();
    pongDue = false;
  }

  @Override
  public void closed(int code) {
    end(code, "", false);
  }

  @Override
  public void onWritten() {
    services.metrics().count(Counter.FRAMES_OUT, 1);
  }

  /** Out of the maps, so that what comes back finds it gone. */
  @Override
  public void onSendFailing() {
    unregister();
  }

  @Override
  public void onSendFailed(Throwable failure) {
    end(CloseCode.ABNORMAL_CLOSURE, "", true);
  }

  // ---- the end

  private void unregister() {
    synchronized (this) {
      if (unregistered) {
        return;
      }
      unregistered = true;
    }
    services.local().remove(this);
  }

  /**
   * The one end of every connection, with a reason that fits into a close frame. Out of the maps
   * first, so that what its lane sends back finds it gone.
   */
  private void end(int code, String reason, boolean closeChannel) {
    WebSocketChannel toClose;
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      if (code != CloseCode.ABNORMAL_CLOSURE) {
        closeCode = code;
        closeReason = reason;
      }
      // Under the lock: if the session is just opening, either its end or this one closes it.
      toClose = channel;
    }
    unregister();
    lane.close();
    if (clientAddress != null) {
      services.shared().leave(clientAddress);
    }
    if (extended != null) {
      extended.end();
    }
    synchronized (this) {
      groups().forEach(group -> tellNext(listener -> listener.onLeft(this, group)));
      groups = null;
      tellNext(listener -> listener.onDisconnected(this, code));
    }
    tell();
    if (toClose != null) {
      services.metrics().count(Counter.CONNECTIONS_CLOSED, 1);
      if (closeChannel) {
        closeLater(toClose);
      }
    }
    services.local().left(this);
  }

  /** With the code and the reason of the end, on a thread that a container may hold up. */
  private void closeLater(WebSocketChannel open) {
    int code;
    String reason;
    synchronized (this) {
      code = closeCode;
      reason = closeReason;
    }
    services.runtime().sockets().execute(() -> open.close(code, reason));
  }

  /** Guarded by "this". Before the opening nothing is told; the opening tells of what is then. */
  private void tellNext(Consumer<ConnectionListener> event) {
    if (channel != null) {
      listenerCalls.add(() -> tell(event));
    }
  }

  /** Holds no lock, so that the application's code does no harm wherever it runs. */
  private void tell() {
    listenerCalls.runOn(services.runtime().callbacks());
  }

  private void tell(Consumer<ConnectionListener> event) {
    try {
      event.accept(services.connections());
    } catch (Throwable e) {
      services.errors().onError("a connection listener threw", e);
    }
  }
}
