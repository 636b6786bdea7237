package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SettlementTest {
  private final List<String> events = new ArrayList<>();

  private Settlement settlement(int items) {
    return new Settlement(items, () -> events.add("first"), () -> events.add("afterwards"));
  }

  @Test
  void acknowledgesAtTheLastItemAndNotBefore() {
    Settlement settlement = settlement(2);
    settlement.itemSettled();
    assertEquals(List.of(), events);
    settlement.itemSettled();
    assertEquals(List.of("afterwards", "first"), events);
  }

  @Test
  void acknowledgesEveryDeliveryMadeMeanwhileAtThatMoment() {
    Settlement settlement = settlement(1);
    settlement.deliveredAgain(() -> events.add("second"));
    assertEquals(List.of(), events);
    settlement.itemSettled();
    assertEquals(List.of("afterwards", "first", "second"), events);
  }

  @Test
  void acknowledgesALaterDeliveryAtOnce() {
    Settlement settlement = settlement(1);
    settlement.itemSettled();
    settlement.deliveredAgain(() -> events.add("late"));
    assertEquals(List.of("afterwards", "first", "late"), events);
  }

  @Test
  @Timeout(120)
  void acknowledgesARacingDeliveryExactlyOnce() throws InterruptedException {
    for (int i = 0; i < 500; i++) {
      AtomicInteger first = new AtomicInteger();
      AtomicInteger second = new AtomicInteger();
      Settlement settlement = new Settlement(2, first::incrementAndGet, () -> {});
      CountDownLatch start = new CountDownLatch(1);
      List<Thread> threads =
          List.of(
              new Thread(() -> awaitThen(start, settlement::itemSettled)),
              new Thread(
                  () -> awaitThen(start, () -> settlement.deliveredAgain(second::incrementAndGet))),
              new Thread(() -> awaitThen(start, settlement::itemSettled)));
      threads.forEach(Thread::start);
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(1, first.get());
      assertEquals(1, second.get());
    }
  }

  private static void awaitThen(CountDownLatch start, Runnable action) {
    try {
      if (start.await(10, TimeUnit.SECONDS)) {
        action.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
