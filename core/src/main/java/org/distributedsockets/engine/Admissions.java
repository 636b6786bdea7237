package org.distributedsockets.engine;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.distributedsockets.Address;
import org.distributedsockets.Admission;
import org.distributedsockets.Authenticator;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Handshake;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.engine.Registrar.Registered;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.protocol.ExtendedProtocol;
import org.jspecify.annotations.Nullable;

/**
 * Lets handshakes in, or not: state, Origin, limits, authenticator, registration, in this order.
 * Thread-safe.
 */
final class Admissions {
  private static final Admission.Refused NOT_AUTHENTICATED =
      new Admission.Refused(500, "could not authenticate", 0);

  private final OriginRule origins;
  private final Authenticator authenticator;
  private final List<String> subprotocols;
  private final int maxConnections;
  private final long registrationWaitNanos;
  private final ClientServices services;
  private final LongSupplier clusterMillis;
  private final Supplier<@Nullable String> whyNobody;

  // Guarded by "this".
  private final TokenBucket handshakes;

  Admissions(
      Settings settings,
      Authenticator authenticator,
      ClientServices services,
      LongSupplier clusterMillis,
      Supplier<@Nullable String> whyNobody) {
    this.origins = new OriginRule(settings.get(NodeSettings.ALLOWED_ORIGINS));
    this.authenticator = authenticator;
    this.subprotocols = settings.get(NodeSettings.SUBPROTOCOLS);
    this.maxConnections = settings.get(NodeSettings.MAX_CONNECTIONS);
    this.registrationWaitNanos = settings.get(NodeSettings.REGISTRATION_WAIT).toNanos();
    this.services = services;
    this.clusterMillis = clusterMillis;
    this.whyNobody = whyNobody;
    int rate = settings.get(NodeSettings.HANDSHAKE_RATE);
    this.handshakes = TokenBucket.ofRate(rate, rate, services.runtime().nanoTime());
  }

  Admission admit(Handshake handshake) {
    Admission admission = decide(handshake);
    if (admission instanceof Admission.Refused) {
      services.metrics().count(Counter.HANDSHAKES_REFUSED, 1);
    }
    return admission;
  }

  private Admission decide(Handshake handshake) {
    String why = whyNobody.get();
    if (why != null) {
      return nobody(why);
    }
    if (!origins.allows(handshake)) {
      return new Admission.Refused(403, "origin not allowed", 0);
    }
    String address = ClientAddress.of(handshake.remoteAddress());
    // The address first: it must not use up what is for all.
    if (!services.shared().takeHandshakeFrom(address, services.runtime().nanoTime())) {
      return new Admission.Refused(429, "too many handshakes from this address", 1);
    }
    if (!takeHandshake()) {
      return new Admission.Refused(429, "too many handshakes", 1);
    }
    if (maxConnections > 0 && services.local().count() >= maxConnections) {
      return new Admission.Refused(503, "too many connections", 5);
    }
    if (!services.shared().enter(address)) {
      return new Admission.Refused(429, "too many connections from this address", 5);
    }
    return decide(handshake, address);
  }

  /** For an address that was entered: what ends without a connection leaves it again. */
  private Admission decide(Handshake handshake, String address) {
    Authenticator.Result result = authenticate(handshake);
    Admission.Refused refused = whyNot(result);
    if (refused == null && result instanceof Authenticator.Accepted accepted) {
      ExtendedProtocol extended = extended(handshake);
      return register(
          newConnection(accepted, false, address, extended),
          extended == null ? subprotocol(handshake) : extended.subprotocol());
    }
    services.shared().leave(address);
    return Objects.requireNonNullElse(refused, NOT_AUTHENTICATED);
  }

  /** Null, and reported, if the authenticator gives no answer. */
  private Authenticator.@Nullable Result authenticate(Handshake handshake) {
    try {
      Authenticator.Result result = authenticator.authenticate(handshake);
      if (result == null) {
        services.errors().onError("the authenticator returned null", null);
      }
      return result;
    } catch (RuntimeException | Error e) {
      services.errors().onError("the authenticator threw", e);
      return null;
    }
  }

  private static Admission nobody(String why) {
    return new Admission.Refused(503, why, 1);
  }

  private synchronized boolean takeHandshake() {
    return handshakes.tryTake(1, services.runtime().nanoTime());
  }

  private Admission.@Nullable Refused whyNot(Authenticator.@Nullable Result result) {
    if (result instanceof Authenticator.Refused refused) {
      int retryAfterSeconds = refused.status() == 503 ? 5 : 0;
      return new Admission.Refused(refused.status(), refused.message(), retryAfterSeconds);
    }
    if (!(result instanceof Authenticator.Accepted accepted)) {
      return NOT_AUTHENTICATED;
    }
    try {
      Address.user(accepted.user());
    } catch (IllegalArgumentException e) {
      return new Admission.Refused(400, String.valueOf(e.getMessage()), 0);
    }
    return services.shared().takeHandshakeOf(accepted.user(), services.runtime().nanoTime())
        ? null
        : new Admission.Refused(429, "too many handshakes of this user", 1);
  }

  private @Nullable ExtendedProtocol extended(Handshake handshake) {
    return services
        .protocol()
        .extended()
        .filter(extended -> handshake.subprotocols().contains(extended.subprotocol()))
        .orElse(null);
  }

  /** Ours decide the order; what a client offers besides, such as its token, is never answered. */
  private @Nullable String subprotocol(Handshake handshake) {
    List<String> offered = handshake.subprotocols();
    return subprotocols.stream().filter(offered::contains).findFirst().orElse(null);
  }

  ClientConnection newConnection(
      Authenticator.Accepted accepted,
      boolean attached,
      @Nullable String clientAddress,
      @Nullable ExtendedProtocol extended) {
    LongSupplier random = services.runtime().random();
    String id = String.format("%016x%016x", random.getAsLong(), random.getAsLong());
    Instant since = Instant.ofEpochMilli(clusterMillis.getAsLong());
    ClientConnection connection =
        new ClientConnection(id, since, accepted, attached, clientAddress, extended, services);
    connection.greet();
    return connection;
  }

  private Admission register(ClientConnection connection, @Nullable String subprotocol) {
    if (await(services.local().add(connection)) == Registered.LIMITED) {
      connection.closed(CloseCode.ABNORMAL_CLOSURE);
      return new Admission.Refused(429, "too many connections of this user", 5);
    }
    String why = whyNobody.get();
    if (why != null) {
      // Perhaps added too late to be found by whoever sends the clients away.
      connection.closed(CloseCode.ABNORMAL_CLOSURE);
      return nobody(why);
    }
    return new Admission.Admitted(connection, subprotocol);
  }

  /**
   * Waits for the registry, but not long: a connection that could not be registered in time is
   * registered later.
   */
  private Registered await(CompletableFuture<Registered> registered) {
    try {
      services.runtime().waits().await(registered, registrationWaitNanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Unless it was answered; a later refusal then ends the connection.
    registered.complete(Registered.DEFERRED);
    return registered.join();
  }
}
