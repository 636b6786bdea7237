package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.distributedsockets.Address;
import org.distributedsockets.Admission;
import org.distributedsockets.Authenticator;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Connection;
import org.distributedsockets.ConnectionListener;
import org.distributedsockets.Handshake;
import org.distributedsockets.Health;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.SocketNodeBuilder;
import org.distributedsockets.StartException;
import org.distributedsockets.memory.MemoryCluster;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.Gauge;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.RegistryException;
import org.distributedsockets.spi.SpiContext;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.stubbing.Answer;

/** The life of a node with threads of its own, over the in-memory registry and bus. */
@Timeout(60)
class EngineNodeTest {
  private static final int WAIT_SECONDS = 15;

  private final List<SocketNode> nodes = new ArrayList<>();
  private final Backends backends = new Backends();
  private final Handshake handshake =
      new Handshake("http://h", "/ws", Map.of(), Map.of(), "127.0.0.1");
  private SocketNodeBuilder builder;

  /** The in-memory backends, watched; what a test sets is done first when one is opened. */
  private static final class Backends implements ConnectionRegistryProvider, MessageBusProvider {
    Runnable beforeRegistry = () -> {};
    Runnable beforeBus = () -> {};
    private volatile ConnectionRegistry realRegistry;

    /** What the registry does; set anew rather than stubbed, which is not safe while it is used. */
    private volatile Answer<Object> instead = call -> delegatesTo(realRegistry).answer(call);

    private volatile MessageBus realBus;

    // Made here, because a mock is not made well on a thread that may be interrupted.
    final ConnectionRegistry registry =
        mock(ConnectionRegistry.class, call -> instead.answer(call));
    final MessageBus bus = mock(MessageBus.class, call -> delegatesTo(realBus).answer(call));

    @Override
    public String name() {
      return "watched";
    }

    @Override
    public ConnectionRegistry open(SpiContext context) {
      beforeRegistry.run();
      realRegistry = new MemoryConnectionRegistryProvider().open(context);
      return registry;
    }

    @Override
    public MessageBus open(SpiContext context, BusListener listener) {
      beforeBus.run();
      realBus = new MemoryMessageBusProvider().open(context, listener);
      return bus;
    }
  }

  @BeforeEach
  void build(TestInfo test) {
    builder =
        SocketNode.builder()
            .nodeId("n1")
            .settings(
                Settings.builder()
                    .set(MemorySettings.CLUSTER, test.getDisplayName() + System.nanoTime())
                    .set(NodeSettings.LEASE_RENEWAL, Duration.ofMillis(200))
                    .build())
            .registry(backends)
            .bus(backends);
  }

  private SocketNode node() {
    SocketNode node = builder.build();
    nodes.add(node);
    return node;
  }

  private SocketNode started() {
    SocketNode node = node();
    node.start();
    return node;
  }

  @AfterEach
  void close() {
    nodes.forEach(SocketNode::close);
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
  }

  private static Throwable failure(CompletionStage<?> stage) {
    return assertThrows(ExecutionException.class, () -> get(stage)).getCause();
  }

  private static void await(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        assertTrue(latch.await(WAIT_SECONDS, TimeUnit.SECONDS));
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- what is answered in which state

  @Test
  void isAskedNothingBeforeItsStart() {
    SocketNode node = node();
    List<Supplier<CompletionStage<?>>> questions =
        List.of(
            () -> node.send(Address.user("bob"), "1"),
            () -> node.disconnect("bob", CloseCode.POLICY_VIOLATION, "no"),
            () -> node.isOnline("bob"),
            () -> node.connections("bob"));
    questions.forEach(question -> assertThrows(IllegalStateException.class, question::get));
  }

  @Test
  void answersAfterItsEnd() throws Exception {
    SocketNode node = started();
    node.close();
    Outcome draining = Outcome.rejected(Outcome.Reason.DRAINING);
    assertEquals(draining, get(node.send(Address.user("bob"), "1")));
    assertEquals(draining, get(node.disconnect("bob", CloseCode.POLICY_VIOLATION, "no")));
    assertInstanceOf(RegistryException.class, failure(node.isOnline("bob")));
    assertInstanceOf(RegistryException.class, failure(node.connections("bob")));
  }

  @Test
  void whatIsAskedOfTheRegistryEndsWithTheNode() {
    SocketNode node = started();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    backends.instead =
        call -> {
          if (call.getMethod().getName().equals("entries")) {
            asked.countDown();
            await(released);
          }
          return delegatesTo(backends.realRegistry).answer(call);
        };
    List<CompletionStage<Boolean>> answers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      answers.add(node.isOnline("bob"));
    }
    await(asked);
    node.close();
    try {
      answers.forEach(answer -> assertInstanceOf(RegistryException.class, failure(answer)));
    } finally {
      released.countDown();
    }
  }

  @Test
  void aMessageThatFitsInNoLaneIsNotSentAndClosesNobody() throws Exception {
    SocketNode node = started();
    RecordingChannel channel = new RecordingChannel();
    node.attach(channel, "bob", Map.of());
    String large = "\"" + "x".repeat(4 << 20) + "\"";
    assertEquals(
        Outcome.rejected(Outcome.Reason.TOO_LARGE), get(node.send(Address.user("bob"), large)));
    assertTrue(channel.isOpen());
    String largest = "\"" + "x".repeat((4 << 20) - 2) + "\"";
    assertEquals(
        Outcome.rejected(Outcome.Reason.LANE_FULL), get(node.send(Address.user("bob"), largest)));
    assertTrue(channel.isOpen());
    assertEquals(Outcome.delivered(1), get(node.send(Address.user("bob"), "1")));
  }

  @Test
  void refusesHandshakesByDefault() {
    assertEquals(new Admission.Refused(403, "no authenticator", 0), started().admit(handshake));
  }

  @Test
  void letsNobodyInWhileAnotherHoldsItsId() {
    builder.authenticator(handshake -> Authenticator.accept("bob"));
    SocketNode node = started();
    assertInstanceOf(Admission.Admitted.class, node.admit(handshake));
    backends.instead =
        call -> {
          Object answer = delegatesTo(backends.realRegistry).answer(call);
          return answer instanceof LeaseAnswer lease ? heldByAnother(lease) : answer;
        };
    TwoNodesTest.await(() -> node.health().status() == Health.Status.DOWN);
    assertEquals(new Admission.Refused(503, "node_id_held_by_another", 1), node.admit(handshake));
  }

  private static LeaseAnswer heldByAnother(LeaseAnswer answer) {
    return new LeaseAnswer(
        "another", answer.clusterTimeMillis(), answer.epoch(), answer.members(), answer.lost());
  }

  // ---- a start that does not end well

  private CompletableFuture<Throwable> startElsewhere(SocketNode node) {
    CompletableFuture<Throwable> result = new CompletableFuture<>();
    Thread starter =
        new Thread(
            () -> {
              try {
                node.start();
                result.complete(new AssertionError("it started"));
              } catch (Throwable e) {
                result.complete(e);
              }
            },
            "starter");
    starter.setDaemon(true);
    starter.start();
    return result;
  }

  @Test
  void aCloseEndsAStartThatIsTriedAgainAndAgain() throws Exception {
    CountDownLatch tried = new CountDownLatch(2);
    backends.beforeRegistry =
        () -> {
          tried.countDown();
          throw new RegistryException("away", true, null);
        };
    SocketNode node = node();
    CompletableFuture<Throwable> start = startElsewhere(node);
    await(tried);
    node.close();
    StartException failure = assertInstanceOf(StartException.class, get(start));
    assertEquals("the node was closed while it started", failure.getMessage());
  }

  @Test
  void aRegistryThatOpensAfterTheCloseIsClosed() throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    backends.beforeRegistry =
        () -> {
          opening.countDown();
          await(closed);
        };
    closeWhileItOpens(opening, closed);
    verify(backends.registry, timeout(15_000)).close();
  }

  @Test
  void aBusThatOpensAfterTheCloseIsClosed() throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    backends.beforeBus =
        () -> {
          opening.countDown();
          await(closed);
        };
    closeWhileItOpens(opening, closed);
    verify(backends.bus, timeout(15_000)).close();
    verify(backends.registry).close();
  }

  private void closeWhileItOpens(CountDownLatch opening, CountDownLatch closed) throws Exception {
    SocketNode node = node();
    CompletableFuture<Throwable> start = startElsewhere(node);
    await(opening);
    node.close();
    closed.countDown();
    assertInstanceOf(StartException.class, get(start));
  }

  @Test
  void aRegistryThatHangsIsClosedWhenItOpensAfterTheStartGaveUp() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    backends.beforeRegistry = () -> await(released);
    builder.settings(
        Settings.builder().set(NodeSettings.START_TIMEOUT, Duration.ofSeconds(1)).build());
    StartException failure = assertInstanceOf(StartException.class, get(startElsewhere(node())));
    assertEquals("opening the registry did not end within 1000 ms", failure.getMessage());
    released.countDown();
    verify(backends.registry, timeout(15_000)).close();
  }

  @Test
  void aClassThatIsMissingEndsTheStart() throws Exception {
    backends.beforeBus =
        () -> {
          throw new NoClassDefFoundError("driver/Missing");
        };
    StartException failure = assertInstanceOf(StartException.class, get(startElsewhere(node())));
    assertEquals("java.lang.NoClassDefFoundError: driver/Missing", failure.getMessage());
    verify(backends.registry).close();
  }

  @Test
  void aListenerThatThrowsEndsTheStart() throws Exception {
    builder.metrics(
        new MetricsListener() {
          @Override
          public void gauge(Gauge gauge, LongSupplier reading) {
            throw new IllegalStateException("broken");
          }
        });
    assertInstanceOf(StartException.class, get(startElsewhere(node())));
    verify(backends.bus).close();
  }

  // ---- the end

  /** A client that is written to and never finishes to read. */
  private static final class StuckChannel implements WebSocketChannel {
    final CompletableFuture<Integer> closed = new CompletableFuture<>();

    @Override
    public void send(String text, Consumer<@Nullable Throwable> done) {}

    @Override
    public void ping() {}

    @Override
    public void close(int code, String reason) {
      closed.complete(code);
    }

    @Override
    public boolean isOpen() {
      return !closed.isDone();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {500, 20_000})
  void aDrainWaitsForTheEndOfItsClients(long limitMillis) throws Exception {
    CompletableFuture<Integer> told = new CompletableFuture<>();
    builder.connectionListener(
        new ConnectionListener() {
          @Override
          public void onDisconnected(Connection connection, int code) {
            told.complete(code);
          }
        });
    SocketNode node = started();
    StuckChannel channel = new StuckChannel();
    ClientSession client = node.attach(channel, "bob", Map.of());
    // Only an answer waits for the client, nothing that anybody else waits for.
    client.text("{\"leave\":\"room\",\"id\":\"1\"}", true);
    node.drain(Duration.ofMillis(limitMillis));
    assertEquals(CloseCode.GOING_AWAY, channel.closed.getNow(0));
    assertEquals(CloseCode.GOING_AWAY, told.getNow(0));
  }

  @Test
  void aSessionThatIsAttachedWhileTheNodeDrainsIsSentAway() throws Exception {
    SocketNode node = started();
    CountDownLatch leaving = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    Answer<Object> real = backends.instead;
    backends.instead =
        call -> {
          if (call.getMethod().getName().equals("leave")) {
            leaving.countDown();
            await(released);
          }
          return real.answer(call);
        };
    CompletableFuture<Void> drained =
        CompletableFuture.runAsync(() -> node.drain(Duration.ofSeconds(20)));
    await(leaving);
    StuckChannel channel = new StuckChannel();
    try {
      node.attach(channel, "bob", Map.of());
      assertEquals(CloseCode.GOING_AWAY, get(channel.closed));
      assertEquals(List.of(), node.localConnections());
    } finally {
      released.countDown();
    }
    get(drained);
    assertThrows(
        IllegalStateException.class, () -> node.attach(new RecordingChannel(), "bob", Map.of()));
  }

  @Test
  void aDrainWaitsForABackendThatIsAwayForAMoment() {
    SocketNode node = started();
    AtomicInteger refusals = new AtomicInteger(3);
    Answer<Object> real = backends.instead;
    backends.instead =
        call -> {
          if (call.getMethod().getName().equals("leave") && refusals.getAndDecrement() > 0) {
            throw new RegistryException("away", true, null);
          }
          return real.answer(call);
        };
    node.drain(Duration.ofSeconds(20));
    assertEquals(-1, refusals.get(), "tried until it could leave");
  }

  @Test
  void aDrainWithBothBackendsDeadSaysWhatItLeavesAndEnds(TestInfo test) throws Exception {
    List<String> errors = new CopyOnWriteArrayList<>();
    builder
        .settings(Settings.builder().set(MemorySettings.CLUSTER, test.getDisplayName()).build())
        .errorListener((what, cause) -> errors.add(what + ": " + cause));
    SocketNode node = started();
    node.attach(new RecordingChannel(), "bob", Map.of());
    TwoNodesTest.await(() -> isOnline(node, "bob"));
    MemoryCluster cluster = MemoryCluster.named(test.getDisplayName());
    cluster.registryFaults().goAway();
    cluster.busFaults().goAway();
    long begin = System.nanoTime();
    node.drain(Duration.ofSeconds(3));
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    assertTrue(took.compareTo(Duration.ofSeconds(WAIT_SECONDS)) < 0, took::toString);
    List<String> lines = errors.stream().filter(line -> line.contains("leaves behind")).toList();
    assertEquals(1, lines.size(), errors::toString);
    // A probe may be under way, too.
    assertTrue(
        lines
            .get(0)
            .matches(
                "node n1 could not leave in good order within 3000 ms; it leaves behind"
                    + " (\\d+ bytes for other nodes, )?changes that the registry was not told, its"
                    + " queue, which is bound, its lease:"
                    + " org.distributedsockets.spi.BusException.*"),
        lines::toString);
  }

  private static boolean isOnline(SocketNode node, String user) {
    try {
      return get(node.isOnline(user));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void closesTheRestAfterAListenerThrew() throws Exception {
    builder
        .metrics(
            new MetricsListener() {
              @Override
              public void count(Counter counter, long times) {
                if (counter == Counter.CONNECTIONS_CLOSED) {
                  throw new IllegalStateException("broken");
                }
              }
            })
        .errorListener(
            (what, cause) -> {
              throw new IllegalStateException("broken, too");
            });
    SocketNode node = started();
    node.attach(new RecordingChannel(), "bob", Map.of());
    node.close();
    verify(backends.bus).close();
    verify(backends.registry).close();
  }
}
