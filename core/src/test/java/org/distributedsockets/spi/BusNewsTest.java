package org.distributedsockets.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class BusNewsTest {
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final List<String> told = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();

  private final BusListener listener =
      new BusListener() {
        @Override
        public void onUp() {
          told.add("up");
        }

        @Override
        public void onDown(String reason) {
          told.add("down: " + reason);
        }

        @Override
        public void onInboxTakenOver(String node) {
          told.add("taken over: " + node);
          throw new IllegalStateException("thrown by a test");
        }
      };

  private final BusNews news =
      new BusNews(tasks::add, listener, (what, cause) -> errors.add(what + ": " + cause));

  private void runAll() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  @Test
  void tellsNewsOnlyInTheirOrderAndNeverInsideACall() {
    news.down("not up yet");
    news.up();
    news.up();
    news.down("cut");
    news.down("cut again");
    news.up();
    assertEquals(List.of(), told);

    runAll();

    assertEquals(List.of("up", "down: cut", "up"), told);
  }

  @Test
  void hasOneCallUnderWayAtATime() {
    news.up();
    news.down("cut");

    assertEquals(1, tasks.size());
  }

  @Test
  void goesOnAfterAListenerThatThrows() {
    news.inboxTakenOver("n1");
    news.inboxTakenOver("n1");
    news.up();
    runAll();

    assertEquals(List.of("taken over: n1", "taken over: n1", "up"), told);
    String line = "the bus listener failed: java.lang.IllegalStateException: thrown by a test";
    assertEquals(List.of(line, line), errors);
  }

  @Test
  void tellsNothingMoreOnceClosed() {
    news.up();
    news.close();
    news.down("the end is no news");
    runAll();

    assertEquals(List.of(), told);
  }
}
