package org.distributedsockets.examples.jettychat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.Connection;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.rabbitmq.RabbitMessageBusProvider;
import org.distributedsockets.rabbitmq.RabbitSettings;
import org.distributedsockets.redis.RedisConnectionRegistryProvider;
import org.distributedsockets.redis.RedisSettings;
import org.distributedsockets.spi.WebSocketChannel;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.RedisServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What groups and presence cost with a Redis and a RabbitMQ: two nodes in this process, connections
 * without sockets. Prints the figures of docs/groups.md, and checks what a message costs Redis.
 */
@Timeout(600)
class GroupCostsIT {
  private static final int CONNECTIONS = 10_000;
  private static final int GROUPS = 10_000;
  private static final int LONE = 500;
  private static final int QUERIES = 200;

  /** What clients of Redis send; the rest of the statistics is what scripts do. */
  private static final Pattern SENT =
      Pattern.compile("cmdstat_(evalsha|eval|hkeys|hdel|hincrby):calls=(\\d+)");

  private final LongAdder written = new LongAdder();

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

  @Test
  void aMessageToAGroupCostsRedisTwoCommandsAtTheMost() {
    RabbitServer rabbit = RabbitServer.own();
    try (RedisServer redis = RedisServer.start();
        SocketNode n1 = node("costs-1", redis, rabbit);
        SocketNode n2 = node("costs-2", redis, rabbit)) {
      List<Connection> all = connect(n1, n2, redis);
      oneGroup(n1, n2, all, redis);
      manyGroups(n2, all, redis);
      presence(n1, redis);
    } finally {
      rabbit.list("list_queues", "name").forEach(rabbit::deleteQueue);
    }
  }

  private static SocketNode node(String id, RedisServer redis, RabbitServer rabbit) {
    SocketNode node =
        SocketNode.builder()
            .nodeId(id)
            .settings(
                Settings.builder()
                    .set(RedisSettings.ADDRESSES, List.of(redis.address()))
                    .set(RedisSettings.GRACE, Duration.ZERO)
                    .set(RabbitSettings.ADDRESSES, List.of(rabbit.address()))
                    .set(RabbitSettings.USER, rabbit.user())
                    .set(RabbitSettings.PASSWORD, Optional.of(rabbit.password()))
                    .set(NodeSettings.PING_INTERVAL, Duration.ofMinutes(10))
                    // So that what is counted is not what the slow pass writes.
                    .set(NodeSettings.REASSERT_INTERVAL, Duration.ofHours(24))
                    .build())
            .registry(new RedisConnectionRegistryProvider())
            .bus(new RabbitMessageBusProvider())
            .build();
    node.start();
    return node;
  }

  private List<Connection> connect(SocketNode n1, SocketNode n2, RedisServer redis) {
    long bytes = usedBytes(redis);
    long start = System.nanoTime();
    List<Connection> all = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      all.add((i % 2 == 0 ? n1 : n2).attach(new Channel(), "u" + i, Map.of()).connection());
    }
    for (int from = 0; from < CONNECTIONS; from += 1_000) {
      List<String> users = users(from);
      Eventually.holds("all registered", () -> get(n1.online(users)).size() == users.size());
    }
    report("connections, registered", CONNECTIONS, start);
    print("a connection in Redis", (usedBytes(redis) - bytes) / (double) CONNECTIONS, "bytes");
    return all;
  }

  private void oneGroup(SocketNode n1, SocketNode n2, List<Connection> all, RedisServer redis) {
    long start = System.nanoTime();
    join(all, i -> "big");
    report("joins of one group", CONNECTIONS, start);
    written.reset();
    start = System.nanoTime();
    double commands =
        commands(
            redis,
            LONE,
            () -> {
              for (int i = 0; i < LONE; i++) {
                SocketNode from = i % 2 == 0 ? n1 : n2;
                assertEquals(
                    Outcome.Status.DELIVERED, get(from.send(Address.group("big"), "1")).status());
              }
            });
    long all500 = (long) LONE * CONNECTIONS;
    Eventually.holds("all written", () -> written.sum() == all500);
    report("sends to its 10,000 members, in turn", LONE, start);
    report("deliveries of these", LONE * CONNECTIONS, start);
    print("Redis commands for each", commands, "");
    assertTrue(commands < 2.2, commands + " commands");
  }

  private void manyGroups(SocketNode n2, List<Connection> all, RedisServer redis) {
    List<Connection> onN1 = IntStream.range(0, 1_000).mapToObj(i -> all.get(i * 2)).toList();
    long bytes = usedBytes(redis);
    long start = System.nanoTime();
    List<CompletableFuture<Void>> joins = new ArrayList<>();
    for (int i = 0; i < GROUPS; i++) {
      joins.add(onN1.get(i % onN1.size()).join("g" + i).toCompletableFuture());
    }
    get(CompletableFuture.allOf(joins.toArray(new CompletableFuture<?>[0])));
    report("joins of 10,000 groups, registered", GROUPS, start);
    print("a group in Redis", (usedBytes(redis) - bytes) / (double) GROUPS, "bytes");

    long firstStart = System.nanoTime();
    double lone =
        commands(
            redis,
            LONE,
            () -> {
              for (int i = 0; i < LONE; i++) {
                assertEquals(Outcome.delivered(1), get(n2.send(Address.group("g" + i), "1")));
              }
            });
    report("sends to groups on the other node, in turn", LONE, firstStart);
    print("Redis commands for each", lone, "");
    assertTrue(lone < 2.2, lone + " commands");

    long secondStart = System.nanoTime();
    double burst =
        commands(
            redis,
            GROUPS,
            () -> {
              List<CompletionStage<Outcome>> outcomes =
                  IntStream.range(0, GROUPS)
                      .mapToObj(i -> n2.send(Address.group("g" + i), "1"))
                      .toList();
              outcomes.forEach(outcome -> assertEquals(Outcome.delivered(1), get(outcome)));
            });
    report("sends to groups on the other node, at once", GROUPS, secondStart);
    print("Redis commands for each", burst, "");
    assertTrue(burst < 1.2, burst + " commands");
  }

  private static void presence(SocketNode n1, RedisServer redis) {
    List<String> users = users(0);
    long start = System.nanoTime();
    double commands =
        commands(
            redis,
            QUERIES,
            () -> {
              for (int i = 0; i < QUERIES; i++) {
                Set<String> online = get(n1.online(users));
                assertEquals(users.size(), online.size());
              }
            });
    report("queries of 1,000 users", QUERIES, start);
    print("Redis commands for each", commands, "");
  }

  private static List<String> users(int from) {
    return IntStream.range(from, from + 1_000).mapToObj(i -> "u" + i).toList();
  }

  private static void join(List<Connection> connections, IntFunction<String> group) {
    List<CompletableFuture<Void>> joins = new ArrayList<>();
    for (int i = 0; i < connections.size(); i++) {
      joins.add(connections.get(i).join(group.apply(i)).toCompletableFuture());
    }
    get(CompletableFuture.allOf(joins.toArray(new CompletableFuture<?>[0])));
  }

  /**
   * What the work sends to Redis, divided; the leases of the nodes, which it does not, included.
   */
  private static double commands(RedisServer redis, int count, Runnable work) {
    redis.cli("CONFIG", "RESETSTAT");
    work.run();
    Matcher matcher = SENT.matcher(redis.cli("INFO", "commandstats"));
    long calls = 0;
    while (matcher.find()) {
      calls += Long.parseLong(matcher.group(2));
    }
    return calls / (double) count;
  }

  private static long usedBytes(RedisServer redis) {
    Matcher used = Pattern.compile("used_memory:(\\d+)").matcher(redis.cli("INFO", "memory"));
    assertTrue(used.find());
    return Long.parseLong(used.group(1));
  }

  private static <T> T get(CompletionStage<T> stage) {
    return Eventually.result("an answer", stage);
  }

  private static void report(String what, int count, long startNanos) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    print(what, count / seconds, "per second");
  }

  private static void print(String what, double value, String unit) {
    System.out.printf("%45s: %,.1f %s%n", what, value, unit);
  }
}
