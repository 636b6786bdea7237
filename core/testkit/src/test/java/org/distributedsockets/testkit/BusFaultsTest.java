package org.distributedsockets.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.distributedsockets.spi.PublishResult.CONFIRMED;
import static org.distributedsockets.spi.PublishResult.REFUSED;
import static org.distributedsockets.spi.PublishResult.UNKNOWN;
import static org.distributedsockets.spi.PublishResult.UNROUTABLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.memory.BusFaults;
import org.distributedsockets.memory.MemoryCluster;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.InboxHeldException;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.PublishResult;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A fault of the bus in memory")
final class BusFaultsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualScheduler scheduler = new ManualScheduler();
  private final MemoryCluster cluster = new MemoryCluster(scheduler, MemoryCluster.DEFAULT_GRACE);
  private final BusFaults faults = cluster.busFaults();
  private final RecordingErrorListener errors = new RecordingErrorListener();
  private final RecordingBusListener told = new RecordingBusListener();
  private final RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
  private final MessageBus a = cluster.openBus("a", new RecordingBusListener(), errors);
  private final MessageBus b = cluster.openBus("b", told, errors);
  private final Inbox inbox = b.open("b", handler);
  private final List<PublishResult> results = new ArrayList<>();

  @BeforeEach
  void bind() {
    inbox.bind();
    scheduler.runDue();
  }

  @Test
  @DisplayName("is none: nothing happens before the scheduler runs it")
  void none() {
    publish("1");
    assertEquals(List.of(), handler.texts());
    assertEquals(List.of(), results);

    scheduler.runDue();

    assertEquals(List.of("1"), handler.texts());
    assertEquals(List.of(CONFIRMED), results);
  }

  @Test
  @DisplayName("may be a cut: what is under way is UNKNOWN and was taken or not, as the test says")
  void cut() {
    publish("1", "2", "3");

    faults.cut("a", SECOND, frame -> new String(frame, UTF_8).equals("1"));
    publish("4");
    scheduler.runDue();

    assertEquals(List.of(UNKNOWN, UNKNOWN, UNKNOWN, REFUSED), results);
    assertEquals(List.of("1"), handler.texts());
    scheduler.advance(SECOND);
    publish("5");
    scheduler.runDue();
    assertEquals(List.of("1", "5"), handler.texts());
  }

  @Test
  @DisplayName("may be a cut between arrival and answer: taken, and UNKNOWN all the same")
  void cutBeforeTheAnswer() {
    faults.delay("a", SECOND);
    publish("1");
    scheduler.schedule(SECOND.toNanos(), () -> faults.cut("a", SECOND));

    scheduler.advance(SECOND);

    assertEquals(List.of(UNKNOWN), results);
    assertEquals(List.of("1"), handler.texts());
  }

  @Test
  @DisplayName("may be a cut in a cut: the later one says when it ends")
  void cutTwice() {
    faults.cut("b", SECOND);
    faults.cut("b", Duration.ofSeconds(10));

    scheduler.advance(Duration.ofSeconds(9));
    assertEquals(List.of("up", "down"), told.calls());

    scheduler.advance(SECOND);
    assertEquals(List.of("up", "down", "up"), told.calls());
  }

  @Test
  @DisplayName("may be that it is away for all")
  void away() {
    publish("1");
    faults.goAway(frame -> true);
    publish("2");
    scheduler.advance(Duration.ofMinutes(1));

    assertEquals(List.of(UNKNOWN, REFUSED), results);
    assertThrows(BusException.class, () -> inbox.bind());
    assertThrows(BusException.class, () -> cluster.openBus("c", told, errors));
    assertEquals(List.of("up", "down"), told.calls());

    faults.comeBack();
    scheduler.runDue();
    assertEquals(List.of("1"), handler.texts());
    assertEquals(List.of("up", "down", "up"), told.calls());
  }

  @Test
  @DisplayName("may be that it blocks a publisher: frames wait in order, and consuming goes on")
  void blocked() {
    faults.block("b");
    collect(b.publish("b", "1".getBytes(UTF_8)));
    collect(b.publish("b", "2".getBytes(UTF_8)));
    publish("other");
    scheduler.advance(Duration.ofMinutes(1));
    assertEquals(List.of(CONFIRMED), results);
    assertEquals(List.of("other"), handler.texts());
    assertEquals(List.of("up", "down"), told.calls());

    faults.unblock("b");
    scheduler.runDue();

    assertEquals(List.of("other", "1", "2"), handler.texts());
    assertEquals(List.of("up", "down", "up"), told.calls());
  }

  @Test
  @DisplayName("may be a full queue: refused, and not taken")
  void full() {
    faults.fill("b");
    publish("1");
    scheduler.runDue();
    faults.drain("b");
    publish("2");
    scheduler.runDue();

    assertEquals(List.of(REFUSED, CONFIRMED), results);
    assertEquals(List.of("2"), handler.texts());
  }

  @Test
  @DisplayName("may be a delay, which keeps the order even when it shrinks")
  void delayed() {
    faults.delay("a", Duration.ofSeconds(5));
    publish("1");
    faults.delay("a", SECOND);
    publish("2");

    scheduler.advance(SECOND.minusNanos(1));
    assertEquals(List.of(), handler.texts());
    scheduler.advance(Duration.ofSeconds(5));
    assertEquals(List.of("1", "2"), handler.texts());
  }

  @Test
  @DisplayName("may be a dropped binding, which nobody is told of and binding mends")
  void droppedBinding() {
    faults.dropBinding("b");
    publish("1");
    scheduler.runDue();
    assertEquals(List.of(UNROUTABLE), results);

    inbox.bind();
    publish("2");
    scheduler.runDue();

    assertEquals(List.of("2"), handler.texts());
    assertEquals(List.of("up"), told.calls());
  }

  @Test
  @DisplayName("may be a deleted queue: its node is told, and has a new one, bound")
  void deletedQueue() {
    publish("lost");
    scheduler.schedule(0, () -> faults.deleteQueue("b"));
    scheduler.runDue();
    publish("1");
    scheduler.runDue();

    assertEquals(List.of("1"), handler.texts());
    assertEquals(List.of("up", "taken over: b"), told.calls());
  }

  @Test
  @DisplayName("may be a deleted queue of a dead node, whose adopter ends")
  void deletedAdoptedQueue() {
    inbox.close();
    Inbox adopted = a.adopt("b", handler).orElseThrow();

    faults.deleteQueue("b");
    scheduler.runDue();

    assertThrows(BusException.class, adopted::deleteIfEmpty);
    b.open("b", handler);
  }

  @Test
  @DisplayName("may let a rival take an inbox, whose calls then say who holds it")
  void takenOver() {
    faults.cut("b", SECOND);
    Inbox rival = a.open("b", RecordingInboundHandler.holding());
    scheduler.advance(SECOND);

    assertThrows(InboxHeldException.class, inbox::bind);
    assertEquals(List.of("up", "down", "taken over: b", "up"), told.calls());
    rival.close();
    scheduler.runDue();
    publish("1");
    scheduler.runDue();
    assertEquals(List.of("1"), handler.texts());
  }

  @Test
  @DisplayName("may let a rival take an inbox, which does not come back if it is closed meanwhile")
  void takenOverAndClosed() {
    faults.cut("b", SECOND);
    Inbox rival = a.open("b", RecordingInboundHandler.holding());
    scheduler.advance(SECOND);
    rival.close();

    inbox.close();
    scheduler.runDue();

    a.open("b", handler);
  }

  @Test
  @DisplayName("of a listener is told and ends nothing")
  void throwingListener() {
    MessageBus c = cluster.openBus("c", new ThrowingListener(), errors);
    scheduler.runDue();
    faults.cut("c", SECOND);
    scheduler.advance(SECOND);

    assertEquals(3, errors.causes().size());
    collect(c.publish("b", "1".getBytes(UTF_8)));
    scheduler.runDue();
    assertEquals(List.of(CONFIRMED), results);
  }

  private void publish(String... texts) {
    for (String text : texts) {
      collect(a.publish("b", text.getBytes(UTF_8)));
    }
  }

  private void collect(CompletionStage<PublishResult> result) {
    result.thenAccept(results::add);
  }

  private static final class ThrowingListener implements BusListener {
    @Override
    public void onUp() {
      throw new IllegalStateException("thrown by a test");
    }

    @Override
    public void onDown(String reason) {
      throw new IllegalStateException("thrown by a test");
    }

    @Override
    public void onInboxTakenOver(String node) {
      throw new IllegalStateException("thrown by a test");
    }
  }
}
