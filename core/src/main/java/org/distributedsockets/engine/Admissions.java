package org.distributedsockets.engine;

import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
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
  private final OriginRule origins;
  private final Authenticator authenticator;
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
    this.maxConnections = settings.get(NodeSettings.MAX_CONNECTIONS);
    this.registrationWaitNanos = settings.get(NodeSettings.REGISTRATION_WAIT).toNanos();
    this.services = services;
    this.clusterMillis = clusterMillis;
    this.whyNobody = whyNobody;
    int rate = settings.get(NodeSettings.HANDSHAKE_RATE);
    this.handshakes =
        rate == 0
            ? TokenBucket.unlimited()
            : new TokenBucket(rate, rate, services.runtime().nanoTime());
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
    if (!takeHandshake()) {
      return new Admission.Refused(429, "too many handshakes", 1);
    }
    if (maxConnections > 0 && services.local().count() >= maxConnections) {
      return new Admission.Refused(503, "too many connections", 5);
    }
    Authenticator.Result result;
    try {
      result = authenticator.authenticate(handshake);
    } catch (RuntimeException e) {
      services.errors().onError("the authenticator threw", e);
      return new Admission.Refused(500, "could not authenticate", 0);
    }
    return decide(handshake, result);
  }

  private static Admission nobody(String why) {
    return new Admission.Refused(503, why, 1);
  }

  private synchronized boolean takeHandshake() {
    return handshakes.tryTake(1, services.runtime().nanoTime());
  }

  private Admission decide(Handshake handshake, Authenticator.@Nullable Result result) {
    if (result instanceof Authenticator.Refused refused) {
      return new Admission.Refused(refused.status(), refused.message(), 0);
    }
    if (!(result instanceof Authenticator.Accepted accepted)) {
      services.errors().onError("the authenticator returned null", null);
      return new Admission.Refused(500, "could not authenticate", 0);
    }
    Address user;
    try {
      user = Address.user(accepted.user());
    } catch (IllegalArgumentException e) {
      return new Admission.Refused(400, String.valueOf(e.getMessage()), 0);
    }
    return register(
        newConnection(user, accepted.metadata(), accepted.expiresAt(), false, askedFor(handshake)));
  }

  /** RFC 6455 section 4.2.1: the client names what it speaks; one name is agreed on, or none. */
  private @Nullable ExtendedProtocol askedFor(Handshake handshake) {
    return services
        .protocol()
        .extended()
        .filter(
            extended ->
                handshake.headers("Sec-WebSocket-Protocol").stream()
                    .flatMap(value -> Arrays.stream(value.split(",")))
                    .anyMatch(name -> name.trim().equals(extended.subprotocol())))
        .orElse(null);
  }

  ClientConnection newConnection(
      Address user,
      Map<String, String> metadata,
      @Nullable Instant expiresAt,
      boolean attached,
      @Nullable ExtendedProtocol protocol) {
    LongSupplier random = services.runtime().random();
    String id = String.format("%016x%016x", random.getAsLong(), random.getAsLong());
    Instant since = Instant.ofEpochMilli(clusterMillis.getAsLong());
    ClientConnection connection =
        new ClientConnection(id, user, since, metadata, expiresAt, attached, protocol, services);
    connection.greet();
    return connection;
  }

  private Admission register(ClientConnection connection) {
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
    return new Admission.Admitted(connection);
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
