package org.distributedsockets.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.distributedsockets.spi.PublishResult.CONFIRMED;
import static org.distributedsockets.spi.PublishResult.REFUSED;
import static org.distributedsockets.spi.PublishResult.UNKNOWN;
import static org.distributedsockets.spi.PublishResult.UNROUTABLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.DefaultConsumer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.InboxHeldException;
import org.distributedsockets.spi.PublishResult;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.RecordingInboundHandler;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The bus on a RabbitMQ in trouble")
@Timeout(120)
final class RabbitFaultsIT {
  private static final Duration PATIENCE = ofSeconds(2);

  private static void impatient(Settings.Builder builder) {
    builder
        .set(RabbitSettings.HEARTBEAT, PATIENCE)
        .set(RabbitSettings.CONFIRM_TIMEOUT, PATIENCE)
        .set(RabbitSettings.CONNECT_TIMEOUT, PATIENCE);
  }

  private final RabbitServer server = RabbitServer.own();

  @Test
  @DisplayName("loses nothing confirmed and no order while connections end again and again")
  void survivesLostConnections() {
    Member sender = new Member();
    Member receiver = new Member();
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    Inbox inbox = receiver.openBound(handler);
    StubbornPublisher publisher = new StubbornPublisher(sender.bus, receiver.id);
    int frames = 20_000;

    CompletableFuture<Integer> publishing =
        CompletableFuture.supplyAsync(() -> publisher.publish(frames));
    for (int part = 1; part <= 8; part++) {
      int until = part * frames / 10;
      Eventually.holds("progress", () -> publisher.confirmed() >= until);
      switch (part % 4) {
        case 0 -> server.closeAllConnections();
        case 1 -> receiver.network.cut();
        default -> sender.network.cut();
      }
    }
    int repeated = Eventually.result("the publisher", publishing);

    assertArrivedInOrder(frames, handler);
    assertTrue(repeated > 0, "the faults hit nothing");
    assertEquals(0, receiver.listener.count("taken over: " + receiver.id));
    receiver.leave(inbox);
    sender.close();
  }

  @Test
  @DisplayName("loses nothing confirmed when the broker is killed under traffic")
  void survivesAKilledBroker() {
    Member sender = new Member();
    Member receiver = new Member();
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    Inbox inbox = receiver.openBound(handler);
    StubbornPublisher publisher = new StubbornPublisher(sender.bus, receiver.id);
    int frames = 20_000;

    CompletableFuture<Integer> publishing =
        CompletableFuture.supplyAsync(() -> publisher.publish(frames));
    Eventually.holds("progress", () -> publisher.confirmed() >= frames / 10);
    server.kill();
    sender.awaitCalls("down", 1);
    server.restart();

    int repeated = Eventually.result("the publisher", publishing);
    assertArrivedInOrder(frames, handler);
    assertTrue(repeated > 0, "the fault hit nothing");
    List<String> told = receiver.errors.lines();
    assertTrue(told.stream().noneMatch(line -> line.contains("take back")), told::toString);
    receiver.leave(inbox);
    sender.close();
  }

  /** Some may come twice; but the first arrivals are all of them, in order. */
  private static void assertArrivedInOrder(int frames, RecordingInboundHandler handler) {
    List<String> all = IntStream.range(0, frames).mapToObj(Integer::toString).toList();
    Eventually.holds(
        () -> "all frames; so far " + handler.count(),
        () -> handler.count() >= frames && handler.texts().contains(all.get(frames - 1)));
    assertEquals(all, handler.texts().stream().distinct().toList());
    assertFalse(handler.hasOverlapped());
  }

  @Test
  @DisplayName("waits while the broker blocks publishers, and says so; consuming goes on")
  void waitsWhileBlocked() {
    Member sender = new Member(RabbitFaultsIT::impatient);
    Member receiver = new Member();
    RecordingInboundHandler handler = RecordingInboundHandler.holding();
    Inbox inbox = receiver.openBound(handler);
    assertEquals(CONFIRMED, sender.send(receiver, "0"));
    handler.awaitTexts(1);
    List<CompletionStage<PublishResult>> results = new ArrayList<>();

    server.memoryAlarm(true);
    try {
      results.add(sender.bus.publish(receiver.id, "1".getBytes(UTF_8)));
      sender.awaitCalls("down", 1);
      results.add(sender.bus.publish(receiver.id, "2".getBytes(UTF_8)));
      handler.received().get(0).acknowledge();
      Eventually.elapsed(PATIENCE.plusSeconds(1));
      assertEquals(
          List.of(RabbitTopology.queue(receiver.id) + "\t0"),
          server.list("list_queues", "name", "messages").stream()
              .filter(row -> row.contains(receiver.id))
              .toList());
      assertTrue(results.stream().noneMatch(r -> r.toCompletableFuture().isDone()));
    } finally {
      server.memoryAlarm(false);
    }

    results.forEach(result -> assertEquals(CONFIRMED, Eventually.result("a confirm", result)));
    assertEquals(List.of("0", "1", "2"), handler.awaitTexts(3));
    sender.awaitCalls("up", 2);
    assertEquals(List.of("up", "down", "up"), sender.listener.calls());
    handler.received().forEach(RecordingInboundHandler.Received::acknowledge);
    receiver.leave(inbox);
    sender.close();
  }

  @Test
  @DisplayName("makes its queue anew when an operator deletes it, and tells that")
  void survivesADeletedQueue() {
    Member node = new Member();
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    Inbox inbox = node.openBound(handler);

    server.deleteQueue(RabbitTopology.queue(node.id));

    node.awaitCalls("taken over: " + node.id, 1);
    Eventually.holds("the way to be open", () -> node.send(node, "x") == CONFIRMED);
    assertEquals(List.of("x"), handler.awaitTexts(1));
    assertEquals(List.of("up", "taken over: " + node.id), node.listener.calls());
    node.leave(inbox);
  }

  @Test
  @DisplayName("sees that its binding was removed, and can bind again")
  void survivesARemovedBinding() throws Exception {
    Member node = new Member();
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    Inbox inbox = node.openBound(handler);

    try (Foreigner operator = new Foreigner(server)) {
      RabbitTopology.unbind(operator.channel, node.id);
    }
    assertEquals(UNROUTABLE, node.send(node, "lost way"));
    inbox.bind();

    assertEquals(CONFIRMED, node.send(node, "x"));
    assertEquals(List.of("x"), handler.awaitTexts(1));
    node.leave(inbox);
  }

  @Test
  @DisplayName("makes its exchange anew when an operator deletes it")
  void survivesADeletedExchange() throws Exception {
    Member node = new Member();
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    Inbox inbox = node.openBound(handler);

    try (Foreigner operator = new Foreigner(server)) {
      operator.channel.exchangeDelete(RabbitTopology.EXCHANGE);
    }
    assertEquals(UNKNOWN, node.send(node, "x"));
    node.awaitCalls("up", 2);
    assertEquals(UNROUTABLE, node.send(node, "x"));
    node.network.cut();

    Eventually.holds("the way to be open", () -> node.send(node, "y") == CONFIRMED);
    assertEquals(List.of("y"), handler.awaitTexts(1));
    node.leave(inbox);
  }

  @Test
  @DisplayName("shares a queue with no other consumer, whoever came first")
  void isExclusiveAmongForeigners() throws Exception {
    Member node = new Member();
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    Inbox inbox = node.openBound(handler);
    try (Foreigner rival = new Foreigner(server)) {
      String queue = RabbitTopology.queue(node.id);
      Exception refused =
          assertThrows(
              java.io.IOException.class,
              () -> rival.channel.basicConsume(queue, new DefaultConsumer(rival.channel)));
      assertTrue(Failures.isExclusiveUse(refused), () -> Failures.reason(refused));
    }
    inbox.close();
    try (Foreigner first = new Foreigner(server)) {
      first.channel.basicConsume(RabbitTopology.queue(node.id), new DefaultConsumer(first.channel));

      assertThrows(InboxHeldException.class, () -> node.bus.open(node.id, handler));
      assertThrows(InboxHeldException.class, () -> node.bus.adopt(node.id, handler));
    }
    node.leave(node.openBound(handler));
  }

  @Test
  @DisplayName("notices a black hole by missing confirms, and comes back")
  void survivesABlackHole() {
    Member node = new Member(RabbitFaultsIT::impatient);
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    Inbox inbox = node.openBound(handler);
    assertEquals(CONFIRMED, node.send(node, "before"));

    node.network.blackHole();
    // Enough to fill every buffer on the way, so that the writer is stuck.
    byte[] large = new byte[node.bus.maxFrameBytes()];
    List<CompletionStage<PublishResult>> results =
        IntStream.range(0, 30).mapToObj(i -> node.bus.publish(node.id, large)).toList();
    long start = System.nanoTime();
    assertThrows(BusException.class, inbox::unbind);
    assertBounded(start, Buses.OPERATION_TIMEOUT.plusSeconds(2));
    List<PublishResult> told =
        results.stream().map(result -> Eventually.result("a result", result)).toList();
    assertEquals(UNKNOWN, told.get(0));
    assertTrue(
        told.lastIndexOf(UNKNOWN) < told.indexOf(REFUSED) || !told.contains(REFUSED),
        told::toString);
    node.awaitCalls("down", 1);
    assertEquals(REFUSED, node.send(node, "meanwhile"));
    // What was held up would arrive, as if from the connection that we gave up.
    node.network.cut();
    node.network.restore();

    node.awaitCalls("up", 2);
    Eventually.holds("the way to be open", () -> node.send(node, "after") == CONFIRMED);
    Eventually.holds("the frame", () -> handler.texts().contains("after"));
    node.leave(inbox);
  }

  @Test
  @DisplayName("closes within a bound in a black hole")
  void closesInABlackHole() {
    Member node = new Member();
    Inbox inbox = node.openBound(RecordingInboundHandler.acknowledging());
    node.network.blackHole();
    byte[] large = new byte[node.bus.maxFrameBytes()];
    List<CompletionStage<PublishResult>> results =
        IntStream.range(0, 30).mapToObj(i -> node.bus.publish(node.id, large)).toList();

    long start = System.nanoTime();
    node.bus.close();
    inbox.close();
    assertBounded(start, ofSeconds(10));

    results.forEach(result -> Eventually.result("a result", result));
    assertNoThreads(node.id);
    node.network.close();
    removeQueue(node.id);
  }

  @Test
  @DisplayName("holds up nobody who publishes, whatever becomes of the frames")
  void holdsUpNobody() {
    Member node = new Member();
    node.network.blackHole();
    List<CompletionStage<PublishResult>> results = new ArrayList<>();
    for (int bytes : List.of(100, 2_000, 20_000, 200, 200_000, 300)) {
      byte[] frame = new byte[bytes];
      for (int i = 0; i < 500; i++) {
        long start = System.nanoTime();
        results.add(node.bus.publish("nobody", frame));
        assertBounded(start, ofSeconds(1));
      }
    }
    assertTrue(results.stream().anyMatch(result -> !result.toCompletableFuture().isDone()));
    node.bus.close();
    results.forEach(result -> Eventually.result("a result", result));
    node.network.close();
  }

  @Test
  @DisplayName("keeps the order of what many threads bring and what comes with confirms")
  void keepsOrderOfOneThread() {
    Member sender = new Member();
    Member receiver = new Member();
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    Inbox inbox = receiver.openBound(handler);
    int threads = 4;
    int frames = 3_000;
    List<CompletableFuture<Void>> publishing =
        IntStream.range(0, threads)
            .mapToObj(
                thread ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int i = 0; i < frames; i++) {
                            String text = thread + ":" + i + " ".repeat(i % 7 * 500);
                            sender.bus.publish(receiver.id, text.getBytes(UTF_8));
                          }
                        }))
            .toList();
    publishing.forEach(done -> Eventually.result("a publisher", done));
    List<String> texts = handler.awaitTexts(threads * frames);
    for (int thread = 0; thread < threads; thread++) {
      String prefix = thread + ":";
      assertEquals(
          IntStream.range(0, frames).mapToObj(i -> prefix + i).toList(),
          texts.stream().map(String::strip).filter(text -> text.startsWith(prefix)).toList());
    }
    receiver.leave(inbox);
    sender.close();
  }

  private void removeQueue(String id) {
    try (Member cleaner = new Member()) {
      Inbox left =
          Eventually.succeeds(
                  "the queue to be free",
                  () -> cleaner.bus.adopt(id, RecordingInboundHandler.acknowledging()))
              .orElseThrow();
      left.unbind();
      Eventually.holds("the queue to be deleted", left::deleteIfEmpty);
    }
  }

  @Test
  @DisplayName("hands over what foreigners put into the queue, and drops what can be no frame")
  void survivesForeigners() throws Exception {
    Member node = new Member();
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    Inbox inbox = node.openBound(handler);
    byte[] tooLong = new byte[node.bus.maxFrameBytes() + 1];
    String ours = RabbitTopology.CONTENT_TYPE;

    try (Foreigner foreigner = new Foreigner(server)) {
      foreigner.put(node.id, ours, "garbage".getBytes(UTF_8));
      foreigner.put(node.id, ours, tooLong);
      foreigner.put(node.id, "application/json", "{}".getBytes(UTF_8));
      foreigner.put(node.id, null, "?".getBytes(UTF_8));
      foreigner.put(node.id, ours, new byte[0]);
      Eventually.holds("two frames", () -> handler.count() == 2);
    }

    assertEquals(List.of("garbage", ""), handler.texts());
    List<String> errors = node.errors.lines();
    assertEquals(3, errors.size(), errors::toString);
    assertTrue(errors.get(0).contains("of " + tooLong.length + " bytes"), errors::toString);
    assertTrue(errors.get(1).contains("content type"), errors::toString);
    assertTrue(errors.get(2).contains("content type"), errors::toString);
    node.leave(inbox);
  }

  @Test
  @DisplayName("refuses what does not fit into the queue, which then drops nothing")
  void refusesWhatDoesNotFit() {
    Member receiver = new Member(builder -> builder.set(RabbitSettings.MAX_QUEUE_BYTES, 1L << 20));
    receiver.openBound(RecordingInboundHandler.acknowledging()).close();
    Member sender = new Member();
    byte[] frame = new byte[256 << 10];

    List<PublishResult> results =
        IntStream.range(0, 12)
            .mapToObj(i -> Eventually.result("a result", sender.bus.publish(receiver.id, frame)))
            .toList();

    assertEquals(CONFIRMED, results.get(0));
    assertEquals(REFUSED, results.get(11));
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    Inbox inbox = receiver.openBound(handler);
    int confirmed = (int) results.stream().filter(CONFIRMED::equals).count();
    handler.awaitTexts(confirmed);
    receiver.leave(inbox);
    assertEquals(confirmed, handler.count());
    sender.close();
  }

  @Test
  @DisplayName("uses a queue that was made with other limits, and says so")
  void usesAQueueWithFormerLimits() {
    Member before = new Member();
    before.openBound(RecordingInboundHandler.acknowledging()).close();
    Member node = new Member(builder -> builder.set(RabbitSettings.MAX_QUEUE_BYTES, 1L << 21));

    Inbox inbox = node.bus.open(before.id, RecordingInboundHandler.acknowledging());

    assertEquals(CONFIRMED, node.send(before, "x"));
    assertTrue(node.errors.lines().get(0).contains("rabbitmq.max-queue-bytes"));
    node.leave(inbox);
    before.close();
  }

  @Test
  @DisplayName("has one queue, one binding and two connections, and leaves nothing behind")
  void leavesNothing() {
    List<Member> nodes = List.of(new Member(), new Member());
    List<Inbox> inboxes =
        nodes.stream()
            .map(node -> node.openBound(RecordingInboundHandler.acknowledging()))
            .toList();
    nodes.forEach(node -> assertEquals(CONFIRMED, node.send(nodes.get(0), "x")));

    List<String> queues = server.list("list_queues", "name");
    List<String> bindings = server.list("list_bindings", "source_name", "routing_key");
    List<String> connections = server.list("list_connections", "client_properties");
    for (Member node : nodes) {
      assertEquals(1, queues.stream().filter(RabbitTopology.queue(node.id)::equals).count());
      assertEquals(
          List.of(RabbitTopology.EXCHANGE + "\t" + RabbitTopology.key(node.id)),
          bindings.stream().filter(row -> row.contains("\tserver." + node.id)).toList());
      assertEquals(2, connections.stream().filter(row -> row.contains(node.id)).count());
      assertFalse(threadsOf(node.id).isEmpty());
    }
    for (int i = 0; i < nodes.size(); i++) {
      nodes.get(i).leave(inboxes.get(i));
    }

    String left =
        String.join("\n", server.list("list_queues", "name"))
            + String.join("\n", server.list("list_bindings", "source_name", "routing_key"))
            + String.join("\n", server.list("list_connections", "client_properties"));
    for (Member node : nodes) {
      assertFalse(left.contains(node.id), left);
      assertNoThreads(node.id);
    }
  }

  private static void assertNoThreads(String id) {
    Eventually.holds(() -> "no thread to be left: " + threadsOf(id), () -> threadsOf(id).isEmpty());
  }

  private static List<String> threadsOf(String id) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.contains(id))
        .toList();
  }

  private static void assertBounded(long startNanos, Duration bound) {
    Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
    assertTrue(took.compareTo(bound) < 0, () -> "took " + took);
  }
}
