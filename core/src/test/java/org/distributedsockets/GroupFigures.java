package org.distributedsockets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Figures of groups and presence: two nodes in one process, connections without sockets, registry
 * and bus in memory, so that what is measured is the library alone. Not part of the build; prints:
 *
 * <pre>mvn test -pl core -Dtest=GroupFigures</pre>
 */
@Timeout(900)
class GroupFigures {
  private static final int BIG = 50_000;
  private static final int MANY = 100_000;
  private static final int OF_ONE = 1_000;

  private final LongAdder written = new LongAdder();
  private final Map<Counter, LongAdder> counters = new EnumMap<>(Counter.class);
  private final String cluster = "figures" + System.nanoTime();

  private final class Channel implements WebSocketChannel {
    @Override
    public void send(String text, Consumer<@Nullable Throwable> done) {
      written.increment();
      done.accept(null);
    }

    @Override
    public void ping() {}

    @Override
    public void close(int code, String reason) {}

    @Override
    public boolean isOpen() {
      return true;
    }
  }

  private SocketNode node(String id) {
    SocketNode node =
        SocketNode.builder()
            .nodeId(id)
            .settings(
                Settings.builder()
                    .set(MemorySettings.CLUSTER, cluster)
                    .set(NodeSettings.PING_INTERVAL, Duration.ofMinutes(10))
                    .build())
            .registry(new MemoryConnectionRegistryProvider())
            .bus(new MemoryMessageBusProvider())
            .metrics(
                new MetricsListener() {
                  @Override
                  public void count(Counter counter, long amount) {
                    counters.get(counter).add(amount);
                  }
                })
            .build();
    node.start();
    return node;
  }

  @Test
  void print() throws Exception {
    for (Counter counter : Counter.values()) {
      counters.put(counter, new LongAdder());
    }
    try (SocketNode n1 = node("n1");
        SocketNode n2 = node("n2")) {
      List<Connection> all = connect(n1, n2);
      bigGroup(n1, n2, all);
      manyGroups(n1, n2, all);
      oneUserInManyGroups(n1);
      presence(n1);
      watching(n1);
    }
  }

  private List<Connection> connect(SocketNode n1, SocketNode n2) throws Exception {
    long bytes = usedBytes();
    long start = System.nanoTime();
    List<Connection> all = new ArrayList<>();
    for (int i = 0; i < BIG; i++) {
      all.add((i % 2 == 0 ? n1 : n2).attach(new Channel(), "u" + i, Map.of()).connection());
    }
    while (get(n1.online(users(BIG - 1_000))).size() < 1_000) {
      LockSupport.parkNanos(1_000_000);
    }
    report("connections, registered", BIG, start);
    System.out.printf(
        "%40s: %,d bytes each, in-memory registry included%n",
        "a connection", (usedBytes() - bytes) / BIG);
    return all;
  }

  private void bigGroup(SocketNode n1, SocketNode n2, List<Connection> all) throws Exception {
    long bytes = usedBytes();
    long start = System.nanoTime();
    join(all, i -> "big");
    report("joins of one group", BIG, start);
    System.out.printf("%40s: %,d bytes each%n", "a member", (usedBytes() - bytes) / BIG);
    start = System.nanoTime();
    assertEquals(BIG, get(n1.count(Address.group("big"))).connections());
    report("a count of the group", 1, start);
    start = System.nanoTime();
    assertEquals(BIG, get(n1.members("big")).connections().size());
    report("a list of its members", 1, start);

    int sends = 100;
    for (int round = 0; round < 2; round++) {
      written.reset();
      start = System.nanoTime();
      for (int i = 0; i < sends; i++) {
        get((i % 2 == 0 ? n1 : n2).send(Address.group("big"), "{\"text\":\"good morning\"}"));
      }
      awaitWritten((long) sends * BIG);
    }
    report("sends to 50,000 members, in turn", sends, start);
    report("deliveries of these", sends * BIG, start);
  }

  private void manyGroups(SocketNode n1, SocketNode n2, List<Connection> all) throws Exception {
    List<Connection> onN1 = IntStream.range(0, MANY / 50).mapToObj(i -> all.get(i * 2)).toList();
    long bytes = usedBytes();
    long start = System.nanoTime();
    List<CompletableFuture<Void>> joins = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      joins.add(onN1.get(i / 50).join("g" + i).toCompletableFuture());
    }
    CompletableFuture.allOf(joins.toArray(new CompletableFuture<?>[0])).get(120, TimeUnit.SECONDS);
    joins.clear();
    report("joins of 100,000 groups, one node", MANY, start);
    System.out.printf(
        "%40s: %,d bytes each with its one member, in-memory registry included%n",
        "a group", (usedBytes() - bytes) / MANY);

    for (int round = 0; round < 2; round++) {
      written.reset();
      counters.values().forEach(LongAdder::reset);
      start = System.nanoTime();
      List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        outcomes.add(
            n2.send(Address.group("g" + i), "{\"text\":\"good morning\"}").toCompletableFuture());
        if (i % 5_000 == 4_999) {
          for (CompletableFuture<Outcome> outcome : outcomes) {
            assertEquals(Outcome.delivered(1), get(outcome));
          }
          outcomes.clear();
        }
      }
    }
    report("sends to groups on the other node", MANY, start);
    System.out.printf(
        "%40s: %.3f look-ups in %.4f calls%n",
        "each of these",
        counters.get(Counter.LOOKUPS).sum() / (double) MANY,
        counters.get(Counter.LOOKUP_CALLS).sum() / (double) MANY);
    counters.values().forEach(LongAdder::reset);
    int lone = 1_000;
    for (int i = 0; i < lone; i++) {
      get(n2.send(Address.group("g" + i), "1"));
    }
    System.out.printf(
        "%40s: %.3f look-ups in %.3f calls%n",
        "each, one at a time",
        counters.get(Counter.LOOKUPS).sum() / (double) lone,
        counters.get(Counter.LOOKUP_CALLS).sum() / (double) lone);
    assertEquals(1, get(n1.count(Address.group("g7"))).connections());
  }

  private void oneUserInManyGroups(SocketNode n1) throws Exception {
    Connection one = n1.attach(new Channel(), "busy", Map.of()).connection();
    long start = System.nanoTime();
    List<CompletableFuture<Void>> joins = new ArrayList<>();
    for (int i = 0; i < OF_ONE; i++) {
      joins.add(one.join("of-one-" + i).toCompletableFuture());
    }
    CompletableFuture.allOf(joins.toArray(new CompletableFuture<?>[0])).get(60, TimeUnit.SECONDS);
    report("joins of one user", OF_ONE, start);
    start = System.nanoTime();
    one.close(CloseCode.DISCONNECTED, "");
    while (!get(n1.count(Address.group("of-one-" + (OF_ONE - 1)))).nodes().isEmpty()) {
      LockSupport.parkNanos(100_000);
    }
    report("memberships ended with their connection", OF_ONE, start);
  }

  private static void presence(SocketNode n1) throws Exception {
    List<String> users = users(0);
    int queries = 200;
    long start = 0;
    for (int round = 0; round < 2; round++) {
      start = System.nanoTime();
      for (int i = 0; i < queries; i++) {
        Set<String> online = get(n1.online(users));
        assertEquals(1_000, online.size());
      }
    }
    report("queries of 1,000 users", queries, start);
  }

  private void watching(SocketNode n1) {
    List<String> users = IntStream.range(0, 10_000).mapToObj(i -> "u" + i).toList();
    LongAdder told = new LongAdder();
    LongAdder calls = new LongAdder();
    long start = System.nanoTime();
    PresenceWatch watch =
        n1.watch(
            users,
            online -> {
              told.add(online.size());
              calls.increment();
            });
    while (told.sum() < users.size()) {
      LockSupport.parkNanos(1_000_000);
    }
    report("watched users told of", users.size(), start);
    System.out.printf("%40s: %d%n", "calls of the listener", calls.sum());
    watch.close();
  }

  private static List<String> users(int from) {
    return IntStream.range(from, from + 1_000).mapToObj(i -> "u" + i).toList();
  }

  private static void join(
      List<Connection> connections, java.util.function.IntFunction<String> group) throws Exception {
    List<CompletableFuture<Void>> joins = new ArrayList<>();
    for (int i = 0; i < connections.size(); i++) {
      joins.add(connections.get(i).join(group.apply(i)).toCompletableFuture());
    }
    CompletableFuture.allOf(joins.toArray(new CompletableFuture<?>[0])).get(120, TimeUnit.SECONDS);
  }

  private void awaitWritten(long count) {
    while (written.sum() < count) {
      LockSupport.parkNanos(100_000);
    }
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static void report(String what, int count, long startNanos) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    System.out.printf(
        "%40s: %,.0f per second (%,d in %.3f s)%n", what, count / seconds, count, seconds);
  }

  private static long usedBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
