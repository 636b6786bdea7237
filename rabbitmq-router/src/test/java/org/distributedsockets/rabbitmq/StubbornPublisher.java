package org.distributedsockets.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.distributedsockets.spi.PublishResult.CONFIRMED;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.PublishResult;
import org.distributedsockets.testkit.Eventually;

/**
 * Publishes numbers until each is confirmed, as the engine does: a few at a time, and what was not
 * confirmed again, one by one and in order, before anything newer.
 */
final class StubbornPublisher {
  private static final int WINDOW = 64;
  private static final long PAUSE_NANOS = 5_000_000;

  private final MessageBus bus;
  private final String target;
  private final AtomicInteger confirmed = new AtomicInteger();
  private int repeated;

  StubbornPublisher(MessageBus bus, String target) {
    this.bus = bus;
    this.target = target;
  }

  /** Returns how many had to be repeated. */
  int publish(int count) {
    for (int from = 0; from < count; from += WINDOW) {
      publishWindow(from, Math.min(count, from + WINDOW));
    }
    return repeated;
  }

  private void publishWindow(int from, int to) {
    List<CompletionStage<PublishResult>> results = new ArrayList<>();
    for (int number = from; number < to; number++) {
      results.add(send(number));
    }
    List<PublishResult> first =
        results.stream().map(result -> Eventually.result("a result", result)).toList();
    for (int i = 0; i < first.size(); i++) {
      if (first.get(i) != CONFIRMED) {
        repeat(from + i);
      }
      confirmed.incrementAndGet();
    }
  }

  private void repeat(int number) {
    repeated++;
    Eventually.holds(
        "a confirm of a repeated frame",
        () -> {
          boolean done = Eventually.result("a result", send(number)) == CONFIRMED;
          if (!done) {
            LockSupport.parkNanos(PAUSE_NANOS);
          }
          return done;
        });
  }

  private CompletionStage<PublishResult> send(int number) {
    return bus.publish(target, Integer.toString(number).getBytes(UTF_8));
  }

  int confirmed() {
    return confirmed.get();
  }
}
