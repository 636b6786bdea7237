package org.distributedsockets.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.distributedsockets.Address;
import org.distributedsockets.Authenticator;
import org.distributedsockets.DevelopmentQueryParameterAuthenticator;
import org.distributedsockets.Handshake;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.PresenceWatch;
import org.distributedsockets.Reply;
import org.distributedsockets.SendOptions;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.memory.MemoryCluster;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.Gauge;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.metrics.Timer;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** There is no metric that nothing feeds: what these scenarios do not move must not be named. */
@Timeout(180)
final class EveryMetricTest {
  private static final AtomicInteger CLUSTERS = new AtomicInteger();

  private final Fed fed = new Fed();
  private final String name = "every-metric-" + CLUSTERS.incrementAndGet();
  private final MemoryCluster cluster = MemoryCluster.named(name);
  private final List<SocketNode> nodes = new ArrayList<>();
  private final CompletableFuture<String> answer = new CompletableFuture<>();

  @AfterEach
  void close() {
    cluster.busFaults().comeBack();
    cluster.registryFaults().comeBack();
    nodes.forEach(SocketNode::close);
  }

  @Test
  void isFed() {
    SocketNode n1 = start("n1");
    SocketNode n2 = start("n2");
    SocketNode n3 = start("n3");

    talk(n1, n2);
    ask(n1, n2);
    misbehave(n1);
    move(n1, n2, n3);
    loseTheBus(n1, n2);
    expire(n2);
    loseTheRegistry(n1);
    beSlow(n1, n2);
    beTakenOver(n1, n2);
    die(n1);

    assertEquals(Set.of(), fed.missing());
  }

  private void talk(SocketNode n1, SocketNode n2) {
    ClientSession alice = n1.attach(new Client(), "alice", Map.of());
    Client bob = new Client();
    n2.attach(bob, "bob", Map.of());
    awaitDelivered(n1, "bob");
    alice.text("{\"to\":\"bob\",\"body\":1}", true);
    bob.awaitText("\"from\":\"alice\"");
    alice.text("not JSON", true);
    fed.awaitGauge(Gauge.CONNECTIONS);
    alice.closed(1000);
    assertEquals(Outcome.Status.OFFLINE, send(n1, "nobody").status());
    fed.await(
        Counter.CONNECTIONS_OPENED,
        Counter.CONNECTIONS_CLOSED,
        Counter.FRAMES_IN,
        Counter.FRAMES_BAD,
        Counter.FRAMES_OUT,
        Counter.UNDELIVERABLE);
    fed.awaitGauge(Gauge.MEMBERS);
  }

  private void ask(SocketNode n1, SocketNode n2) {
    n2.attach(new Client(), "oracle", Map.of());
    awaitDelivered(n1, "oracle");
    CompletionStage<Reply> reply = n1.request("oracle", "1", Duration.ofSeconds(5));
    fed.awaitGauge(Gauge.PENDING_REQUESTS);
    answer.complete("2");
    assertEquals("2", Eventually.result("a reply", reply).payload());
    PresenceWatch watch = n2.watch(List.of("oracle"), online -> {});
    fed.awaitGauge(Gauge.WATCHED);
    watch.close();
  }

  private void misbehave(SocketNode n1) {
    n1.admit(new Handshake("http://localhost", "/ws", Map.of(), Map.of(), "127.0.0.1"));
    String tooLarge = "\"" + "x".repeat(20 << 20) + "\"";
    assertEquals(
        Outcome.Status.REJECTED,
        Eventually.result("an outcome", n1.send(Address.user("bob"), tooLarge)).status());
    try (MessageBus foreign =
        cluster.openBus("foreign", new RecordingBusListener(), new RecordingErrorListener())) {
      Eventually.result("a confirm", foreign.publish("n1", "garbage".getBytes(UTF_8)));
    }
    ClientSession eve = n1.attach(new Client(), "eve", Map.of());
    eve.connection().replaceCredentials(new Authenticator.Accepted("eve", Map.of(), Instant.EPOCH));
    fed.await(Counter.HANDSHAKES_REFUSED, Counter.BATCHES_BAD, Counter.CLIENTS_EXPIRED);
  }

  /**
   * A stale route leads to a node that sends back, and another one to no queue at all. A route goes
   * stale only if it is used before the registry is asked again: the user moves until it was.
   */
  private void move(SocketNode n1, SocketNode n2, SocketNode n3) {
    List<SocketNode> homes = List.of(n2, n3);
    AtomicInteger moves = new AtomicInteger();
    AtomicReference<ClientSession> current =
        new AtomicReference<>(n2.attach(new Client(), "mover", Map.of()));
    Eventually.holds(
        "a message sent after its addressee",
        () -> {
          awaitDelivered(n1, "mover");
          SocketNode next = homes.get(moves.incrementAndGet() % 2);
          ClientSession there = next.attach(new Client(), "mover", Map.of());
          awaitConnections(next, "mover", 2);
          current.getAndSet(there).closed(1000);
          awaitConnections(next, "mover", 1);
          awaitDelivered(n1, "mover");
          return fed.count(Counter.REROUTES) > 0;
        });
    fed.await(Counter.RETURNS_OUT, Counter.RETURNS_IN);
    String home = homes.get(moves.get() % 2) == n2 ? "n2" : "n3";
    cluster.busFaults().dropBinding(home);
    Outcome unused = send(n1, "mover");
    fed.await(Counter.BATCHES_UNROUTABLE);
  }

  private void loseTheBus(SocketNode n1, SocketNode n2) {
    n2.attach(new Client(), "carol", Map.of());
    awaitDelivered(n1, "carol");
    cluster.busFaults().block("n1");
    CompletionStage<Outcome> waiting = n1.send(Address.user("carol"), "2");
    fed.awaitGauge(Gauge.OUTBOX_BYTES);
    fed.awaitGauge(Gauge.PENDING_SENDS);
    assertEquals(Outcome.Status.UNAVAILABLE, Eventually.result("an outcome", waiting).status());
    cluster.busFaults().unblock("n1");
    awaitDelivered(n1, "carol");
    // Taken, but its publisher does not learn it and publishes again, if no confirm was faster.
    Eventually.holds(
        "a batch that came twice",
        () -> {
          cluster.busFaults().delay("n1", Duration.ofMillis(500));
          CompletionStage<Outcome> doubled = n1.send(Address.user("carol"), "3");
          fed.awaitMore(Counter.BATCHES_OUT);
          cluster.busFaults().cut("n1", Duration.ofMillis(10), frame -> true);
          cluster.busFaults().delay("n1", Duration.ZERO);
          Eventually.result("an outcome", doubled);
          return fed.count(Counter.BATCHES_DUPLICATE) > 0;
        });
    fed.await(Counter.BATCHES_REPEATED);
  }

  private void expire(SocketNode n2) {
    SocketNode patient =
        start("n6", settings -> settings.set(NodeSettings.OUTCOME_WAIT, Duration.ofSeconds(20)));
    n2.attach(new Client(), "dave", Map.of());
    awaitDelivered(patient, "dave");
    cluster.busFaults().block("n6");
    Duration life = Duration.ofMillis(200);
    long start = System.nanoTime();
    CompletionStage<Outcome> expiring =
        patient.send(Address.user("dave"), "1", SendOptions.defaults().withLife(life));
    Eventually.holds(
        "its life to end", () -> System.nanoTime() - start > life.multipliedBy(10).toNanos());
    cluster.busFaults().unblock("n6");
    assertEquals(Outcome.expired(), Eventually.result("an outcome", expiring));
  }

  private void loseTheRegistry(SocketNode n1) {
    cluster.registryFaults().goAway();
    Outcome unused = send(n1, "whoever");
    fed.await(Counter.REGISTRY_FAILURES);
    cluster.registryFaults().comeBack();
  }

  private void beSlow(SocketNode n1, SocketNode n2) {
    Client stuck = new Client();
    stuck.hang();
    n2.attach(stuck, "stuck", Map.of());
    Eventually.holds(
        "a message for stuck to be held by its node",
        () -> send(n1, "stuck").status() == Outcome.Status.ACCEPTED);
    fed.awaitGauge(Gauge.LANE_BYTES);
    String large = "\"" + "x".repeat(40 << 10) + "\"";
    for (int i = 0; i < 3; i++) {
      CompletionStage<Outcome> unused = n1.send(Address.user("stuck"), large);
    }
    fed.await(Counter.LANE_OVERFLOWS, Counter.CLIENTS_TOO_SLOW);
    SocketNode impatient =
        start(
            "n4",
            settings ->
                settings
                    .set(NodeSettings.PING_INTERVAL, Duration.ofMillis(200))
                    .set(NodeSettings.PONG_DEADLINE, Duration.ofMillis(100)));
    impatient.attach(new Client(), "silent", Map.of());
    fed.await(Counter.CLIENTS_UNRESPONSIVE);
  }

  private void beTakenOver(SocketNode n1, SocketNode n2) {
    Client late = new Client();
    n2.attach(late, "late", Map.of());
    awaitDelivered(n1, "late");
    late.hang();
    CompletionStage<Outcome> unused = n1.send(Address.user("late"), "1");
    Eventually.holds("the message to be at its node", late::isHanging);
    long before = fed.count(Counter.INCARNATIONS);
    cluster.busFaults().deleteQueue("n2");
    Eventually.holds("a new incarnation", () -> fed.count(Counter.INCARNATIONS) > before);
    late.goOn();
    fed.await(Counter.LATE_ACKNOWLEDGEMENTS);
  }

  /** It leaves a message in its queue. */
  private void die(SocketNode n1) {
    SocketNode n5 = start("n5");
    Client client = new Client();
    n5.attach(client, "orphan", Map.of());
    awaitDelivered(n1, "orphan");
    client.hang();
    CompletionStage<Outcome> unused = n1.send(Address.user("orphan"), "1");
    Eventually.holds("the message to be at its node", client::isHanging);
    n5.close();
    fed.await(Counter.ADOPTIONS, Counter.ADOPTED_MESSAGES);
  }

  private static void awaitConnections(SocketNode at, String user, int count) {
    Eventually.holds(
        count + " connections of " + user,
        () -> Eventually.result("connections", at.connections(user)).size() == count);
  }

  private static Outcome send(SocketNode from, String user) {
    return Eventually.result("an outcome", from.send(Address.user(user), "0"));
  }

  private static void awaitDelivered(SocketNode from, String user) {
    Eventually.holds(
        user + " to be found", () -> send(from, user).status() == Outcome.Status.DELIVERED);
  }

  private SocketNode start(String id) {
    return start(id, settings -> {});
  }

  private SocketNode start(String id, Consumer<Settings.Builder> more) {
    Settings.Builder settings =
        Settings.builder()
            .set(MemorySettings.CLUSTER, name)
            .set(NodeSettings.LEASE, Duration.ofSeconds(2))
            .set(NodeSettings.LEASE_RENEWAL, Duration.ofMillis(500))
            .set(NodeSettings.PROBE_INTERVAL, Duration.ofMillis(500))
            .set(NodeSettings.OUTCOME_WAIT, Duration.ofSeconds(1))
            .set(NodeSettings.LANE_BYTES, 64L << 10);
    more.accept(settings);
    SocketNode node =
        SocketNode.builder()
            .nodeId(id)
            .settings(settings.build())
            .registry(new MemoryConnectionRegistryProvider())
            .bus(new MemoryMessageBusProvider())
            .authenticator(new DevelopmentQueryParameterAuthenticator("user_id"))
            .errorListener((what, cause) -> {})
            .metrics(fed)
            .requestListener((connection, request) -> answer)
            .build();
    nodes.add(node);
    node.start();
    return node;
  }

  /** What was fed, by all nodes together. */
  private static final class Fed implements MetricsListener {
    private final Map<Counter, Long> counts = new ConcurrentHashMap<>();
    private final Set<Timer> timed = ConcurrentHashMap.newKeySet();
    private final Set<Gauge> read = ConcurrentHashMap.newKeySet();
    private final Map<Gauge, List<LongSupplier>> readings = new ConcurrentHashMap<>();

    @Override
    public void count(Counter counter, long times) {
      counts.merge(counter, times, Long::sum);
    }

    @Override
    public void time(Timer timer, long nanos) {
      timed.add(timer);
    }

    @Override
    public void gauge(Gauge gauge, LongSupplier reading) {
      readings.merge(
          gauge, List.of(reading), (a, b) -> Stream.of(a, b).flatMap(List::stream).toList());
    }

    long count(Counter counter) {
      return counts.getOrDefault(counter, 0L);
    }

    void await(Counter... counters) {
      for (Counter counter : counters) {
        Eventually.holds(counter + " to be fed", () -> count(counter) > 0);
      }
    }

    void awaitMore(Counter counter) {
      long before = count(counter);
      Eventually.holds("more of " + counter, () -> count(counter) > before);
    }

    void awaitGauge(Gauge gauge) {
      Eventually.holds(
          gauge + " to show something",
          () ->
              readings.getOrDefault(gauge, List.of()).stream()
                  .anyMatch(reading -> reading.getAsLong() > 0));
      read.add(gauge);
    }

    Set<Enum<?>> missing() {
      return Stream.<Enum<?>>concat(
              Stream.of(Counter.values()).filter(counter -> count(counter) == 0),
              Stream.concat(
                  Stream.of(Timer.values()).filter(timer -> !timed.contains(timer)),
                  Stream.of(Gauge.values()).filter(gauge -> !read.contains(gauge))))
          .collect(Collectors.toSet());
    }
  }

  /** A client that reads at once, or not at all. */
  private static final class Client implements WebSocketChannel {
    // The fields below are guarded by this.
    private final List<String> texts = new ArrayList<>();
    private final List<Consumer<@Nullable Throwable>> held = new ArrayList<>();
    private boolean hanging;
    private boolean closed;

    synchronized void hang() {
      hanging = true;
    }

    synchronized boolean isHanging() {
      return !held.isEmpty();
    }

    void goOn() {
      List<Consumer<@Nullable Throwable>> due;
      synchronized (this) {
        hanging = false;
        due = List.copyOf(held);
        held.clear();
      }
      due.forEach(done -> done.accept(null));
    }

    void awaitText(String part) {
      Eventually.holds(part, () -> texts().stream().anyMatch(text -> text.contains(part)));
    }

    private synchronized List<String> texts() {
      return List.copyOf(texts);
    }

    @Override
    public void send(String text, Consumer<@Nullable Throwable> done) {
      synchronized (this) {
        texts.add(text);
        if (hanging) {
          held.add(done);
          return;
        }
      }
      done.accept(null);
    }

    @Override
    public void ping() {}

    @Override
    public synchronized void close(int code, String reason) {
      closed = true;
    }

    @Override
    public synchronized boolean isOpen() {
      return !closed;
    }
  }
}
