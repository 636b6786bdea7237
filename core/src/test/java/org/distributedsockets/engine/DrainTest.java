package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.RegistryException;
import org.junit.jupiter.api.Test;

class DrainTest {
  private static final int STEPS = 20;
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Clients clients = new Clients();
  private final ManualRuntime manual = clients.manual;
  private final ManualChannel channel = new ManualChannel();
  private final Outbox outbox = mock(Outbox.class);
  private final Deliveries deliveries = mock(Deliveries.class);
  private final BatchReceiver receiver = mock(BatchReceiver.class);
  private final Inbox inbox = mock(Inbox.class);
  private final Membership membership = mock(Membership.class);
  private final Registrar registrar = mock(Registrar.class);

  DrainTest() {
    when(outbox.isEmpty()).thenReturn(true);
    when(registrar.isIdle()).thenReturn(true);
    when(inbox.deleteIfEmpty()).thenReturn(true);
  }

  private CompletableFuture<Void> drain() {
    return drain(LIMIT);
  }

  private CompletableFuture<Void> drain(Duration limit) {
    return new Drain(
            "n1",
            clients.local(),
            outbox,
            deliveries,
            receiver,
            inbox,
            membership,
            registrar,
            1_000,
            manual.runtime(),
            clients.errors)
        .start(limit.toNanos());
  }

  private void steps() {
    for (int i = 0; i < STEPS; i++) {
      manual.advance(Duration.ofMillis(50));
      manual.runAll();
    }
  }

  @Test
  void waitsUntilTheLastWordToAClientIsWritten() {
    clients.open("c1", "bob", channel).answer("last word");
    CompletableFuture<Void> done = drain();
    steps();
    assertEquals(0, clients.local().count());
    assertFalse(done.isDone());
    channel.written();
    steps();
    assertTrue(done.isDone());
    assertEquals(1, channel.closes.size());
    assertTrue(channel.closes.get(0).startsWith("1001 draining"), channel.closes::toString);
  }

  @Test
  void doesNotWaitForAClientThatDoesNotRead() {
    clients.open("c1", "bob", channel).answer("last word");
    CompletableFuture<Void> done = drain();
    for (int i = 0; i < 4; i++) {
      steps();
    }
    assertTrue(done.isDone());
    assertEquals(1, channel.closes.size());
  }

  @Test
  void saysNothingWhereNothingIsLeft() {
    CompletableFuture<Void> done = drain();
    steps();
    assertTrue(done.isDone());
    manual.live(LIMIT);
    assertEquals(List.of(), clients.errors.lines);
  }

  @Test
  void saysInOneLineWhatItLeavesWhenBothBackendsAreDead() {
    doThrow(new BusException("away", true, null)).when(inbox).unbind();
    when(outbox.isEmpty()).thenReturn(false);
    when(outbox.bytes()).thenReturn(700L);
    when(deliveries.routing()).thenReturn(3);
    when(receiver.unsettledBatches()).thenReturn(2);
    when(registrar.isIdle()).thenReturn(false);
    CompletableFuture<Void> done = drain();
    manual.live(LIMIT);
    assertTrue(done.isDone());
    assertEquals(
        List.of(
            "node n1 could not leave in good order within 10000 ms; it leaves behind 3 messages"
                + " whose end is not known, 700 bytes for other nodes, 2 batches not acknowledged,"
                + " changes that the registry was not told, its queue, which is bound, its lease"),
        clients.errors.lines);
    verify(membership, never()).leave();
    manual.live(LIMIT);
    assertEquals(0, manual.waitingTimers());
  }

  @Test
  void aCallThatHangsHoldsItUpNoLongerThanTheLimit() {
    CompletableFuture<Void> done = drain();
    manual.advance(LIMIT.minus(Duration.ofMillis(1)));
    assertFalse(done.isDone());
    manual.advance(Duration.ofMillis(1));
    assertTrue(done.isDone());
    assertEquals(1, clients.errors.lines.size());
  }

  @Test
  void doesNotNameAFailureThatIsOver() {
    doThrow(new BusException("away", true, null)).doNothing().when(inbox).unbind();
    when(inbox.deleteIfEmpty()).thenReturn(false);
    CompletableFuture<Void> done = drain();
    manual.live(LIMIT);
    assertTrue(done.isDone());
    assertEquals(
        List.of(
            "node n1 could not leave in good order within 10000 ms; it leaves behind its queue, its"
                + " lease"),
        clients.errors.lines);
    assertEquals(List.of(), clients.errors.causes);
  }

  @Test
  void tellsAllClientsInHalfOfTheTimeHoweverManyThereAre() {
    channel.inline = true;
    for (int i = 0; i < 3_000; i++) {
      clients.open("c" + i, "u" + i, channel);
    }
    CompletableFuture<Void> done = drain(Duration.ofSeconds(2));
    manual.live(Duration.ofMillis(900));
    assertTrue(clients.local().count() > 0, "not all at once");
    manual.live(Duration.ofMillis(150));
    assertEquals(0, clients.local().count());
    manual.live(Duration.ofSeconds(1));
    assertTrue(done.isDone());
    assertEquals(List.of(), clients.errors.lines);
  }

  @Test
  void aDrainWithoutTimeEndsAtOnce() {
    clients.open("c1", "bob", channel);
    CompletableFuture<Void> done = drain(Duration.ZERO);
    manual.advance(Duration.ZERO);
    assertTrue(done.isDone());
    assertEquals(1, clients.errors.lines.size());
  }

  @Test
  void namesTheLeaseAloneOnceTheQueueIsGone() {
    doThrow(new RegistryException("away", true, null)).when(membership).leave();
    CompletableFuture<Void> done = drain();
    manual.live(LIMIT);
    assertTrue(done.isDone());
    assertEquals(
        List.of(
            "node n1 could not leave in good order within 10000 ms; it leaves behind its lease"),
        clients.errors.lines);
    verify(inbox).deleteIfEmpty();
  }

  @Test
  void clientsThatDoNotGoInTimeLeaveTimeForTheQueue() {
    for (int i = 0; i < 3; i++) {
      clients.open("c" + i, "bob", channel).answer("last word");
    }
    CompletableFuture<Void> done = drain(Duration.ofSeconds(1));
    manual.live(Duration.ofSeconds(1));
    assertTrue(done.isDone());
    assertEquals(List.of(), clients.errors.lines);
    verify(membership).leave();
  }

  @Test
  void staysBoundWhileOthersSendWhatTheyMustHaveBack() {
    AtomicLong batches = new AtomicLong();
    when(receiver.batches()).thenAnswer(call -> batches.incrementAndGet() / 2);
    CompletableFuture<Void> done = drain(Duration.ofSeconds(40));
    manual.live(Duration.ofMillis(900));
    verify(inbox, never()).unbind();
    when(receiver.batches()).thenReturn(99L);
    manual.live(Duration.ofMillis(250));
    verify(inbox, never()).unbind();
    manual.live(Duration.ofMillis(150));
    verify(inbox).unbind();
    assertTrue(done.isDone());
  }

  @Test
  void unbindsInTimeAlsoIfTheOthersGoOn() {
    AtomicLong batches = new AtomicLong();
    when(receiver.batches()).thenAnswer(call -> batches.incrementAndGet());
    CompletableFuture<Void> done = drain();
    manual.live(Duration.ofMillis(700));
    verify(inbox).unbind();
    assertTrue(done.isDone());
  }
}
