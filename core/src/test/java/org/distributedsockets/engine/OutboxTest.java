package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.distributedsockets.engine.Outbox.Entry;
import org.distributedsockets.engine.wire.Batch;
import org.distributedsockets.engine.wire.BatchDecoder;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.Item.AnnounceItem;
import org.distributedsockets.engine.wire.Item.Cause;
import org.distributedsockets.engine.wire.Item.MessageItem;
import org.distributedsockets.engine.wire.Item.ProbeItem;
import org.distributedsockets.engine.wire.Item.ReturnItem;
import org.distributedsockets.engine.wire.MalformedBatchException;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.PublishResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {
  private static final int OVERHEAD = 128;
  private static final Duration LONG_PAUSE = Duration.ofSeconds(2);
  private static final Outbox.Limits LIMITS =
      new Outbox.Limits(1 << 20, 1 << 21, 2, 256 << 10, 1_000);

  /** One call of publish, answered when the test says so. */
  private static final class Publish {
    final String node;
    final byte[] bytes;
    final CompletableFuture<PublishResult> result = new CompletableFuture<>();

    Publish(String node, byte[] bytes) {
      this.node = node;
      this.bytes = bytes;
    }

    Batch batch() {
      try {
        return BatchDecoder.decode(bytes);
      } catch (MalformedBatchException e) {
        throw new AssertionError(e);
      }
    }

    List<Long> tokens() {
      return OutboxTest.tokens(batch());
    }
  }

  private static class Recorder implements Outbox.Listener {
    final List<Item> confirmed = new ArrayList<>();
    final List<Entry> unroutable = new ArrayList<>();
    final List<Item> expired = new ArrayList<>();
    boolean mayHaveLeft;
    boolean lives;

    @Override
    public void onConfirmed(String node, Item item) {
      confirmed.add(item);
    }

    @Override
    public void onUnroutable(String node, Entry entry, boolean mayHaveLeft) {
      this.mayHaveLeft = mayHaveLeft;
      unroutable.add(entry);
    }

    @Override
    public void onExpired(String node, Item item) {
      expired.add(item);
    }

    @Override
    public boolean lives(String node) {
      return lives;
    }
  }

  private final ManualRuntime manual = new ManualRuntime();
  private final CountingMetrics metrics = new CountingMetrics();
  private final Recorder recorder = new Recorder();
  private final List<Publish> published = new ArrayList<>();
  private NodeIdentity self = NodeIdentity.of("n1", 7);

  private Outbox outbox(Outbox.Limits limits) {
    Outbox outbox =
        new Outbox(() -> self, this::publish, limits, manual.runtime(), metrics, recorder);
    outbox.busUp();
    return outbox;
  }

  private boolean busThrows;

  private CompletionStage<PublishResult> publish(String node, byte[] bytes) {
    if (busThrows) {
      throw new IllegalStateException("closed");
    }
    Publish publish = new Publish(node, bytes);
    published.add(publish);
    return publish.result;
  }

  private Publish last() {
    return published.get(published.size() - 1);
  }

  private static ProbeItem probe(long token) {
    return new ProbeItem(token, false);
  }

  private static MessageItem message(long sequence, String payload) {
    return new MessageItem(
        TestEnvelopes.of(
            sequence, TestEnvelopes.BOB, payload, false, TestEnvelopes.FAR_FUTURE_MILLIS));
  }

  private static List<Long> tokens(Batch batch) {
    return batch.items().stream().map(item -> ((ProbeItem) item).token()).toList();
  }

  private static void offer(Outbox outbox, long... tokens) {
    for (long token : tokens) {
      assertTrue(outbox.offer("n2", probe(token)));
    }
  }

  // ---- batching

  @Test
  void aBusThatThrowsDoesNotEndTheStream() {
    Outbox outbox = outbox(new Outbox.Limits(1 << 20, 1 << 20, 4, 1 << 16, 100));
    busThrows = true;
    assertTrue(outbox.offer("n2", probe(1)));
    busThrows = false;
    assertTrue(outbox.offer("n2", probe(2)));
    assertEquals(List.of(), published, "nothing newer before the repetition");
    manual.advance(Duration.ofSeconds(1));
    assertEquals(List.of(1L), published.get(0).tokens());
    published.get(0).result.complete(PublishResult.CONFIRMED);
    assertEquals(List.of(2L), published.get(1).tokens());
  }

  @Test
  void aLoneItemLeavesAtOnce() {
    offer(outbox(LIMITS), 1);
    Batch batch = last().batch();
    assertEquals(new Batch("n1", 7, 1, List.of(probe(1)), 0), batch);
    assertEquals("n2", last().node);
  }

  @Test
  void whatComesWhileTheMostBatchesAreUnconfirmedLeavesAsOneBatch() {
    Outbox outbox = outbox(LIMITS);
    offer(outbox, 1, 2, 3, 4, 5);
    assertEquals(2, published.size());
    published.get(0).result.complete(PublishResult.CONFIRMED);
    assertEquals(3, published.size());
    assertEquals(List.of(3L, 4L, 5L), last().tokens());
    assertEquals(3, last().batch().number());
  }

  @Test
  void numbersCountPerNode() {
    Outbox outbox = outbox(LIMITS);
    outbox.offer("n2", probe(1));
    outbox.offer("n3", probe(2));
    outbox.offer("n2", probe(3));
    assertEquals(List.of(1L, 1L, 2L), published.stream().map(p -> p.batch().number()).toList());
  }

  @Test
  void aFullStreamHoldsUpNoOtherNode() {
    Outbox outbox = outbox(LIMITS);
    offer(outbox, 1, 2, 3);
    outbox.offer("n3", probe(4));
    assertEquals("n3", last().node);
  }

  @Test
  void aBatchHoldsAtMostSoManyItems() {
    Outbox outbox = outbox(new Outbox.Limits(1 << 20, 1 << 20, 1, 256 << 10, 3));
    offer(outbox, 0, 1, 2, 3, 4);
    published.get(0).result.complete(PublishResult.CONFIRMED);
    assertEquals(List.of(1L, 2L, 3L), last().tokens());
    last().result.complete(PublishResult.CONFIRMED);
    assertEquals(List.of(4L), last().tokens());
  }

  @Test
  void aBatchIsAtMostSoLongUnlessOneItemAloneIsLonger() {
    Outbox outbox = outbox(new Outbox.Limits(1 << 20, 1 << 20, 1, 400, 1_000));
    offer(outbox, 0);
    outbox.offer("n2", message(1, "x".repeat(1_000)));
    outbox.offer("n2", message(2, "x".repeat(150)));
    outbox.offer("n2", message(3, "x".repeat(150)));
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < published.size(); i++) {
      published.get(i).result.complete(PublishResult.CONFIRMED);
      sizes.add(published.get(i).batch().items().size());
      assertTrue(published.get(i).bytes.length <= 400 || sizes.get(i) == 1);
    }
    assertEquals(List.of(1, 1, 1, 1), sizes);
  }

  @Test
  void aNewIncarnationIsNamedByLaterBatches() {
    Outbox outbox = outbox(LIMITS);
    offer(outbox, 1);
    self = NodeIdentity.of("n1", 8);
    offer(outbox, 2);
    assertEquals(List.of(7L, 8L), published.stream().map(p -> p.batch().incarnation()).toList());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, SeenWindow.MAX_OUTSTANDING + 1})
  void refusesMoreUnconfirmedBatchesThanAReceiverRemembers(int most) {
    assertThrows(IllegalArgumentException.class, () -> new Outbox.Limits(1, 1, most, 1, 1));
  }

  // ---- repetition

  @ParameterizedTest
  @EnumSource(
      value = PublishResult.class,
      names = {"REFUSED", "UNKNOWN"})
  void repeatsTheSameBytesAfterAPause(PublishResult result) {
    Outbox outbox = outbox(LIMITS);
    offer(outbox, 1);
    published.get(0).result.complete(result);
    assertEquals(1, published.size());
    manual.advance(LONG_PAUSE);
    assertEquals(2, published.size());
    assertSame(published.get(0).bytes, last().bytes);
    assertEquals(1, metrics.of(Counter.BATCHES_REPEATED));
    assertFalse(outbox.isEmpty());
    last().result.complete(PublishResult.CONFIRMED);
    assertTrue(outbox.isEmpty());
  }

  @Test
  void aFailedStageCountsAsUnknown() {
    offer(outbox(LIMITS), 1);
    last().result.completeExceptionally(new IllegalStateException("broken bus"));
    manual.advance(LONG_PAUSE);
    assertEquals(2, published.size());
  }

  @Test
  void repetitionsGoOneAtATimeTheOldestFirstAndBeforeAnythingNewer() {
    Outbox outbox = outbox(new Outbox.Limits(1 << 20, 1 << 20, 3, 256 << 10, 1_000));
    offer(outbox, 1, 2, 3, 4);
    published.get(2).result.complete(PublishResult.UNKNOWN);
    published.get(0).result.complete(PublishResult.UNKNOWN);
    manual.advance(LONG_PAUSE);
    assertEquals(3, published.size(), "waits for what is still under way");
    published.get(1).result.complete(PublishResult.UNKNOWN);
    manual.advance(LONG_PAUSE);
    for (int i = 0; i < 3; i++) {
      assertEquals(4 + i, published.size(), "one at a time");
      assertSame(published.get(i).bytes, last().bytes);
      manual.advance(LONG_PAUSE);
      last().result.complete(PublishResult.CONFIRMED);
    }
    assertEquals(List.of(4L), last().tokens());
  }

  @Test
  void nothingNewerLeavesWhileTheLastRepetitionIsUnconfirmed() {
    Outbox outbox = outbox(LIMITS);
    offer(outbox, 1);
    last().result.complete(PublishResult.REFUSED);
    manual.advance(LONG_PAUSE);
    offer(outbox, 2);
    assertEquals(2, published.size());
    last().result.complete(PublishResult.CONFIRMED);
    assertEquals(List.of(2L), last().tokens());
  }

  @Test
  void nothingNewerLeavesBeforeTheResultFromBeforeTheBusCameUpAgain() {
    Outbox outbox = outbox(LIMITS);
    offer(outbox, 1);
    outbox.busDown();
    outbox.busUp();
    offer(outbox, 2);
    assertEquals(1, published.size());
    last().result.complete(PublishResult.REFUSED);
    manual.advance(LONG_PAUSE);
    assertSame(published.get(0).bytes, last().bytes);
    last().result.complete(PublishResult.CONFIRMED);
    assertEquals(List.of(2L), last().tokens());
  }

  @Test
  void pausesGrowWhileTheBusRefusesAndBeginAnewAfterAConfirm() {
    Outbox outbox = outbox(LIMITS);
    offer(outbox, 1);
    assertEquals(List.of(20L, 40L, 80L, 160L, 320L, 640L, 1_000L, 1_000L), pauses(8));
    last().result.complete(PublishResult.CONFIRMED);
    offer(outbox, 2);
    assertEquals(List.of(20L), pauses(1));
  }

  private List<Long> pauses(int count) {
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int before = published.size();
      last().result.complete(PublishResult.REFUSED);
      long millis = 0;
      while (published.size() == before) {
        manual.advance(Duration.ofMillis(1));
        millis++;
      }
      pauses.add(millis);
    }
    return pauses;
  }

  // ---- up and down

  @Test
  void nothingLeavesWhileTheBusIsDownAndAllInOrderWhenItIsUp() {
    Outbox outbox = outbox(LIMITS);
    outbox.busDown();
    assertFalse(outbox.isUp());
    offer(outbox, 1, 2, 3);
    manual.advance(LONG_PAUSE);
    assertEquals(0, published.size());
    outbox.busUp();
    assertEquals(List.of(1L, 2L, 3L), last().tokens());
  }

  @Test
  void aRepetitionWaitsForTheBusToo() {
    Outbox outbox = outbox(LIMITS);
    offer(outbox, 1);
    outbox.busDown();
    last().result.complete(PublishResult.UNKNOWN);
    manual.advance(LONG_PAUSE);
    assertEquals(1, published.size());
    outbox.busUp();
    assertEquals(2, published.size());
  }

  // ---- bounds

  @Test
  void refusesMessagesOverTheBoundOfOneNodeAndHintsOverHalfOfIt() {
    Outbox outbox = outbox(new Outbox.Limits(2 * (OVERHEAD + 1), 1 << 20, 1, 1 << 18, 10));
    outbox.busDown();
    assertTrue(outbox.offer("n2", message(1, "1")));
    assertTrue(outbox.offer("n2", message(2, "2")));
    assertFalse(outbox.offer("n2", message(3, "3")));
    assertTrue(outbox.offer("n3", message(4, "4")), "another node has its own bound");
    assertFalse(outbox.offer("n2", probe(5)));
    outbox.offer("n2", probe(6), () -> {});
    assertEquals(3 * (OVERHEAD + 1) + OVERHEAD, outbox.bytes(), "an obligation is always taken");
  }

  @Test
  void oneAnnouncementSaysAsMuchAsTwoWhileItWaits() {
    Outbox outbox = outbox(new Outbox.Limits(1 << 20, 1 << 20, 1, 1 << 18, 10));
    outbox.busDown();
    assertTrue(outbox.offer("n2", new AnnounceItem(TestEnvelopes.BOB)));
    assertTrue(outbox.offer("n2", new AnnounceItem(TestEnvelopes.BOB)));
    assertEquals(OVERHEAD, outbox.bytes());
    outbox.busUp();
    assertEquals(1, published.size());
    assertTrue(outbox.offer("n2", new AnnounceItem(TestEnvelopes.BOB)), "the first has left");
    assertEquals(2 * OVERHEAD, outbox.bytes());
  }

  @Test
  void aReturnCountsWithWhatItCarries() {
    Outbox outbox = outbox(new Outbox.Limits(1 << 20, 1 << 20, 1, 1 << 18, 10));
    outbox.busDown();
    outbox.offer(
        "n2",
        new ReturnItem(message(1, "12345").envelope(), "n1", Cause.ABSENT, Set.of()),
        () -> {});
    assertEquals(OVERHEAD + 5, outbox.bytes());
  }

  @Test
  void countsBytesOfUtf8() {
    Outbox outbox = outbox(new Outbox.Limits(1 << 20, 1 << 20, 1, 1 << 18, 10));
    outbox.busDown();
    outbox.offer("n2", message(1, "\"\u20ac\""));
    assertEquals(OVERHEAD + 5, outbox.bytes());
    outbox.expire(Long.MAX_VALUE);
    assertEquals(0, outbox.bytes());
  }

  @Test
  void refusesMessagesOverTheBoundOfAllNodes() {
    Outbox outbox = outbox(new Outbox.Limits(1 << 20, 2 * (OVERHEAD + 1), 1, 1 << 18, 10));
    outbox.busDown();
    assertTrue(outbox.offer("n2", message(1, "1")));
    assertTrue(outbox.offer("n3", message(2, "2")));
    assertFalse(outbox.offer("n4", message(3, "3")));
  }

  @Test
  void whatIsUnconfirmedCountsUntilItIsConfirmedOrUnroutable() {
    Outbox outbox = outbox(new Outbox.Limits(OVERHEAD + 1, 1 << 20, 1, 1 << 18, 10));
    for (PublishResult result : List.of(PublishResult.CONFIRMED, PublishResult.UNROUTABLE)) {
      assertTrue(outbox.offer("n2", message(1, "1")));
      assertFalse(outbox.offer("n2", message(2, "2")));
      last().result.complete(result);
      assertEquals(0, outbox.bytes());
      assertTrue(outbox.isEmpty());
    }
  }

  // ---- what becomes of items

  @Test
  void tellsAndSettlesWhatIsConfirmed() {
    Outbox outbox = outbox(LIMITS);
    List<String> settled = new ArrayList<>();
    outbox.offer("n2", probe(1), () -> settled.add("1"));
    assertEquals(List.of(), settled);
    last().result.complete(PublishResult.CONFIRMED);
    assertEquals(List.of("1"), settled);
    assertEquals(List.of(probe(1)), recorder.confirmed);
  }

  @Test
  void doesNotSettleBeforeARepetitionIsConfirmed() {
    Outbox outbox = outbox(LIMITS);
    List<String> settled = new ArrayList<>();
    outbox.offer("n2", probe(1), () -> settled.add("1"));
    last().result.complete(PublishResult.REFUSED);
    manual.advance(LONG_PAUSE);
    assertEquals(List.of(), settled);
    last().result.complete(PublishResult.CONFIRMED);
    assertEquals(List.of("1"), settled);
  }

  @Test
  void handsOnWhatIsUnroutableWithItsActionUnrun() {
    Outbox outbox = outbox(LIMITS);
    List<String> settled = new ArrayList<>();
    outbox.offer("n2", probe(1), () -> settled.add("1"));
    last().result.complete(PublishResult.UNROUTABLE);
    assertEquals(List.of(), settled);
    assertEquals(List.of(), recorder.confirmed);
    assertEquals(probe(1), recorder.unroutable.get(0).item());
    recorder.unroutable.get(0).settled().run();
    assertEquals(List.of("1"), settled);
    assertEquals(1, metrics.of(Counter.BATCHES_UNROUTABLE));
    assertFalse(recorder.mayHaveLeft);
  }

  @ParameterizedTest
  @CsvSource({"UNKNOWN,true", "REFUSED,false"})
  void saysWhetherWhatIsUnroutableMayHaveLeftBefore(PublishResult first, boolean mayHaveLeft) {
    offer(outbox(LIMITS), 1);
    last().result.complete(first);
    manual.advance(LONG_PAUSE);
    last().result.complete(PublishResult.UNROUTABLE);
    assertEquals(mayHaveLeft, recorder.mayHaveLeft);
  }

  @Test
  void repeatsWhatMayHaveLeftBeforeUnderItsNumberWhileItsNodeLives() {
    recorder.lives = true;
    offer(outbox(LIMITS), 1);
    last().result.complete(PublishResult.UNKNOWN);
    for (int i = 1; i < 4; i++) {
      manual.advance(LONG_PAUSE);
      assertEquals(1 + i, published.size());
      assertSame(published.get(0).bytes, last().bytes);
      last().result.complete(PublishResult.UNROUTABLE);
    }
    assertEquals(List.of(), recorder.unroutable);
    recorder.lives = false;
    manual.advance(LONG_PAUSE);
    last().result.complete(PublishResult.UNROUTABLE);
    assertEquals(1, recorder.unroutable.size());
  }

  @Test
  void whatIsUnroutableMakesRoomForWhatWaits() {
    Outbox outbox = outbox(LIMITS);
    offer(outbox, 1, 2, 3);
    published.get(0).result.complete(PublishResult.UNROUTABLE);
    assertEquals(List.of(3L), last().tokens());
  }

  @Test
  void dropsWaitingMessagesWhoseLifeEnded() {
    Outbox outbox = outbox(LIMITS);
    outbox.busDown();
    MessageItem early = new MessageItem(TestEnvelopes.of(1, TestEnvelopes.BOB, "1", false, 1_000));
    MessageItem late = new MessageItem(TestEnvelopes.of(2, TestEnvelopes.BOB, "2", false, 1_001));
    outbox.offer("n2", early);
    outbox.offer("n2", probe(1));
    outbox.offer("n2", late);
    outbox.expire(999);
    assertEquals(List.of(), recorder.expired);
    outbox.expire(1_000);
    assertEquals(List.of(early), recorder.expired);
    assertEquals(2 * OVERHEAD + 1, outbox.bytes());
    outbox.busUp();
    assertEquals(List.of(probe(1), late), last().batch().items());
  }

  @Test
  void doesNotDropWhatMayHaveLeft() {
    Outbox outbox = outbox(LIMITS);
    outbox.offer("n2", new MessageItem(TestEnvelopes.of(1, TestEnvelopes.BOB, "1", false, 1_000)));
    last().result.complete(PublishResult.UNKNOWN);
    outbox.expire(2_000);
    assertEquals(List.of(), recorder.expired);
    manual.advance(LONG_PAUSE);
    assertEquals(2, published.size());
  }

  @Test
  void aPublishThatIsAnsweredInsideTheCallDoesNotNest() {
    List<List<Long>> sent = new ArrayList<>();
    Outbox outbox =
        new Outbox(
            () -> self,
            (node, bytes) -> {
              sent.add(new Publish(node, bytes).tokens());
              return CompletableFuture.completedFuture(PublishResult.CONFIRMED);
            },
            new Outbox.Limits(1 << 30, 1 << 30, 2, 256 << 10, 1),
            manual.runtime(),
            metrics,
            recorder);
    for (long i = 0; i < 5_000; i++) {
      outbox.offer("n2", probe(i));
    }
    outbox.busUp();
    assertEquals(5_000, sent.size());
    assertEquals(List.of(4_999L), sent.get(4_999));
    assertTrue(outbox.isEmpty());
  }

  @Test
  @Timeout(60)
  void keepsTheOrderOfEachThread() throws InterruptedException {
    int threads = 4;
    int each = 5_000;
    CountDownLatch allConfirmed = new CountDownLatch(threads * each);
    List<Long> arrived = new ArrayList<>();
    List<Long> numbers = new ArrayList<>();
    ExecutorService bus = Executors.newSingleThreadExecutor();
    Outbox outbox =
        new Outbox(
            () -> self,
            (node, bytes) ->
                CompletableFuture.supplyAsync(
                    () -> {
                      Publish publish = new Publish(node, bytes);
                      arrived.addAll(publish.tokens());
                      numbers.add(publish.batch().number());
                      return PublishResult.CONFIRMED;
                    },
                    bus),
            new Outbox.Limits(1 << 30, 1 << 30, 4, 256 << 10, 100),
            manual.runtime(),
            MetricsListener.NONE,
            new Recorder() {
              @Override
              public void onConfirmed(String node, Item item) {
                allConfirmed.countDown();
              }
            });
    outbox.busUp();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> senders =
        IntStream.range(0, threads)
            .mapToObj(t -> new Thread(() -> send(outbox, start, (long) t * each, each)))
            .toList();
    senders.forEach(Thread::start);
    start.countDown();
    for (Thread sender : senders) {
      sender.join();
    }
    assertTrue(allConfirmed.await(30, TimeUnit.SECONDS));
    assertTrue(outbox.isEmpty());
    bus.shutdown();
    assertTrue(bus.awaitTermination(10, TimeUnit.SECONDS));
    assertEquals(threads * each, arrived.size());
    for (long t = 0; t < threads; t++) {
      long first = t * each;
      List<Long> ofThread =
          arrived.stream().filter(token -> token >= first && token < first + each).toList();
      assertEquals(ofThread.stream().sorted().toList(), ofThread);
    }
    assertEquals(numbers.stream().sorted().distinct().toList(), numbers);
  }

  private static void send(Outbox outbox, CountDownLatch start, long first, long count) {
    try {
      start.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (long i = 0; i < count; i++) {
      outbox.offer("n2", probe(first + i));
    }
  }
}
