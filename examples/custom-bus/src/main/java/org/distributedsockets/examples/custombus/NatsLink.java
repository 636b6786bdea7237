package org.distributedsockets.examples.custombus;

import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.JetStreamStatusException;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.PublishAck;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.PublishResult;
import org.distributedsockets.spi.SpiContext;

/**
 * One connection. The driver's own reconnecting is off: it would keep frames and send them later,
 * although their publisher was told that nobody knows what became of them. Thread-safe.
 */
final class NatsLink {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration PING_INTERVAL = Duration.ofSeconds(5);

  /** More is REFUSED. The node's own outbox holds no more than this by default. */
  private static final long MAX_UNANSWERED_BYTES = 64L << 20;

  private static final int NO_RESPONDERS = 503;

  /** Told what happens to a link. */
  interface Observer {
    /** The connection is gone. */
    void lost(NatsLink link);

    /** Nothing is heard of a consumer any more. */
    void silent(JetStreamSubscription subscription);
  }

  private final Connection connection;
  private final JetStreamOptions requests;
  private final long confirmMillis;
  private final AtomicLong unansweredBytes = new AtomicLong();

  private NatsLink(Connection connection, SpiContext context) {
    this.connection = connection;
    this.requests = JetStreamOptions.builder().requestTimeout(context.operationTimeout()).build();
    this.confirmMillis = context.settings().get(NatsSettings.CONFIRM_TIMEOUT).toMillis();
  }

  /**
   * Connects.
   *
   * @throws BusException if no server can be reached or the server refuses
   */
  static NatsLink connect(SpiContext context, NatsThreads threads, Observer observer) {
    CompletableFuture<NatsLink> connected = new CompletableFuture<>();
    Options options =
        options(context, threads)
            .connectionListener(
                (ignored, event) -> {
                  if (event == io.nats.client.ConnectionListener.Events.CLOSED) {
                    CompletionStage<Void> unused = connected.thenAccept(observer::lost);
                  }
                })
            .errorListener(
                new ErrorListener() {
                  @Override
                  public void heartbeatAlarm(
                      Connection ignored, JetStreamSubscription silent, long stream, long own) {
                    observer.silent(silent);
                  }
                })
            .build();
    try {
      NatsLink link = new NatsLink(Nats.connect(options), context);
      connected.complete(link);
      return link;
    } catch (AuthenticationException e) {
      throw new BusException("NATS refused the user or the password", false, e);
    } catch (IOException e) {
      throw new BusException(
          "could not connect to NATS at " + context.settings().get(NatsSettings.ADDRESSES),
          true,
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BusException("interrupted while connecting to NATS", true, e);
    }
  }

  private static Options.Builder options(SpiContext context, NatsThreads threads) {
    Settings settings = context.settings();
    Options.Builder options =
        Options.builder()
            .servers(
                settings.get(NatsSettings.ADDRESSES).stream()
                    .map(address -> "nats://" + address)
                    .toArray(String[]::new))
            .connectionName("distributed-sockets " + context.nodeId())
            .connectionTimeout(CONNECT_TIMEOUT)
            .pingInterval(PING_INTERVAL)
            .noReconnect()
            .reconnectBufferSize(0)
            .maxMessagesInOutgoingQueue(0)
            .requestCleanupInterval(settings.get(NatsSettings.CONFIRM_TIMEOUT))
            .reportNoResponders()
            .dontForceFlushOnRequest()
            .executor(threads.driver)
            .connectExecutor(threads.driver)
            .callbackExecutor(threads.callback)
            .scheduledExecutor(threads.timer);
    settings
        .get(NatsSettings.USER)
        .ifPresent(
            user ->
                options.userInfo(
                    user.toCharArray(),
                    settings.get(NatsSettings.PASSWORD).orElse("").toCharArray()));
    return options;
  }

  long maxFrameBytes() {
    return connection.getMaxPayload();
  }

  Connection connection() {
    return connection;
  }

  JetStream jetStream() throws IOException {
    return connection.jetStream(requests);
  }

  JetStreamManagement management() throws IOException {
    return connection.jetStreamManagement(requests);
  }

  /**
   * A publish is a request to the subject of the node's stream. JetStream answers once the frame is
   * stored; if no stream has the subject, the server itself answers at once that nobody is there.
   */
  CompletionStage<PublishResult> publish(String node, byte[] frame) {
    if (unansweredBytes.addAndGet(frame.length) > MAX_UNANSWERED_BYTES) {
      return refused(frame);
    }
    CompletableFuture<Message> answer;
    try {
      answer = connection.request(NodeStreams.subject(node), frame);
    } catch (IllegalStateException e) {
      // Closed, or about to be: the driver took nothing.
      return refused(frame);
    }
    return answer
        .orTimeout(confirmMillis, TimeUnit.MILLISECONDS)
        .handle(
            (message, failure) -> {
              unansweredBytes.addAndGet(-frame.length);
              return failure == null ? answered(message) : failed(failure);
            });
  }

  private CompletionStage<PublishResult> refused(byte[] frame) {
    unansweredBytes.addAndGet(-frame.length);
    return CompletableFuture.completedFuture(PublishResult.REFUSED);
  }

  private static PublishResult answered(Message answer) {
    try {
      PublishAck unused = new PublishAck(answer);
      return PublishResult.CONFIRMED;
    } catch (JetStreamApiException e) {
      // The stream is full, or its account has no room left: what it complains of it did not store.
      return PublishResult.REFUSED;
    } catch (IOException e) {
      // Somebody answered who is no stream.
      return PublishResult.UNKNOWN;
    }
  }

  private static PublishResult failed(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof JetStreamStatusException status
            && status.getStatus().getCode() == NO_RESPONDERS
        ? PublishResult.UNROUTABLE
        : PublishResult.UNKNOWN;
  }

  /** Ends it. What was not answered is UNKNOWN then. */
  void close() {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
