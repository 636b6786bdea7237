package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.spi.Inbox;
import org.junit.jupiter.api.Test;

class DrainTest {
  private static final int STEPS = 20;

  private final Clients clients = new Clients();
  private final ManualRuntime manual = clients.manual;
  private final ManualChannel channel = new ManualChannel();

  private CompletableFuture<Void> drain() {
    Outbox outbox = mock(Outbox.class);
    when(outbox.isEmpty()).thenReturn(true);
    Registrar registrar = mock(Registrar.class);
    when(registrar.isIdle()).thenReturn(true);
    Inbox inbox = mock(Inbox.class);
    when(inbox.deleteIfEmpty()).thenReturn(true);
    return new Drain(
            "n1",
            clients.local(),
            outbox,
            mock(Deliveries.class),
            mock(BatchReceiver.class),
            inbox,
            mock(Membership.class),
            registrar,
            1_000,
            manual.runtime(),
            clients.errors)
        .start(Duration.ofSeconds(10).toNanos());
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
}
