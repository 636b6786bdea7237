package org.distributedsockets.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.distributedsockets.spi.PublishResult;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a bus to the broker, which keeps the order of what is published over it.
 * Guarded by the broker.
 *
 * <p>Each frame has one task that brings it to the broker, and each answer one that brings it back.
 * A task takes the oldest, whichever that is: so a shorter delay cannot make frames overtake, and a
 * broken link's tasks find nothing.
 */
final class Link {
  private final Broker broker;
  private final String publisher;
  private final Deque<Publish> toBroker = new ArrayDeque<>();
  private final Deque<Publish> fromBroker = new ArrayDeque<>();

  Link(Broker broker, String publisher) {
    this.broker = broker;
    this.publisher = publisher;
  }

  void send(Publish publish) {
    toBroker.add(publish);
    broker.scheduler.schedule(broker.delayNanos(publisher), this::arriveNext);
  }

  /** Lets go of what waited while the publisher was blocked. */
  void resume() {
    toBroker.forEach(ignored -> broker.scheduler.execute(this::arriveNext));
  }

  /** Ends the link. Returns everything without an answer, oldest first. */
  List<Publish> breakDown() {
    List<Publish> unanswered = new ArrayList<>(fromBroker);
    unanswered.addAll(toBroker);
    fromBroker.clear();
    toBroker.clear();
    return unanswered;
  }

  private void arriveNext() {
    synchronized (broker) {
      Publish publish = broker.isBlocked(publisher) ? null : toBroker.poll();
      if (publish == null) {
        return;
      }
      publish.arrive(broker);
      fromBroker.add(publish);
    }
    broker.scheduler.execute(this::answerNext);
  }

  private void answerNext() {
    Publish publish;
    @Nullable PublishResult result;
    synchronized (broker) {
      publish = fromBroker.poll();
      result = publish == null ? null : publish.result();
    }
    if (publish != null && result != null) {
      publish.complete(result);
    }
  }
}
