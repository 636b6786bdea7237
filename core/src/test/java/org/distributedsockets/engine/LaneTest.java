package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.distributedsockets.engine.Lane.Budget;
import org.distributedsockets.engine.Lane.Offer;
import org.distributedsockets.spi.GatheringChannel;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LaneTest {
  private static final long OVERHEAD = 64;

  private final ManualRuntime manual = new ManualRuntime();
  private final Budget budget = new Budget(1 << 20, () -> false);
  private final Cork cork = new Cork();
  private final List<Throwable> failures = new ArrayList<>();
  private final Lane lane = lane(1 << 16, budget);
  private final ManualChannel channel = new ManualChannel();
  private final List<String> receipts = new ArrayList<>();

  private Lane lane(long maxBytes, Budget shared) {
    return new Lane(maxBytes, shared, cork, manual.runtime(), failures::add);
  }

  /** Notes under the text's name what it is told. */
  private Lane.Receipt receipt(String text) {
    return new Lane.Receipt() {
      @Override
      public void written() {
        receipts.add(text + " written");
      }

      @Override
      public void unsent() {
        receipts.add(text + " unsent");
      }

      @Override
      public void broken() {
        receipts.add(text + " broken");
      }
    };
  }

  private Offer offer(Lane tested, String text) {
    return tested.offer(text, Utf8.length(text), receipt(text));
  }

  private void offer(String... texts) {
    for (String text : texts) {
      assertEquals(Offer.TAKEN, offer(lane, text));
    }
  }

  // ---- order

  @Test
  void sendsInOrderOneAtATime() {
    lane.open(channel);
    offer("a", "b", "c");
    assertEquals(List.of("a"), channel.sent);
    channel.written();
    assertEquals(List.of("a", "b"), channel.sent);
    channel.written();
    channel.written();
    assertEquals(List.of("a", "b", "c"), channel.sent);
    assertEquals(List.of("a written", "b written", "c written"), receipts);
  }

  @Test
  void sendsInOrderWhenSendsEndInsideTheCall() {
    channel.inline = true;
    lane.open(channel);
    offer("a", "b");
    assertEquals(List.of("a", "b"), channel.sent);
    assertEquals(List.of("a written", "b written"), receipts);
  }

  @Test
  void doesNotNestWhenSendsEndInsideTheCall() {
    channel.inline = true;
    Lane wide = lane(1 << 30, new Budget(1 << 30, () -> false));
    for (int i = 0; i < 20_000; i++) {
      assertEquals(Offer.TAKEN, wide.offer("t" + i));
    }
    wide.open(channel);
    assertEquals(20_000, channel.sent.size());
    assertEquals("t19999", channel.sent.get(19_999));
  }

  @Test
  void doesNotBeginAnotherSendInsideTheFirst() {
    List<String> events = new ArrayList<>();
    WebSocketChannel nested =
        new WebSocketChannelAdapter() {
          @Override
          public void send(String text, Consumer<@Nullable Throwable> done) {
            events.add("begin " + text);
            if (text.equals("a")) {
              offer("b");
            }
            done.accept(null);
            events.add("end " + text);
          }
        };
    lane.open(nested);
    offer("a");
    assertEquals(List.of("begin a", "end a", "begin b", "end b"), events);
  }

  @Test
  void whatIsOfferedBeforeTheChannelIsThereLeavesWhenItOpens() {
    offer("a", "b");
    lane.open(channel);
    assertEquals(List.of("a"), channel.sent);
    channel.written();
    assertEquals(List.of("a", "b"), channel.sent);
  }

  // ---- together

  /** Notes what leaves together. */
  private static final class Gathering extends ManualChannel implements GatheringChannel {
    final List<List<String>> writes = new ArrayList<>();

    @Override
    public void send(List<String> texts, Consumer<@Nullable Throwable> done) {
      writes.add(List.copyOf(texts));
      send(texts.get(texts.size() - 1), done);
    }
  }

  @Test
  void sendsTogetherWhatWaitsIfTheChannelCan() {
    Gathering gathering = new Gathering();
    lane.open(gathering);
    offer("a", "b", "c");
    gathering.written();
    offer("d");
    assertEquals(List.of("a written"), receipts);
    gathering.written();
    gathering.written();
    assertEquals(List.of(List.of("a"), List.of("b", "c"), List.of("d")), gathering.writes);
    assertEquals(List.of("a written", "b written", "c written", "d written"), receipts);
    assertEquals(0, budget.usedBytes());
  }

  @Test
  void allThatLeftTogetherIsBrokenWhenItFails() {
    Gathering gathering = new Gathering();
    offer("a", "b");
    lane.open(gathering);
    gathering.failed();
    assertEquals(List.of("a broken", "b broken"), receipts);
    assertEquals(1, failures.size());
    assertEquals(0, budget.usedBytes());
  }

  @Test
  void whatLeavesTogetherIsBounded() {
    Gathering gathering = new Gathering();
    Lane wide = lane(1 << 30, new Budget(1 << 30, () -> false));
    String text = "x".repeat(20_000);
    for (int i = 0; i < 10; i++) {
      assertEquals(Offer.TAKEN, wide.offer(text));
    }
    assertEquals(Offer.TAKEN, wide.offer("small"));
    wide.open(gathering);
    assertEquals(1, gathering.writes.get(0).size(), "one alone may be longer");
  }

  @Test
  void aMarkKeepsItsPlaceAmongWhatLeavesTogether() {
    Gathering gathering = new Gathering();
    offer("a");
    lane.afterWaiting(() -> receipts.add("mark"));
    offer("b");
    lane.open(gathering);
    gathering.written();
    gathering.written();
    assertEquals(List.of("a written", "mark", "b written"), receipts);
  }

  @Test
  void whatOneBatchBringsLeavesTogetherAtItsEnd() {
    Gathering gathering = new Gathering();
    lane.open(gathering);
    cork.during(
        () -> {
          offer("a", "b");
          assertEquals(List.of(), gathering.writes);
        });
    assertEquals(List.of(List.of("a", "b")), gathering.writes);
  }

  @Test
  void oneMessageForManyClientsNeedsNoRoomForAllOfThemAtOnce() {
    Budget small = new Budget(100 * (OVERHEAD + 1), () -> false);
    List<Gathering> channels = new ArrayList<>();
    List<Lane> lanes = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      Gathering each = new Gathering();
      each.inline = true;
      channels.add(each);
      lanes.add(lane(1 << 16, small));
      lanes.get(i).open(each);
    }
    cork.during(() -> lanes.forEach(each -> assertEquals(Offer.TAKEN, offer(each, "a"))));
    assertTrue(channels.stream().allMatch(each -> each.writes.size() == 1));
    assertEquals(0, small.usedBytes());
  }

  @Test
  void aCrowdedInboxKeepsNothingFromAClientThatReads() {
    Gathering gathering = new Gathering();
    gathering.inline = true;
    Lane crowded = lane(1 << 16, new Budget(1 << 20, () -> true));
    crowded.open(gathering);
    cork.during(
        () -> {
          assertEquals(Offer.TAKEN, offer(crowded, "a"));
          assertEquals(Offer.TAKEN, offer(crowded, "b"));
        });
    assertEquals(List.of("a written", "b written"), receipts);
  }

  @Test
  void aBatchThatFailsHoldsNothingBack() {
    Gathering gathering = new Gathering();
    lane.open(gathering);
    assertThrows(
        IllegalStateException.class,
        () ->
            cork.during(
                () -> {
                  offer("a");
                  throw new IllegalStateException();
                }));
    assertEquals(List.of(List.of("a")), gathering.writes);
    gathering.written();
    offer("b");
    assertEquals(2, gathering.writes.size());
  }

  // ---- bounds

  @Test
  void isFullAtItsLimitAndNotBefore() {
    Lane small = lane(2 * (OVERHEAD + 1), budget);
    assertEquals(Offer.TAKEN, small.offer("1"));
    assertEquals(Offer.TAKEN, small.offer("2"));
    assertEquals(Offer.LANE_FULL, small.offer(""));
    small.open(channel);
    assertEquals(Offer.TAKEN, small.offer("3"), "what is under way waits no longer");
    assertEquals(Offer.LANE_FULL, small.offer("4"));
  }

  @Test
  void countsBytesOfUtf8() {
    Lane small = lane(OVERHEAD + 3, budget);
    assertEquals(Offer.TOO_LARGE, small.offer("\u20ac1"));
    assertEquals(Offer.TAKEN, small.offer("\u20ac"));
    assertEquals(OVERHEAD + 3, budget.usedBytes());
    small.close();
    assertEquals(0, budget.usedBytes());
  }

  @Test
  void nothingQueuesUpWhileTheInboxIsCrowded() {
    boolean[] crowded = {true};
    Lane tested = lane(1 << 16, new Budget(1 << 16, () -> crowded[0]));
    assertEquals(Offer.TAKEN, offer(tested, "1"));
    assertEquals(Offer.NODE_BUSY, offer(tested, "2"));
    assertEquals(Offer.TAKEN, tested.offer("an answer"));
    crowded[0] = false;
    assertEquals(Offer.TAKEN, offer(tested, "2"));
  }

  @Test
  void saysWhatItHasNoRoomForEvenWhenEmpty() {
    Lane small = lane(OVERHEAD + 1, budget);
    assertEquals(Offer.TOO_LARGE, small.offer("12"));
    assertEquals(Offer.TAKEN, small.offer("1"));
    assertEquals(Offer.TOO_LARGE, small.offer("12"));
  }

  @Test
  void allLanesShareOneBudget() {
    Budget shared = new Budget(2 * (OVERHEAD + 1), () -> false);
    Lane one = lane(1 << 16, shared);
    Lane two = lane(1 << 16, shared);
    assertEquals(Offer.TAKEN, one.offer("1"));
    assertEquals(Offer.TAKEN, two.offer("2"));
    assertEquals(Offer.NODE_BUSY, two.offer("3"));
    one.open(channel);
    assertEquals(Offer.NODE_BUSY, two.offer("3"), "what is under way still takes memory");
    channel.written();
    assertEquals(Offer.TAKEN, two.offer("3"));
    assertEquals(2 * (OVERHEAD + 1), shared.usedBytes());
  }

  @Test
  void answersFindRoomWhereMessagesFindNone() {
    Budget shared = new Budget(16 * (OVERHEAD + 1), () -> false);
    Lane tested = lane(1 << 16, shared);
    for (int i = 0; i < 16; i++) {
      assertEquals(Offer.TAKEN, offer(tested, "m"));
    }
    assertEquals(Offer.NODE_BUSY, offer(tested, "m"));
    assertEquals(Offer.TAKEN, tested.offer("a"));
    assertEquals(Offer.NODE_BUSY, tested.offer("a"), "what they may take beyond is bounded, too");
    tested.close();
    assertEquals(0, shared.usedBytes());
  }

  @Test
  void whatIsRefusedTakesNoMemoryAndGetsNoReceipt() {
    Lane small = lane(OVERHEAD + 1, budget);
    assertEquals(Offer.TOO_LARGE, offer(small, "aa"));
    assertEquals(0, budget.usedBytes());
    assertEquals(Offer.TAKEN, small.offer("a"));
    assertEquals(Offer.LANE_FULL, offer(small, "b"));
    assertEquals(OVERHEAD + 1, budget.usedBytes());
    assertEquals(List.of(), receipts);
  }

  @Test
  void givesAllMemoryBackWhenAllIsWritten() {
    lane.open(channel);
    offer("a", "b");
    assertEquals(2 * (OVERHEAD + 1), budget.usedBytes());
    channel.written();
    channel.written();
    assertEquals(0, budget.usedBytes());
  }

  // ---- failure and close

  @Test
  void aFailedSendIsBrokenAndTellsTheOwner() {
    lane.open(channel);
    offer("a");
    channel.failed();
    assertEquals(List.of("a broken"), receipts);
    assertEquals(1, failures.size());
    assertEquals(0, budget.usedBytes());
  }

  @Test
  void aSendThatThrowsIsAFailedSend() {
    channel.thrownBySend = new IllegalStateException("closed");
    lane.open(channel);
    offer("a");
    assertEquals(List.of("a broken"), receipts);
    assertSame(channel.thrownBySend, failures.get(0));
  }

  @Test
  void aSendThatEndsTwiceEndsOnce() {
    lane.open(channel);
    offer("a", "b");
    Consumer<@Nullable Throwable> first = channel.underWay.remove();
    first.accept(null);
    first.accept(new IOException("late"));
    first.accept(null);
    assertEquals(List.of("a written"), receipts);
    assertEquals(List.of("a", "b"), channel.sent);
    assertEquals(List.of(), failures);
    assertEquals(OVERHEAD + 1, budget.usedBytes());
  }

  @Test
  void closeLeavesWhatWaitsUnsentAndTakesNothingMore() {
    lane.open(channel);
    offer("a", "b", "c");
    lane.close();
    assertEquals(List.of("b unsent", "c unsent"), receipts);
    assertEquals(Offer.CLOSED, offer(lane, "d"));
    channel.written();
    assertEquals(List.of("b unsent", "c unsent", "a written"), receipts);
    assertEquals(List.of("a"), channel.sent);
    assertEquals(0, budget.usedBytes());
  }

  @Test
  void closeWithoutAChannelLeavesAllUnsent() {
    offer("a");
    lane.close();
    assertEquals(List.of("a unsent"), receipts);
    lane.open(channel);
    assertEquals(List.of(), channel.sent);
  }

  @Test
  void aSendThatNeverEndsIsBrokenFiveSecondsAfterTheClose() {
    lane.open(channel);
    offer("a");
    lane.close();
    manual.advance(Duration.ofMillis(4_999));
    assertEquals(List.of(), receipts);
    manual.advance(Duration.ofMillis(1));
    assertEquals(List.of("a broken"), receipts);
    assertEquals(0, budget.usedBytes());
    channel.written();
    assertEquals(List.of("a broken"), receipts);
  }

  @Test
  void aLaneThatSentEverythingWaitsForNothingAfterTheClose() {
    lane.open(channel);
    offer("a");
    channel.written();
    lane.close();
    assertEquals(0, manual.waitingTimers());
  }

  // ---- pings

  @Test
  void pingsOnlyWhenNothingIsUnderWayAndOnAnotherThread() {
    assertFalse(lane.ping(), "no channel");
    lane.open(channel);
    assertTrue(lane.ping());
    assertEquals(0, channel.pings);
    assertFalse(lane.ping(), "a ping is under way");
    manual.runSockets();
    assertEquals(1, channel.pings);
    offer("a");
    assertFalse(lane.ping(), "a send is under way");
  }

  @Test
  void sendsNothingBesideAPing() {
    lane.open(channel);
    lane.ping();
    offer("a");
    assertEquals(List.of(), channel.sent);
    manual.runSockets();
    assertEquals(List.of("a"), channel.sent);
    channel.written();
    assertEquals(List.of("a written"), receipts);
  }

  @Test
  void aPingThatFailsTellsTheOwner() {
    lane.open(channel);
    channel.thrownByPing = new IOException("gone");
    lane.ping();
    manual.runSockets();
    assertEquals(List.of(channel.thrownByPing), failures);
  }

  @Test
  void aClosedLaneDoesNotPing() {
    lane.open(channel);
    lane.close();
    assertFalse(lane.ping());
  }

  // ---- deadline

  @Test
  void isStalledWhenOneSendTakesLongerThanTheDeadline() {
    long deadline = 1_000;
    lane.open(channel);
    assertFalse(lane.stalled(manual.nanoTime() + 10_000, deadline), "idle");
    offer("a", "b");
    long first = manual.nanoTime();
    assertFalse(lane.stalled(first + deadline, deadline));
    assertTrue(lane.stalled(first + deadline + 1, deadline));
    manual.pass(Duration.ofSeconds(1));
    channel.written();
    assertFalse(lane.stalled(first + 1_000_000_000L + deadline, deadline), "each has its own");
  }

  @Test
  void aPingThatHangsStallsToo() {
    lane.open(channel);
    lane.ping();
    assertTrue(lane.stalled(manual.nanoTime() + 1_001, 1_000));
  }

  // ---- close when empty

  @Test
  void closesAtOnceWhenNothingIsUnderWay() {
    lane.open(channel);
    List<String> events = new ArrayList<>();
    lane.closeWhenEmpty(() -> events.add("end"));
    assertEquals(List.of("end"), events);
  }

  @Test
  void closesAfterTheLastIsWrittenAndTakesNothingMeanwhile() {
    lane.open(channel);
    offer("a", "b");
    lane.closeWhenEmpty(() -> receipts.add("end"));
    assertEquals(Offer.CLOSED, lane.offer("c"));
    channel.written();
    channel.written();
    assertEquals(List.of("a written", "b written", "end"), receipts);
  }

  @Test
  void aLaneWithoutAChannelClosesAfterItOpenedAndWroteWhatWaits() {
    offer("a");
    lane.closeWhenEmpty(() -> receipts.add("end"));
    assertEquals(List.of(), receipts);
    lane.open(channel);
    channel.written();
    assertEquals(List.of("a written", "end"), receipts);
  }

  @Test
  void aCloseBeforeTheLastIsWrittenWins() {
    lane.open(channel);
    offer("a", "b");
    lane.closeWhenEmpty(() -> receipts.add("end"));
    lane.close();
    channel.written();
    lane.closeWhenEmpty(() -> receipts.add("end"));
    assertEquals(List.of("b unsent", "a written"), receipts);
  }

  // ---- threads

  @Test
  @Timeout(60)
  void keepsOrderAndCountsUnderThreadsWithSendsEndingElsewhere() throws InterruptedException {
    for (int round = 0; round < 20; round++) {
      Budget shared = new Budget(1 << 30, () -> false);
      Lane tested = lane(1 << 30, shared);
      ExecutorService container = Executors.newSingleThreadExecutor();
      List<String> sent = new ArrayList<>();
      AtomicInteger under = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      tested.open(
          new WebSocketChannelAdapter() {
            @Override
            public void send(String text, Consumer<@Nullable Throwable> done) {
              most.accumulateAndGet(under.incrementAndGet(), Math::max);
              sent.add(text);
              boolean inline = text.hashCode() % 3 == 0;
              Runnable end =
                  () -> {
                    under.decrementAndGet();
                    done.accept(null);
                  };
              if (inline) {
                end.run();
              } else {
                container.execute(end);
              }
            }
          });
      int each = 500;
      CountDownLatch start = new CountDownLatch(1);
      CountDownLatch written = new CountDownLatch(3 * each);
      List<Thread> threads = new ArrayList<>();
      for (String name : List.of("a", "b", "c")) {
        threads.add(new Thread(() -> offerAll(tested, name, each, start, written)));
      }
      threads.forEach(Thread::start);
      start.countDown();
      written.await();
      container.shutdown();
      assertEquals(1, most.get());
      assertEquals(0, shared.usedBytes());
      for (String name : List.of("a", "b", "c")) {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < each; i++) {
          expected.add(name + i);
        }
        assertEquals(expected, sent.stream().filter(text -> text.startsWith(name)).toList());
      }
    }
  }

  private static void offerAll(
      Lane tested, String name, int count, CountDownLatch start, CountDownLatch written) {
    try {
      start.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (int i = 0; i < count; i++) {
      tested.offer(
          name + i,
          2,
          new Lane.Receipt() {
            @Override
            public void written() {
              written.countDown();
            }

            @Override
            public void unsent() {}
          });
    }
  }

  @Test
  @Timeout(60)
  void everyEntryGetsOneReceiptWhenACloseRacesWithOffers() throws InterruptedException {
    for (int round = 0; round < 300; round++) {
      Budget shared = new Budget(1 << 30, () -> false);
      Lane tested = lane(1 << 30, shared);
      ManualChannel inline = ManualChannel.inline();
      tested.open(inline);
      AtomicInteger taken = new AtomicInteger();
      AtomicInteger answered = new AtomicInteger();
      CountDownLatch start = new CountDownLatch(1);
      Thread offering =
          new Thread(
              () -> {
                awaitQuietly(start);
                for (int i = 0; i < 50; i++) {
                  if (tested.offer("x", 1, counting(answered)) == Offer.TAKEN) {
                    taken.incrementAndGet();
                  }
                }
              });
      Thread closing =
          new Thread(
              () -> {
                awaitQuietly(start);
                tested.close();
              });
      offering.start();
      closing.start();
      start.countDown();
      offering.join();
      closing.join();
      assertEquals(taken.get(), answered.get());
      assertEquals(0, shared.usedBytes());
    }
  }

  private static Lane.Receipt counting(AtomicInteger answered) {
    return new Lane.Receipt() {
      @Override
      public void written() {
        answered.incrementAndGet();
      }

      @Override
      public void unsent() {
        answered.incrementAndGet();
      }
    };
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private abstract static class WebSocketChannelAdapter implements WebSocketChannel {
    @Override
    public void ping() {}

    @Override
    public void close(int code, String reason) {}

    @Override
    public boolean isOpen() {
      return true;
    }
  }
}
