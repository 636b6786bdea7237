package org.distributedsockets;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.distributedsockets.engine.NodeFactory;
import org.distributedsockets.engine.NodeParts;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.protocol.ClientProtocol;
import org.distributedsockets.protocol.JsonClientProtocol;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.MessageTracing;
import org.distributedsockets.spi.RegistryException;
import org.distributedsockets.spi.RouterProvider;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link SocketNode} together. Not thread-safe. Everything has a default but the
 * authenticator, without which no handshake is let in.
 */
public final class SocketNodeBuilder {
  private static final System.Logger LOGGER = System.getLogger(SocketNode.class.getName());

  private Settings settings = Settings.defaults();
  private @Nullable String nodeId;
  private Authenticator authenticator =
      handshake -> new Authenticator.Refused(403, "no authenticator");
  private MessageListener messageListener = ClientMessage::forward;
  private ConnectionListener connectionListener = new ConnectionListener() {};
  private UndeliverableHook undeliverableHook = (message, outcome) -> {};
  private ErrorListener errorListener = SocketNodeBuilder::log;
  private MetricsListener metricsListener = MetricsListener.NONE;
  private MessageTracing messageTracing = MessageTracing.NONE;
  private ClientProtocol protocol = new JsonClientProtocol();
  private @Nullable ConnectionRegistryProvider registry;
  private @Nullable MessageBusProvider bus;
  private @Nullable RouterProvider router;
  private @Nullable Executor callbackExecutor;
  private AccessPolicy accessPolicy = new AccessPolicy() {};
  private @Nullable RequestListener requestListener;
  private boolean takesConnections = true;

  /** Begins with the defaults; see {@link SocketNode#builder}. */
  SocketNodeBuilder() {}

  /**
   * A backend that is away is one line; what nobody foresaw is told with its class and its stack.
   */
  private static void log(String what, @Nullable Throwable cause) {
    if (cause == null) {
      LOGGER.log(System.Logger.Level.WARNING, what);
    } else if (cause instanceof RegistryException
        || cause instanceof BusException
        || cause instanceof TimeoutException) {
      String message = cause.getMessage();
      LOGGER.log(
          System.Logger.Level.WARNING,
          what + ": " + (message == null ? cause.getClass().getSimpleName() : message));
    } else {
      LOGGER.log(System.Logger.Level.WARNING, what, cause);
    }
  }

  /**
   * Names the node in the cluster; wins over {@link NodeSettings#NODE_ID}. Default: the host name.
   *
   * @param id {@code [A-Za-z0-9._-]{1,64}}
   * @return this builder
   * @throws IllegalArgumentException if the id breaks its form
   */
  public SocketNodeBuilder nodeId(String id) {
    this.nodeId = org.distributedsockets.spi.NodeIdentity.checkNodeId(id);
    return this;
  }

  /**
   * Sets all settings at once.
   *
   * @param newSettings the settings
   * @return this builder
   */
  public SocketNodeBuilder settings(Settings newSettings) {
    this.settings = Objects.requireNonNull(newSettings, "settings");
    return this;
  }

  /**
   * Says who decides whose a handshake is.
   *
   * @param newAuthenticator the authenticator
   * @return this builder
   */
  public SocketNodeBuilder authenticator(Authenticator newAuthenticator) {
    this.authenticator = Objects.requireNonNull(newAuthenticator, "authenticator");
    return this;
  }

  /**
   * Says who stands between clients and the cluster. Default: nobody.
   *
   * @param listener the listener
   * @return this builder
   */
  public SocketNodeBuilder messageListener(MessageListener listener) {
    this.messageListener = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Says who hears of connections that come and go.
   *
   * @param listener the listener
   * @return this builder
   */
  public SocketNodeBuilder connectionListener(ConnectionListener listener) {
    this.connectionListener = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Says what clients may join, send and watch. Default: what {@link AccessPolicy} does unless
   * overridden.
   *
   * @param policy the policy
   * @return this builder
   */
  public SocketNodeBuilder accessPolicy(AccessPolicy policy) {
    this.accessPolicy = Objects.requireNonNull(policy, "policy");
    return this;
  }

  /**
   * Says who answers requests in the place of connections that cannot. Default: nobody.
   *
   * @param listener the listener
   * @return this builder
   */
  public SocketNodeBuilder requestListener(RequestListener listener) {
    this.requestListener = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Makes a node for a process that hosts no sockets: it sends, asks, watches and disconnects as
   * any other and has a queue of its own for what it is answered, but refuses handshakes with 503
   * and {@link SocketNode#attach} with {@link IllegalStateException}. Needs no authenticator.
   *
   * @return this builder
   */
  public SocketNodeBuilder withoutConnections() {
    this.takesConnections = false;
    return this;
  }

  /**
   * Says who takes care of messages that found nobody.
   *
   * @param hook the hook
   * @return this builder
   */
  public SocketNodeBuilder undeliverableHook(UndeliverableHook hook) {
    this.undeliverableHook = Objects.requireNonNull(hook, "hook");
    return this;
  }

  /**
   * Says who hears of failures in the background. Default: a {@link System.Logger} named after
   * {@link SocketNode}.
   *
   * @param listener the listener
   * @return this builder
   */
  public SocketNodeBuilder errorListener(ErrorListener listener) {
    this.errorListener = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Says who hears what is counted.
   *
   * @param listener the listener
   * @return this builder
   */
  public SocketNodeBuilder metrics(MetricsListener listener) {
    this.metricsListener = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Says who follows messages from node to node. Default: nobody, and nothing travels with them.
   *
   * @param tracing who
   * @return this builder
   */
  public SocketNodeBuilder tracing(MessageTracing tracing) {
    this.messageTracing = Objects.requireNonNull(tracing, "tracing");
    return this;
  }

  /**
   * Replaces the client protocol. Default: {@link JsonClientProtocol}.
   *
   * @param newProtocol the protocol
   * @return this builder
   */
  public SocketNodeBuilder protocol(ClientProtocol newProtocol) {
    this.protocol = Objects.requireNonNull(newProtocol, "protocol");
    return this;
  }

  /**
   * Gives the registry; wins over {@link NodeSettings#REGISTRY} and over what is on the class path.
   *
   * @param provider makes the registry
   * @return this builder
   */
  public SocketNodeBuilder registry(ConnectionRegistryProvider provider) {
    this.registry = Objects.requireNonNull(provider, "provider");
    return this;
  }

  /**
   * Gives the bus; wins over {@link NodeSettings#BUS} and over what is on the class path.
   *
   * @param provider makes the bus
   * @return this builder
   */
  public SocketNodeBuilder bus(MessageBusProvider provider) {
    this.bus = Objects.requireNonNull(provider, "provider");
    return this;
  }

  /**
   * Gives the router; wins over {@link NodeSettings#ROUTER}.
   *
   * @param provider makes the router
   * @return this builder
   */
  public SocketNodeBuilder router(RouterProvider provider) {
    this.router = Objects.requireNonNull(provider, "provider");
    return this;
  }

  /**
   * Says where the application's code runs: listeners, hooks, dependents of stages. Default: four
   * threads of the node's own. It stays the application's: the node does not shut it down.
   *
   * <p>One that runs tasks inside the call ({@code Runnable::run}), or rejects them, lets that code
   * run on threads of the node, a container or a driver: no lock is held then, but the code must
   * not block.
   *
   * @param executor the executor
   * @return this builder
   */
  public SocketNodeBuilder callbackExecutor(Executor executor) {
    this.callbackExecutor = Objects.requireNonNull(executor, "executor");
    return this;
  }

  /**
   * Puts the node together. It does nothing yet.
   *
   * @return a node to be started
   * @throws IllegalStateException if a registry, bus or router has to be chosen and it is not clear
   *     which
   * @throws IllegalArgumentException if the node id is the host name, and that is no valid id
   */
  public SocketNode build() {
    return NodeFactory.create(
        new NodeParts(
            nodeId,
            settings,
            authenticator,
            messageListener,
            connectionListener,
            undeliverableHook,
            errorListener,
            metricsListener,
            messageTracing,
            protocol,
            registry,
            bus,
            router,
            callbackExecutor,
            accessPolicy,
            requestListener,
            takesConnections));
  }
}
