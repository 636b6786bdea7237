package org.distributedsockets.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;

/** Does the same in many threads that start together. */
final class Concurrently {
  private Concurrently() {}

  /** Returns what each thread's work returned, by its number. Fails if one fails. */
  static <T> List<T> each(int threads, IntFunction<T> work) {
    CountDownLatch start = new CountDownLatch(1);
    List<CompletableFuture<T>> results = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int number = i;
      CompletableFuture<T> result = new CompletableFuture<>();
      results.add(result);
      Thread thread =
          new Thread(() -> run(start, () -> result.complete(work.apply(number)), result));
      thread.setName("concurrently-" + number);
      thread.setDaemon(true);
      thread.start();
    }
    start.countDown();
    return results.stream().map(result -> Eventually.result("a concurrent call", result)).toList();
  }

  private static void run(CountDownLatch start, Runnable work, CompletableFuture<?> result) {
    try {
      start.await();
      work.run();
    } catch (Throwable thrown) {
      result.completeExceptionally(thrown);
    }
  }
}
