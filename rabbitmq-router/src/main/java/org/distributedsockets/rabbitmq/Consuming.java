package org.distributedsockets.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.BusNews;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.InboxHeldException;
import org.distributedsockets.spi.SpiContext;
import org.jspecify.annotations.Nullable;

/**
 * The consuming connection and its inboxes. One thread, the control thread, does everything that
 * asks the broker, one thing at a time; callers wait for it within the operation timeout. So each
 * state has one writer, and no request can overtake a loss.
 */
final class Consuming {
  /**
   * For so long a queue found held after a reconnect may be held by our own former connection,
   * whose end the broker has not noticed.
   */
  private static final long OWN_GHOST_NANOS = 500_000_000L;

  private static final long RETRY_MILLIS = 250;
  private static final long CLOSE_MILLIS = 2_000;

  private final Connector connector;
  private final RabbitThreads threads;
  private final RabbitTopology topology;
  private final BusNews news;
  private final SpiContext context;
  private final ErrorListener errors;
  private final int maxFrameBytes;
  private final long operationMillis;
  private final Backoff backoff = new Backoff();

  private volatile @Nullable Link link;
  private volatile boolean closed;

  // The fields below belong to the control thread.
  private final Set<RabbitInbox> inboxes = new LinkedHashSet<>();
  private String toldFailure = "";
  private long connectedNanos;

  /** Asks the broker something. */
  @FunctionalInterface
  interface Request<T> {
    T on(Channel channel) throws IOException;
  }

  Consuming(
      Connector connector,
      RabbitThreads threads,
      BusNews news,
      SpiContext context,
      int maxFrameBytes) {
    this.connector = connector;
    this.threads = threads;
    this.topology = RabbitTopology.of(context.settings());
    this.news = news;
    this.context = context;
    this.errors = context.errors();
    this.maxFrameBytes = maxFrameBytes;
    this.operationMillis = context.operationTimeout().toMillis();
  }

  /**
   * Connects for the first time, on the caller's thread.
   *
   * @throws BusException if it cannot connect
   */
  void start() {
    connected(connector.connect("consume"));
  }

  private void connected(Link opened) {
    link = opened;
    connectedNanos = context.time().nanoTime();
    opened.connection().addShutdownListener(signal -> execute(() -> linkLost(opened)));
  }

  // ---- On any thread.

  Inbox open(String node, InboundHandler handler) {
    RabbitInbox inbox = new RabbitInbox(this, node, true, handler, maxFrameBytes, errors);
    return opening(
        inbox,
        "open the queue of node " + node,
        () -> {
          declareQueue(node);
          takeOrFail(inbox);
          return inbox;
        });
  }

  Optional<Inbox> adopt(String node, InboundHandler handler) {
    RabbitInbox inbox = new RabbitInbox(this, node, false, handler, maxFrameBytes, errors);
    return opening(
        inbox,
        "adopt the queue of node " + node,
        () -> take(inbox) ? Optional.of(inbox) : Optional.empty());
  }

  /** An inbox whose caller waits no longer is given back: nobody else could close it. */
  private <T> T opening(RabbitInbox inbox, String what, Callable<T> task) {
    try {
      return call(what, task);
    } catch (BusException e) {
      execute(() -> release(inbox));
      throw e;
    }
  }

  /**
   * Asks the broker on the control thread and waits for the answer.
   *
   * @throws BusException if it cannot be asked, or not within the operation timeout
   */
  <T> T call(String what, Callable<T> task) {
    requireConnected();
    try {
      Future<T> answer = threads.control.submit(() -> translated(what, task));
      return answer.get(operationMillis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | RejectedExecutionException e) {
      throw new BusException("could not " + what + " (no answer in time)", true, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BusException failure) {
        throw failure;
      }
      throw new BusException("could not " + what, true, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BusException("interrupted while trying to " + what, true, e);
    }
  }

  private <T> T translated(String what, Callable<T> task) throws Exception {
    try {
      return task.call();
    } catch (BusException e) {
      throw e;
    } catch (ChannelContinuationTimeoutException e) {
      // What was asked is in doubt, and with it what the connection holds.
      killLink();
      throw Failures.ofRequest(what, e);
    } catch (IOException | TimeoutException | ShutdownSignalException e) {
      throw Failures.ofRequest(what, e);
    }
  }

  private void requireConnected() {
    if (closed) {
      throw new IllegalStateException("the bus of node " + context.nodeId() + " was closed");
    }
    if (link == null) {
      throw new BusException("not connected to RabbitMQ", true, null);
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Does something on the control thread, unless the bus was closed meanwhile. */
  void execute(Runnable task) {
    threads.control.execute(
        () -> {
          try {
            task.run();
          } catch (Throwable thrown) {
            errors.onError("a background task of the bus failed", thrown);
          }
        });
  }

  private void executeLater(long millis, Runnable task) {
    Future<?> unused = threads.control.schedule(() -> execute(task), millis, TimeUnit.MILLISECONDS);
  }

  /** Gives an inbox back and waits for that, if there is a connection to do it on. */
  void close(RabbitInbox inbox) {
    if (link == null || closed) {
      execute(() -> release(inbox));
      return;
    }
    try {
      Boolean unused =
          call(
              "close the inbox of node " + inbox.node(),
              () -> {
                release(inbox);
                return true;
              });
    } catch (BusException | IllegalStateException e) {
      // The inbox is marked as closed: whatever happens to the connection, it will not come back.
      return;
    }
  }

  /** Closes everything. Bounded. */
  void close() {
    closed = true;
    Future<?> done =
        threads.control.submit(
            () -> {
              List.copyOf(inboxes).forEach(this::release);
              Link open = link;
              link = null;
              if (open != null) {
                open.close();
              }
            });
    try {
      Object unused = done.get(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      killLink();
    } catch (InterruptedException e) {
      killLink();
      Thread.currentThread().interrupt();
    }
  }

  private void killLink() {
    Link open = link;
    if (open != null) {
      open.kill();
    }
  }

  // ---- On the control thread.

  void forget(RabbitInbox inbox) {
    inboxes.remove(inbox);
  }

  private void release(RabbitInbox inbox) {
    inboxes.remove(inbox);
    inbox.release();
  }

  /** Asks on a channel of its own: a refusal closes a channel, and must not end a consumer. */
  <T> T withChannel(Request<T> request) throws IOException, TimeoutException {
    Channel channel = newChannel();
    T answer = request.on(channel);
    channel.close();
    return answer;
  }

  private Channel newChannel() throws IOException {
    Link open = link;
    Channel channel = open == null ? null : open.connection().createChannel();
    if (channel == null) {
      throw new IOException("not connected, or no more channels");
    }
    return channel;
  }

  /** Arguments cannot be changed: a queue with former limits is used until it is deleted. */
  private void declareQueue(String node) throws IOException, TimeoutException {
    try {
      withChannel(
          channel -> {
            topology.declareQueue(channel, node);
            return node;
          });
    } catch (IOException e) {
      if (!Failures.isInequivalent(e, "x-max-length-bytes")
          && !Failures.isInequivalent(e, "x-expires")) {
        throw e;
      }
      errors.onError(
          "the queue "
              + RabbitTopology.queue(node)
              + " was made with other limits and keeps them until it is deleted: "
              + RabbitSettings.MAX_QUEUE_BYTES.propertyName()
              + ", "
              + RabbitSettings.QUEUE_EXPIRY.propertyName(),
          null);
    }
  }

  private boolean take(RabbitInbox inbox) throws IOException {
    if (!inbox.take(newChannel())) {
      return false;
    }
    inboxes.add(inbox);
    return true;
  }

  private void takeOrFail(RabbitInbox inbox) throws IOException {
    if (!take(inbox)) {
      throw new BusException(
          "the queue of node " + inbox.node() + " was deleted while it was opened", true, null);
    }
  }

  private void linkLost(Link lost) {
    if (!lost.equals(link)) {
      return;
    }
    link = null;
    lost.kill();
    for (RabbitInbox inbox : List.copyOf(inboxes)) {
      if (!inbox.isOwn()) {
        release(inbox);
      }
    }
    executeLater(backoff.nextPauseMillis(), this::reconnect);
  }

  private void reconnect() {
    if (closed || link != null) {
      return;
    }
    try {
      connected(connector.connect("consume"));
    } catch (RuntimeException e) {
      tellFailure(e);
      executeLater(backoff.nextPauseMillis(), this::reconnect);
      return;
    }
    toldFailure = "";
    List.copyOf(inboxes).forEach(this::takeBack);
  }

  /** The hold on a queue is lost, alone or with the connection. */
  void inboxLost(RabbitInbox inbox) {
    if (!inbox.isOwn()) {
      release(inbox);
    } else if (link != null) {
      takeBack(inbox);
    }
  }

  /** Takes a lost queue back, and tries until it has it. */
  private void takeBack(RabbitInbox inbox) {
    if (closed || link == null || inbox.isClosed()) {
      return;
    }
    if (inbox.isHolding() && inbox.isRestored()) {
      return;
    }
    try {
      if (!inbox.isHolding() && !take(inbox)) {
        tellTakenOver(inbox);
        declareQueue(inbox.node());
        takeOrFail(inbox);
      }
      withChannel(
          channel -> {
            inbox.restoreBinding(channel);
            return true;
          });
      backoff.reset();
      return;
    } catch (InboxHeldException e) {
      if (context.time().nanoTime() - connectedNanos > OWN_GHOST_NANOS) {
        tellTakenOver(inbox);
      }
    } catch (ChannelContinuationTimeoutException e) {
      killLink();
    } catch (IOException | TimeoutException | RuntimeException e) {
      // Of a connection that ends at the same time its own listener tells.
      if (isConnected()) {
        tellFailure(Failures.ofRequest("take back the queue of node " + inbox.node(), e));
      }
    }
    if (inbox.scheduleRetry()) {
      executeLater(
          RETRY_MILLIS,
          () -> {
            inbox.retryBegins();
            takeBack(inbox);
          });
    }
  }

  private boolean isConnected() {
    Link open = link;
    return open != null && open.connection().isOpen();
  }

  private void tellTakenOver(RabbitInbox inbox) {
    if (inbox.tellsLoss()) {
      news.inboxTakenOver(inbox.node());
    }
  }

  private void tellFailure(RuntimeException e) {
    String line = Failures.text(e);
    if (!closed && !line.equals(toldFailure)) {
      toldFailure = line;
      errors.onError(line, e instanceof BusException ? null : e);
    }
  }
}
