package org.distributedsockets.rabbitmq;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.SocketConfigurators;
import com.rabbitmq.client.impl.ForgivingExceptionHandler;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.SpiContext;
import org.distributedsockets.spi.Trust;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the broker, trying its addresses in turn. The driver's automatic recovery stays off:
 * it forgets what is not confirmed yet, and hands out channels before confirms are on.
 */
final class Connector {
  /** The most the broker lets through at all; more would end the connection again and again. */
  private static final int MAX_INBOUND_BYTES = 512 << 20;

  /** Room for what may be written without waiting; see {@link Link#bytesWithoutWaiting}. */
  private static final int SEND_BUFFER_BYTES = 512 << 10;

  private static final int MIN_RPC_MILLIS = 5_000;
  private static final int MAX_RPC_MILLIS = 10_000;

  private final String nodeId;
  private final Settings settings;
  private final List<BrokerAddress> addresses;
  private final @Nullable SSLContext tls;
  private final RabbitThreads threads;
  private final ErrorListener errors;
  private final int rpcMillis;

  /** The sockets of connections that are being made. */
  private final Set<Socket> connecting = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  Connector(SpiContext context, RabbitThreads threads) {
    this.nodeId = context.nodeId();
    this.settings = context.settings();
    this.addresses =
        settings.get(RabbitSettings.ADDRESSES).stream().map(BrokerAddress::of).toList();
    this.tls = settings.get(RabbitSettings.TLS) ? tls(settings) : null;
    this.threads = threads;
    this.errors = context.errors();
    this.rpcMillis =
        (int)
            Math.max(
                MIN_RPC_MILLIS, Math.min(MAX_RPC_MILLIS, context.operationTimeout().toMillis()));
  }

  private static SSLContext tls(Settings settings) {
    Optional<KeyStore> trusted =
        Trust.store(settings, RabbitSettings.TRUST_STORE, RabbitSettings.TRUST_STORE_PASSWORD);
    try {
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted.orElse(null));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Connects to the first address that answers.
   *
   * @param role what the connection is for; the broker lists it
   * @throws BusException if none does: retryable unless an address answered that waiting is useless
   */
  Link connect(String role) {
    List<BusException> failures = new ArrayList<>();
    for (BrokerAddress address : addresses) {
      try {
        return connect(role, address);
      } catch (IOException | TimeoutException | RuntimeException e) {
        failures.add(Failures.ofConnecting(address, settings, e));
      }
    }
    BusException worst =
        failures.stream()
            .filter(failure -> !failure.retryable())
            .findFirst()
            .orElse(failures.get(0));
    failures.stream().filter(failure -> failure != worst).forEach(worst::addSuppressed);
    throw worst;
  }

  private Link connect(String role, BrokerAddress address) throws IOException, TimeoutException {
    AtomicReference<@Nullable Socket> socket = new AtomicReference<>();
    ConnectionFactory factory = factory();
    factory.setSocketConfigurator(
        SocketConfigurators.defaultConfigurator()
            .andThen(
                made -> {
                  socket.set(made);
                  connecting.add(made);
                  made.setSendBufferSize(SEND_BUFFER_BYTES);
                  requireOpen();
                }));
    if (tls != null) {
      factory.useSslProtocol(tls);
      factory.enableHostnameVerification();
    }
    try {
      var connection =
          factory.newConnection(
              threads.consume,
              List.of(new Address(address.host(), address.port())),
              "distributed-sockets " + nodeId + " " + role);
      return new Link(connection, Objects.requireNonNull(socket.get(), "the driver's socket"));
    } finally {
      Socket made = socket.get();
      if (made != null) {
        connecting.remove(made);
      }
    }
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException("the bus was closed");
    }
  }

  /** Ends attempts that are under way, and lets none succeed any more. Connections stay. */
  void close() {
    closed = true;
    connecting.forEach(Connector::close);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // The attempt ends anyway, at its own limit.
      return;
    }
  }

  private ConnectionFactory factory() {
    int heartbeatSeconds = (int) settings.get(RabbitSettings.HEARTBEAT).toSeconds();
    int connectMillis = (int) settings.get(RabbitSettings.CONNECT_TIMEOUT).toMillis();
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUsername(settings.get(RabbitSettings.USER));
    factory.setPassword(settings.get(RabbitSettings.PASSWORD).orElse("guest"));
    factory.setVirtualHost(settings.get(RabbitSettings.VHOST));
    factory.setAutomaticRecoveryEnabled(false);
    factory.setTopologyRecoveryEnabled(false);
    factory.setRequestedHeartbeat(heartbeatSeconds);
    factory.setConnectionTimeout(connectMillis);
    factory.setHandshakeTimeout(2 * connectMillis);
    factory.setChannelRpcTimeout(rpcMillis);
    factory.setChannelShouldCheckRpcResponseType(true);
    factory.setWorkPoolTimeout(2_000 * heartbeatSeconds);
    factory.setMaxInboundMessageBodySize(MAX_INBOUND_BYTES);
    factory.setThreadFactory(threads.io());
    factory.setShutdownExecutor(threads.shutdown);
    factory.setExceptionHandler(new ToErrorListener(errors));
    factory.setClientProperties(clientProperties(factory));
    return factory;
  }

  private static Map<String, Object> clientProperties(ConnectionFactory factory) {
    Map<String, Object> properties = new java.util.HashMap<>(factory.getClientProperties());
    properties.put("product", "Distributed Sockets (amqp-client)");
    return properties;
  }

  /** Leaves channels open, and tells what the driver would log. */
  private static final class ToErrorListener extends ForgivingExceptionHandler {
    private final ErrorListener errors;

    ToErrorListener(ErrorListener errors) {
      this.errors = errors;
    }

    @Override
    public void handleUnexpectedConnectionDriverException(
        com.rabbitmq.client.Connection connection, Throwable exception) {
      // The shutdown listeners hear of it.
    }

    @Override
    protected void log(String message, Throwable exception) {
      errors.onError("the driver of RabbitMQ reports a failure", exception);
    }
  }
}
