package org.distributedsockets.examples.custombus;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamSubscription;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.BusNews;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.InboxHeldException;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.PublishResult;
import org.distributedsockets.spi.SpiContext;
import org.jspecify.annotations.Nullable;

/**
 * One node's connection to NATS. {@link NodeStreams} draws what stands in the server, {@link
 * NatsThreads} lists the threads. One of them, the control thread, does everything but publishing,
 * one thing at a time: so each state has one writer. Thread-safe.
 */
final class NatsMessageBus implements MessageBus, NatsLink.Observer {
  /** The engine's batches have 256 KiB, or one larger message; some room for the envelope. */
  private static final long MAX_FRAME_BYTES = (1 << 20) + (64 << 10);

  private static final long RETRY_MILLIS = 250;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LAST_PAUSE_MILLIS = 3_000;
  private static final long CLOSE_MILLIS = 3_000;

  private final SpiContext context;
  private final NatsThreads threads;
  private final BusNews news;

  private volatile @Nullable NatsLink link;
  private volatile boolean closed;
  private volatile int maxFrameBytes;

  // The fields below belong to the control thread.
  private final Set<NatsInbox> inboxes = new LinkedHashSet<>();
  private long pauseMillis = FIRST_PAUSE_MILLIS;
  private String toldFailure = "";

  /** Asks the server something. */
  @FunctionalInterface
  interface Request<T> {
    T on(NatsLink link) throws IOException, JetStreamApiException;
  }

  private NatsMessageBus(SpiContext context, NatsThreads threads, BusListener busListener) {
    this.context = context;
    this.threads = threads;
    this.news = new BusNews(threads.events, busListener, context.errors());
  }

  /** See {@link NatsMessageBusProvider#open}. */
  static NatsMessageBus connect(SpiContext context, BusListener busListener) {
    NatsThreads threads = new NatsThreads(NodeIdentity.checkNodeId(context.nodeId()));
    NatsMessageBus bus = new NatsMessageBus(context, threads, busListener);
    try {
      NatsLink first = NatsLink.connect(context, threads, bus);
      bus.maxFrameBytes = (int) Math.min(MAX_FRAME_BYTES, first.maxFrameBytes());
      bus.connected(first);
      return bus;
    } catch (RuntimeException e) {
      threads.close();
      throw e;
    }
  }

  // ---- On any thread.

  @Override
  public CompletionStage<PublishResult> publish(String node, byte[] frame) {
    NodeIdentity.checkNodeId(node);
    if (frame.length > maxFrameBytes) {
      throw new IllegalArgumentException(
          "must be <= " + maxFrameBytes + ": frame.length=" + frame.length);
    }
    requireOpen();
    NatsLink open = link;
    return open == null
        ? CompletableFuture.completedFuture(PublishResult.REFUSED)
        : open.publish(node, frame);
  }

  @Override
  public int maxFrameBytes() {
    return maxFrameBytes;
  }

  @Override
  public Inbox open(String node, InboundHandler handler) {
    NatsInbox inbox = inbox(node, true, handler);
    return opening(
        inbox,
        "open the stream of node " + node,
        open -> {
          make(open, node);
          if (!take(open, inbox)) {
            throw new BusException(
                "the stream of node " + node + " was deleted while it was opened", true, null);
          }
          return inbox;
        });
  }

  @Override
  public Optional<Inbox> adopt(String node, InboundHandler handler) {
    NatsInbox inbox = inbox(node, false, handler);
    return opening(
        inbox,
        "adopt the stream of node " + node,
        open -> take(open, inbox) ? Optional.of(inbox) : Optional.empty());
  }

  private NatsInbox inbox(String node, boolean own, InboundHandler handler) {
    return new NatsInbox(
        this, threads, NodeIdentity.checkNodeId(node), own, handler, context.errors());
  }

  /** An inbox whose caller waits no longer is given back: nobody else could close it. */
  private <T> T opening(NatsInbox inbox, String what, Request<T> request) {
    try {
      return call(what, request);
    } catch (BusException e) {
      execute(() -> release(inbox));
      throw e;
    }
  }

  /**
   * Asks the server on the control thread and waits for the answer.
   *
   * @throws BusException if it cannot be asked, or not within the operation timeout
   */
  <T> T call(String what, Request<T> request) {
    requireOpen();
    NatsLink open = link;
    if (open == null) {
      throw new BusException("not connected to NATS", true, null);
    }
    try {
      Callable<T> task = () -> request.on(open);
      Future<T> answer = threads.control.submit(task);
      return answer.get(context.operationTimeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | RejectedExecutionException e) {
      throw new BusException("could not " + what + " (no answer in time)", true, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BusException failure) {
        throw failure;
      }
      throw failed(what, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BusException("interrupted while trying to " + what, true, e);
    }
  }

  private static BusException failed(String what, @Nullable Throwable cause) {
    String reason = cause == null ? "" : ": " + cause.getMessage();
    return new BusException("could not " + what + reason, true, cause);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the bus of node " + context.nodeId() + " was closed");
    }
  }

  void close(NatsInbox inbox) {
    try {
      Boolean unused =
          call(
              "close the inbox of node " + inbox.node(),
              open -> {
                release(inbox);
                return true;
              });
    } catch (BusException | IllegalStateException e) {
      // The inbox is marked as closed: whatever happens to the connection, it will not come back.
      execute(() -> release(inbox));
    }
  }

  @Override
  public void lost(NatsLink lost) {
    execute(() -> linkLost(lost));
  }

  @Override
  public void silent(JetStreamSubscription subscription) {
    execute(() -> consumerLost(subscription));
  }

  /** Does something on the control thread, unless the bus was closed meanwhile. */
  private void execute(Runnable task) {
    executeAfter(0, task);
  }

  private void executeAfter(long millis, Runnable task) {
    try {
      Future<?> unused =
          threads.control.schedule(
              () -> {
                try {
                  task.run();
                } catch (Throwable thrown) {
                  context.errors().onError("a background task of the bus failed", thrown);
                }
              },
              millis,
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The bus is closed, and with it the connection.
      return;
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    news.close();
    Future<?> done =
        threads.control.submit(
            () -> {
              List.copyOf(inboxes).forEach(this::release);
              closeLink();
            });
    try {
      Object unused = done.get(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      closeLink();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.close();
  }

  private void closeLink() {
    NatsLink open = link;
    link = null;
    if (open != null) {
      open.close();
    }
  }

  // ---- On the control thread.

  private void connected(NatsLink opened) {
    link = opened;
    news.up();
  }

  private void make(NatsLink open, String node) throws IOException, JetStreamApiException {
    NodeStreams.makeIfAbsent(
        open.management(), node, context.settings().get(NatsSettings.MAX_QUEUE_BYTES));
  }

  private boolean take(NatsLink open, NatsInbox inbox) throws IOException, JetStreamApiException {
    if (!inbox.take(open)) {
      return false;
    }
    inboxes.add(inbox);
    return true;
  }

  void forget(NatsInbox inbox) {
    inboxes.remove(inbox);
  }

  private void release(NatsInbox inbox) {
    inboxes.remove(inbox);
    try {
      inbox.release(link);
    } catch (IOException | JetStreamApiException e) {
      tellFailure(failed("close the inbox of node " + inbox.node(), e));
    }
  }

  private void linkLost(NatsLink lost) {
    if (!lost.equals(link)) {
      return;
    }
    link = null;
    if (!closed) {
      news.down("the connection to NATS was lost");
    }
    List.copyOf(inboxes).forEach(this::lost);
    reconnectLater();
  }

  private void lost(NatsInbox inbox) {
    inbox.lost();
    if (!inbox.isOwn()) {
      release(inbox);
    }
  }

  private void reconnectLater() {
    long pause = pauseMillis / 2 + ThreadLocalRandom.current().nextLong(pauseMillis / 2 + 1);
    pauseMillis = Math.min(pauseMillis * 2, LAST_PAUSE_MILLIS);
    executeAfter(pause, this::reconnect);
  }

  private void reconnect() {
    if (closed || link != null) {
      return;
    }
    NatsLink opened;
    try {
      opened = NatsLink.connect(context, threads, this);
    } catch (BusException e) {
      tellFailure(e);
      reconnectLater();
      return;
    }
    if (closed) {
      opened.close();
      return;
    }
    pauseMillis = FIRST_PAUSE_MILLIS;
    toldFailure = "";
    connected(opened);
    List.copyOf(inboxes).forEach(this::takeBack);
  }

  private void consumerLost(JetStreamSubscription subscription) {
    for (NatsInbox inbox : List.copyOf(inboxes)) {
      if (inbox.isOf(subscription)) {
        lost(inbox);
        takeBack(inbox);
      }
    }
  }

  /** Takes a lost stream back, and tries until it has it. */
  private void takeBack(NatsInbox inbox) {
    NatsLink open = link;
    if (closed || open == null || inbox.isClosed() || inbox.isHolding()) {
      return;
    }
    try {
      if (!inbox.takeBack(open)) {
        tellTakenOver(inbox);
        make(open, inbox.node());
        if (inbox.takeBack(open)) {
          return;
        }
      } else {
        return;
      }
    } catch (InboxHeldException e) {
      tellTakenOver(inbox);
    } catch (IOException | JetStreamApiException | RuntimeException e) {
      inbox.lost();
      tellFailure(failed("take back the stream of node " + inbox.node(), e));
    }
    executeAfter(RETRY_MILLIS, () -> takeBack(inbox));
  }

  private void tellTakenOver(NatsInbox inbox) {
    if (inbox.tellsLoss()) {
      news.inboxTakenOver(inbox.node());
    }
  }

  private void tellFailure(BusException e) {
    String line = String.valueOf(e.getMessage());
    if (!closed && !line.equals(toldFailure)) {
      toldFailure = line;
      context.errors().onError(line, null);
    }
  }

  @Override
  public String toString() {
    return "NatsMessageBus[" + context.nodeId() + "]";
  }
}
