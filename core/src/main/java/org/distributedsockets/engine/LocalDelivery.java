package org.distributedsockets.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.distributedsockets.engine.wire.Item.Cause;

/**
 * One message on its way into the lanes of one node. Answers once: when all lanes are done with it,
 * or a while after the first success with the count so far, so that one slow client does not hold
 * up the answer for the others. Thread-safe.
 */
final class LocalDelivery implements Lane.Receipt {
  private final NodeRuntime runtime;
  private final long partialWaitNanos;
  private final Consumer<LocalResult> whenDone;

  /** One more than the lanes that have it, until all were offered it. */
  private final AtomicInteger open = new AtomicInteger(1);

  private final AtomicInteger written = new AtomicInteger();
  private final AtomicBoolean answered = new AtomicBoolean();

  /** Until then no timer is set: most messages are written before. */
  private volatile boolean allOffered;

  private volatile Cause cause = Cause.ABSENT;
  private volatile boolean broken;

  LocalDelivery(NodeRuntime runtime, long partialWaitNanos, Consumer<LocalResult> whenDone) {
    this.runtime = runtime;
    this.partialWaitNanos = partialWaitNanos;
    this.whenDone = whenDone;
  }

  void offerTo(Function<Lane.Receipt, Lane.Offer> lane) {
    open.incrementAndGet();
    switch (lane.apply(this)) {
      case TAKEN -> {}
      case CLOSED -> done();
      case LANE_FULL, TOO_LARGE -> refused(Cause.LANE_FULL);
      case NODE_BUSY -> refused(Cause.NODE_BUSY);
    }
  }

  void allOffered() {
    allOffered = true;
    if (!done() && written.get() > 0) {
      answerAWhileLater();
    }
  }

  @Override
  public void written() {
    boolean first = written.getAndIncrement() == 0;
    if (!done() && first && allOffered) {
      answerAWhileLater();
    }
  }

  private void answerAWhileLater() {
    runtime.timers().schedule(partialWaitNanos, this::answer);
  }

  @Override
  public void unsent() {
    done();
  }

  @Override
  public void broken() {
    broken = true;
    done();
  }

  private void refused(Cause why) {
    cause = why;
    done();
  }

  private boolean done() {
    if (open.decrementAndGet() > 0) {
      return false;
    }
    answer();
    return true;
  }

  private void answer() {
    if (answered.compareAndSet(false, true)) {
      int connections = written.get();
      whenDone.accept(
          connections > 0
              ? LocalResult.written(connections)
              : LocalResult.failed(broken ? Cause.BROKEN : cause));
    }
  }
}
