package org.distributedsockets.engine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.AccessPolicy;
import org.distributedsockets.Address;
import org.distributedsockets.Authenticator;
import org.distributedsockets.ClientMessage;
import org.distributedsockets.Connection;
import org.distributedsockets.ConnectionListener;
import org.distributedsockets.LaneOverflow;
import org.distributedsockets.MessageListener;
import org.distributedsockets.Outcome;
import org.distributedsockets.PresenceListener;
import org.distributedsockets.RequestListener;
import org.distributedsockets.SendOptions;
import org.distributedsockets.Settings;
import org.distributedsockets.engine.ClientServices.ClientLimits;
import org.distributedsockets.protocol.ClientProtocol;
import org.distributedsockets.protocol.JsonClientProtocol;
import org.distributedsockets.spi.MessageTracing;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.jspecify.annotations.Nullable;

/**
 * What a test of clients needs around them: a node n1 with nothing but its connections, a scripted
 * registry and manual time. Set the fields before the first connection is made.
 */
final class Clients {
  static final ClientLimits LIMITS =
      new ClientLimits(
          100, 0, 0, 0, 2, 2, 1_000, LaneOverflow.CLOSE, seconds(10), seconds(25), seconds(10));

  final ManualRuntime manual = new ManualRuntime();
  final ScriptedRegistry registry = new ScriptedRegistry();
  final RecordingErrors errors = new RecordingErrors();
  final List<Registration> limitedLate = new ArrayList<>();

  /** What the application's connection listener was told, such as {@code c1 connected}. */
  final List<String> listened = new ArrayList<>();

  /** What was sent on in a client's name. */
  final List<Sent> sent = new ArrayList<>();

  /** What was sent to other nodes. */
  final List<String> toNodes = new ArrayList<>();

  /** Addresses whose connections here changed. */
  final List<Address> changed = new ArrayList<>();

  /** Who is told of whom, such as {@code [Address[kind=USER, name=bob]]}. */
  final Map<String, PresenceListener> listeners = new LinkedHashMap<>();

  /** Answers of clients, such as {@code n2 0000000000000001-1 true}. */
  final List<String> answered = new ArrayList<>();

  boolean answersAreTaken = true;
  AccessPolicy access = new AccessPolicy() {};
  @Nullable RequestListener requests;

  /** Whether the connections to come speak the subprotocol. */
  boolean subprotocol;

  CountingMetrics metrics = new CountingMetrics();
  NodeRuntime runtime = manual.runtime();
  ClientLimits limits = LIMITS;
  SharedLimits shared = new SharedLimits(Settings.defaults());

  /** Where connections come from that a test makes itself. */
  @Nullable String clientAddress;

  MessageListener messages = ClientMessage::forward;
  ClientProtocol protocol = new JsonClientProtocol();
  Lane.Budget budget = new Lane.Budget(1 << 20, () -> false);
  ConnectionListener connections =
      new ConnectionListener() {
        @Override
        public void onConnected(Connection connection) {
          listened.add(connection.id() + " connected");
        }

        @Override
        public void onDisconnected(Connection connection, int code) {
          listened.add(connection.id() + " disconnected " + code);
        }

        @Override
        public void onJoined(Connection connection, String group) {
          listened.add(connection.id() + " joined " + group);
        }

        @Override
        public void onLeft(Connection connection, String group) {
          listened.add(connection.id() + " left " + group);
        }
      };

  private @Nullable ClientServices services;
  private @Nullable LocalConnections local;

  record Sent(
      Address to, String payload, SendOptions options, CompletableFuture<Outcome> outcome) {}

  static long seconds(long seconds) {
    return seconds * 1_000_000_000L;
  }

  LocalConnections local() {
    if (local == null) {
      NodeIdentity self = NodeIdentity.of("n1", 7);
      Registrar registrar =
          new Registrar(
              registry,
              () -> self,
              RegistrationLimit.NONE,
              runtime,
              metrics,
              errors,
              address -> local().version(address),
              new RegistrarEvents());
      local =
          new LocalConnections(
              "n1",
              registrar,
              protocol,
              new Traces(MessageTracing.NONE, errors),
              runtime,
              300_000_000L,
              () -> 1_000,
              errors,
              new RequestDelivery(
                  requests,
                  protocol::checkPayload,
                  (node, item) -> toNodes.add(node + " " + item),
                  runtime,
                  errors),
              new Cork(),
              changed::add);
    }
    return local;
  }

  private final class RegistrarEvents implements Registrar.Listener {
    @Override
    public void onRegistered(Registration registration, RegisterAnswer answer, int askedAtVersion) {
      if (registration.address().kind() == Address.Kind.USER) {
        local().learnOtherNodes(registration.address(), answer.otherNodes(), askedAtVersion);
      }
    }

    @Override
    public void onLimited(Registration registration) {
      limitedLate.add(registration);
    }

    @Override
    public void onRemovalsForgotten() {}

    @Override
    public void onComplete() {}
  }

  ClientServices services() {
    if (services == null) {
      services =
          new ClientServices(
              limits,
              shared,
              new JsonClientProtocol(),
              messages,
              connections,
              errors,
              metrics,
              runtime,
              budget,
              new Cork(),
              local(),
              (to, payload, options) -> {
                Sent message = new Sent(to, payload, options, new CompletableFuture<>());
                sent.add(message);
                return message.outcome;
              },
              access,
              (addresses, listener) -> {
                String watch = addresses.toString();
                listeners.put(watch, listener);
                return () -> listeners.remove(watch);
              },
              (origin, request, payload) -> {
                answered.add(origin + " " + request + " " + payload);
                return answersAreTaken;
              });
    }
    return services;
  }

  /** A connection that the node does not know yet. */
  ClientConnection connection(
      String id, String user, @Nullable Instant expiresAt, boolean attached) {
    return new ClientConnection(
        id,
        Instant.ofEpochMilli(1_000),
        new Authenticator.Accepted(user, Map.of(), expiresAt),
        attached,
        clientAddress,
        subprotocol ? protocol.extended().orElseThrow() : null,
        services());
  }

  /** A connection in its handshake. */
  ClientConnection admitted(String id, String user) {
    ClientConnection connection = connection(id, user, null, false);
    registering(local().add(connection));
    return connection;
  }

  private static void registering(CompletableFuture<?> registered) {
    if (registered.isCompletedExceptionally()) {
      throw new AssertionError("the registrar's futures do not fail");
    }
  }

  /** An open connection. */
  ClientConnection open(String id, String user, ManualChannel channel) {
    ClientConnection connection = admitted(id, user);
    connection.opened(channel);
    manual.runAll();
    return connection;
  }
}
