package org.distributedsockets.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.Reply;
import org.distributedsockets.Reply.Status;
import org.distributedsockets.engine.wire.Item.ReplyItem;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;

/**
 * The requests of this node that wait for a reply. A request travels as any message does; what is
 * kept here is who waits for its answer. Thread-safe; nothing blocks.
 */
final class Requests {
  private static final long STEP_NANOS = 1_000_000_000L;

  private final Function<Envelope, CompletableFuture<Outcome>> deliveries;
  private final NodeRuntime runtime;
  private final int most;
  private final ConcurrentMap<MessageId, Open> open = new ConcurrentHashMap<>();

  private static final class Open {
    final CompletableFuture<Reply> reply = new CompletableFuture<>();

    // Guarded by "this".
    private int refusals;
    private int reached = Integer.MAX_VALUE;

    synchronized boolean refused() {
      return ++refusals >= reached;
    }

    synchronized boolean reached(int connections) {
      reached = connections;
      return refusals >= reached;
    }
  }

  Requests(
      Function<Envelope, CompletableFuture<Outcome>> deliveries, NodeRuntime runtime, int most) {
    this.deliveries = deliveries;
    this.runtime = runtime;
    this.most = most;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the outcome ends here
  CompletableFuture<Reply> ask(Envelope request, long timeoutNanos) {
    if (open.size() >= most) {
      return CompletableFuture.completedFuture(Reply.failed(Status.UNAVAILABLE, Reason.NODE_BUSY));
    }
    Open waiting = new Open();
    open.put(request.id(), waiting);
    endAfter(request.id(), timeoutNanos);
    deliveries.apply(request).thenAccept(outcome -> onOutcome(request.id(), waiting, outcome));
    return waiting.reply;
  }

  private void onOutcome(MessageId id, Open waiting, Outcome outcome) {
    switch (outcome.status()) {
      case DELIVERED -> {
        if (waiting.reached(outcome.connections())) {
          end(id, Reply.failed(Status.REFUSED, null));
        }
      }
      case ACCEPTED -> {}
      case OFFLINE -> end(id, Reply.failed(Status.OFFLINE, null));
      case REJECTED -> end(id, Reply.failed(Status.REFUSED, outcome.reason()));
      case UNAVAILABLE -> end(id, Reply.failed(Status.UNAVAILABLE, outcome.reason()));
      case EXPIRED -> end(id, Reply.failed(Status.TIMED_OUT, null));
    }
  }

  /** A connection somewhere answered, or refused. The first answer counts. */
  void onReply(ReplyItem item) {
    String payload = item.payload();
    if (payload != null) {
      end(item.id(), Reply.answered(payload));
      return;
    }
    Open waiting = open.get(item.id());
    if (waiting != null && waiting.refused()) {
      end(item.id(), Reply.failed(Status.REFUSED, null));
    }
  }

  /** In steps: a timer cannot be taken back, and most requests are answered long before. */
  private void endAfter(MessageId id, long nanos) {
    long step = Math.min(nanos, STEP_NANOS);
    runtime
        .timers()
        .schedule(
            step,
            () -> {
              if (step == nanos) {
                end(id, Reply.failed(Status.TIMED_OUT, null));
              } else if (open.containsKey(id)) {
                endAfter(id, nanos - step);
              }
            });
  }

  private void end(MessageId id, Reply reply) {
    Open waiting = open.remove(id);
    if (waiting != null) {
      waiting.reply.complete(reply);
    }
  }

  int pending() {
    return open.size();
  }

  /** Nobody shall wait for a reply that cannot come any more. */
  void close() {
    open.keySet().forEach(id -> end(id, Reply.failed(Status.UNAVAILABLE, Reason.DRAINING)));
  }
}
