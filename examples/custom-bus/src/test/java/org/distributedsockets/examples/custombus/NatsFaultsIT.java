package org.distributedsockets.examples.custombus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.distributedsockets.spi.PublishResult.CONFIRMED;
import static org.distributedsockets.spi.PublishResult.REFUSED;
import static org.distributedsockets.spi.PublishResult.UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nats.client.Connection;
import io.nats.client.Nats;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.PublishResult;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.RecordingBusListener;
import org.distributedsockets.testkit.RecordingErrorListener;
import org.distributedsockets.testkit.RecordingInboundHandler;
import org.distributedsockets.testkit.servers.NatsServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the contract cannot ask of every bus, because only NATS goes wrong like that. */
@Timeout(120)
final class NatsFaultsIT {
  private final RecordingBusListener listener = new RecordingBusListener();
  private final RecordingErrorListener errors = new RecordingErrorListener();

  private MessageBus open(NatsServer server, Consumer<Settings.Builder> more) {
    return Buses.open("n1", server.address(), listener, errors, more);
  }

  private static PublishResult send(MessageBus bus, String text) {
    return Eventually.result("a result", bus.publish("n1", text.getBytes(UTF_8)));
  }

  private static Inbox openBound(MessageBus bus, RecordingInboundHandler handler) {
    Inbox inbox = Eventually.succeeds("the inbox to be free", () -> bus.open("n1", handler));
    inbox.bind();
    return inbox;
  }

  @Test
  void refusesWhatDoesNotFitIntoTheStreamAndDropsNothing() {
    try (NatsServer server = NatsServer.start();
        MessageBus bus =
            open(server, settings -> settings.set(NatsSettings.MAX_QUEUE_BYTES, 1L << 20))) {
      RecordingInboundHandler handler = RecordingInboundHandler.holding();
      Inbox inbox = openBound(bus, handler);
      byte[] frame = new byte[100 << 10];

      List<PublishResult> results =
          IntStream.range(0, 20)
              .mapToObj(i -> Eventually.result("a result", bus.publish("n1", frame)))
              .toList();

      int taken = results.lastIndexOf(CONFIRMED) + 1;
      assertTrue(taken > 5, results.toString());
      assertEquals(List.of(REFUSED), results.subList(taken, 20).stream().distinct().toList());
      handler.awaitTexts(taken);
      handler.received().forEach(RecordingInboundHandler.Received::acknowledge);
      Eventually.holds("room again", () -> send(bus, "x") == CONFIRMED);
      handler.awaitTexts(taken + 1);
      handler.received().get(taken).acknowledge();
      inbox.unbind();
      Eventually.holds("the stream to be deleted", inbox::deleteIfEmpty);
      assertEquals(taken + 1, handler.count());
    }
  }

  @Test
  void saysThatItDoesNotKnowWhenTheServerDoesNotAnswer() {
    try (NatsServer server = NatsServer.start();
        MessageBus bus =
            open(
                server,
                settings -> settings.set(NatsSettings.CONFIRM_TIMEOUT, Duration.ofSeconds(1)))) {
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      openBound(bus, handler);
      server.pause();
      try {
        assertEquals(UNKNOWN, send(bus, "taken or not"));
      } finally {
        server.resume();
      }
      Eventually.holds("the server to answer", () -> send(bus, "later") == CONFIRMED);
    }
  }

  @Test
  void takesItsConsumerBackWhenSomebodyDeletedTheStream() throws Exception {
    try (NatsServer server = NatsServer.start();
        MessageBus bus = open(server, settings -> {})) {
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      openBound(bus, handler);

      Connection operator = Nats.connect("nats://" + server.address());
      operator.jetStreamManagement().deleteStream("ds-node-v1-n1");
      operator.close();

      Eventually.holds("a stream anew", () -> send(bus, "x") == CONFIRMED);
      assertEquals(List.of("x"), handler.awaitTexts(1));
      assertEquals(List.of("up", "taken over: n1"), listener.calls());
    }
  }

  @Test
  void deliversAgainFirstWhatWasNotAcknowledgedByADeadHolder() {
    try (NatsServer server = NatsServer.start();
        MessageBus survivor =
            Buses.open("n2", server.address(), new RecordingBusListener(), errors)) {
      MessageBus dead = open(server, settings -> {});
      openBound(dead, RecordingInboundHandler.holding());
      IntStream.range(0, 10).forEach(i -> assertEquals(CONFIRMED, send(survivor, "" + i)));
      dead.close();

      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      Inbox adopted =
          Eventually.succeeds("adoption", () -> survivor.adopt("n1", handler)).orElseThrow();
      assertEquals(CONFIRMED, send(survivor, "10"));

      assertEquals(
          IntStream.rangeClosed(0, 10).mapToObj(Integer::toString).toList(),
          handler.awaitTexts(11));
      adopted.close();
    }
  }

  @Test
  void saysInOneLineWhyItCannotStart() {
    try (NatsServer server =
        NatsServer.start("authorization { user: \"sockets\", password: \"right\" }")) {
      BusException refused =
          assertThrows(
              BusException.class,
              () ->
                  open(
                      server,
                      settings ->
                          settings
                              .set(NatsSettings.USER, Optional.of("sockets"))
                              .set(NatsSettings.PASSWORD, Optional.of("wrong"))));
      assertEquals("NATS refused the user or the password", refused.getMessage());
      assertFalse(refused.retryable());
      MessageBus welcome =
          open(
              server,
              settings ->
                  settings
                      .set(NatsSettings.USER, Optional.of("sockets"))
                      .set(NatsSettings.PASSWORD, Optional.of("right")));
      welcome.close();
    }
    BusException unreachable =
        assertThrows(BusException.class, () -> Buses.open("n1", "127.0.0.1:1", listener, errors));
    assertEquals("could not connect to NATS at [127.0.0.1:1]", unreachable.getMessage());
    assertTrue(unreachable.retryable());
  }
}
