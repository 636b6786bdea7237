package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NodeThreadsTest {
  private final RecordingErrors errors = new RecordingErrors();
  private final List<NodeThreads> open = new ArrayList<>();

  private NodeThreads threads(@Nullable Executor callbacks) {
    NodeThreads threads = new NodeThreads("n1", 2, callbacks, errors);
    open.add(threads);
    return threads;
  }

  @AfterEach
  void close() {
    open.forEach(NodeThreads::close);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatTheApplicationIsToHearIsNotDroppedByTheClose() {
    NodeThreads threads = threads(null);
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch busy = new CountDownLatch(4);
    for (int i = 0; i < 4; i++) {
      threads
          .runtime()
          .callbacks()
          .execute(
              () -> {
                busy.countDown();
                await(never);
              });
    }
    await(busy);
    List<String> ran = new ArrayList<>();
    threads.runtime().callbacks().execute(() -> ran.add("waiting"));
    threads.close();
    assertEquals(List.of("waiting"), ran);
    threads.runtime().callbacks().execute(() -> ran.add("late"));
    assertEquals(List.of("waiting", "late"), ran);
  }

  @Test
  void whatAnExecutorOfTheApplicationRejectsRunsAllTheSame() {
    NodeThreads threads =
        threads(
            task -> {
              throw new RejectedExecutionException("shut down");
            });
    List<String> ran = new ArrayList<>();
    threads.runtime().callbacks().execute(() -> ran.add("rejected"));
    assertEquals(List.of("rejected"), ran);
  }

  @Test
  void errorsAreReportedToo() {
    NodeThreads threads = threads(null);
    Runnable broken =
        () -> {
          throw new NoClassDefFoundError("driver/Missing");
        };
    threads.runtime().blocking().execute(broken);
    threads.runtime().sockets().execute(broken);
    threads.runtime().callbacks().execute(broken);
    threads.runtime().timers().schedule(0, broken);
    TwoNodesTest.await(() -> errors.lines.size() == 4);
  }
}
