package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.distributedsockets.spi.BusListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EarlyBusEventsTest {
  private final EarlyBusEvents events = new EarlyBusEvents();
  private final List<String> heard = new CopyOnWriteArrayList<>();

  private class Recording implements BusListener {
    @Override
    public void onUp() {
      heard.add("up");
    }

    @Override
    public void onDown(String reason) {
      heard.add("down " + reason);
    }

    @Override
    public void onInboxTakenOver(String node) {
      heard.add("taken over " + node);
    }
  }

  @Test
  void keepsWhatComesEarlyAndPassesOnWhatComesLater() {
    events.onUp();
    events.onInboxTakenOver("n1");
    events.to(new Recording());
    assertEquals(List.of("up", "taken over n1"), heard);
    events.onDown("gone");
    assertEquals(List.of("up", "taken over n1", "down gone"), heard);
  }

  @Test
  void nothingOvertakesWhatWasKept() {
    events.onUp();
    events.onInboxTakenOver("n1");
    events.to(
        new Recording() {
          @Override
          public void onUp() {
            Thread bus = new Thread(() -> events.onDown("gone"), "bus");
            bus.start();
            join(bus);
            super.onUp();
          }
        });
    assertEquals(List.of("up", "taken over n1", "down gone"), heard);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
