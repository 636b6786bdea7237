package org.distributedsockets.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.testkit.servers.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("What a registry sends to Redis")
@Timeout(120)
final class RedisTrafficIT {
  private static final NodeIdentity SELF = NodeIdentity.of("a", 7);
  private static final NodeIdentity OTHER = NodeIdentity.of("b", 8);
  private static final Duration LEASE = Duration.ofMinutes(5);
  private static final int BATCH = 500;

  private static RedisServer redis;

  private ConnectionRegistry registry;

  @BeforeAll
  static void start() {
    redis = RedisServer.start();
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  @BeforeEach
  void open() {
    redis.cli("FLUSHALL");
    registry = Registries.open("a", redis.address());
    registry.renew(LeaseRequest.joining(SELF, LEASE));
    registry.renew(LeaseRequest.joining(OTHER, LEASE));
    // So that Redis has the scripts.
    registry.leave(NodeIdentity.of("c", 9));
    registry.register(SELF, batch("warm", 1), RegistrationLimit.NONE);
  }

  @AfterEach
  void close() {
    registry.close();
  }

  @Test
  @DisplayName(
      "is a command for 16 changes or one question and one for the leases, in one round trip")
  void isOneRoundTrip() {
    List<Registration> batch = batch("u", BATCH);
    List<Address> addresses = batch.stream().map(Registration::address).toList();

    assertTraffic(
        Map.of("evalsha", scripts(BATCH) + 1),
        () -> registry.register(SELF, batch, RegistrationLimit.NONE));
    assertTraffic(Map.of("evalsha", 1, "hkeys", BATCH), () -> registry.locate(addresses));
    assertTraffic(Map.of("evalsha", 1, "hgetall", BATCH), () -> registry.entries(addresses));
    assertTraffic(Map.of("evalsha", scripts(BATCH)), () -> registry.unregister(SELF, batch));
    assertTraffic(Map.of("evalsha", 1), () -> registry.renew(LeaseRequest.joining(SELF, LEASE)));
    assertTraffic(Map.of("evalsha", 1), () -> registry.leave(SELF));
  }

  @Test
  @DisplayName("is one command for all entries of one address")
  void sharesAnAddress() {
    Address alice = Address.user("alice");
    List<Registration> batch =
        IntStream.range(0, BATCH).mapToObj(i -> new Registration(alice, "c" + i, i, "")).toList();

    assertTraffic(
        Map.of("evalsha", 2), () -> registry.register(SELF, batch, RegistrationLimit.NONE));
    assertTraffic(Map.of("evalsha", 1), () -> registry.unregister(SELF, batch));
  }

  @Test
  @DisplayName("removes any number of entries of one address")
  void removesMany() {
    Address alice = Address.user("alice");
    List<Registration> batch =
        IntStream.range(0, 20_000).mapToObj(i -> new Registration(alice, "c" + i, i, "")).toList();
    registry.register(SELF, batch, RegistrationLimit.NONE);
    registry.unregister(SELF, batch);
    assertEquals(List.of(List.of()), registry.entries(List.of(alice)));
  }

  @Test
  @DisplayName("is no more with a limit, except a second round trip for those who may be at it")
  void asksAgainAtTheLimit() {
    RegistrationLimit limit = new RegistrationLimit(1, RegistrationLimit.Policy.REJECT_NEW);
    List<Registration> batch = batch("u", 100);
    assertTraffic(Map.of("evalsha", scripts(100) + 1), () -> registry.register(SELF, batch, limit));

    List<Registration> more = new ArrayList<>(batch("v", 90));
    batch.subList(0, 10).forEach(r -> more.add(new Registration(r.address(), "more", 1, "")));
    assertTraffic(
        Map.of("evalsha", scripts(100) + 1 + scripts(10) + 1),
        () -> {
          List<RegisterAnswer> answers = registry.register(SELF, more, limit);
          assertEquals(90, answers.stream().filter(RegisterAnswer::accepted).count());
        });
  }

  @Test
  @DisplayName("leaves keys that begin with the prefix, have one slot each and go by themselves")
  void leavesFewKeys() {
    registry.register(SELF, batch("{a}*? \uD83D\uDE00\n", 3), RegistrationLimit.NONE);

    List<String> keys = redis.cli("KEYS", "*").lines().sorted().toList();
    assertEquals(7, keys.size(), keys.toString());
    for (String key : keys) {
      assertTrue(key.matches("ds:\\{nodes}:(leases|epoch|writes)|ds:[ug]:\\{[A-Za-z0-9_-]+}"), key);
      boolean ofAnAddress = !key.startsWith("ds:{nodes}");
      assertEquals(ofAnAddress, Long.parseLong(redis.cli("PTTL", key)) > 86_000_000, key);
    }

    registry.unregister(SELF, batch("{a}*? \uD83D\uDE00\n", 3));
    registry.unregister(SELF, batch("warm", 1));
    assertEquals(3, redis.cli("KEYS", "*").lines().count());
  }

  @Test
  @DisplayName("removes entries that are older than an hour and whose owner is gone")
  void sweepsTheGone() {
    Address alice = Address.user("alice");
    String key = new RedisKeys("ds:").entries(alice);
    String old = "1000000000000|1|";
    redis.cli("HSET", key, "gone|0000000000000001|c1", old);
    redis.cli("HSET", key, "b|" + OTHER.incarnation() + "|c2", old);
    redis.cli("HSET", key, "b|0000000000000002|c3", old);
    long now = System.currentTimeMillis();
    redis.cli("HSET", key, "gone|0000000000000003|c4", now + "|1|");

    registry.register(SELF, List.of(new Registration(alice, "c5", 1, "")), RegistrationLimit.NONE);

    assertEquals(
        List.of(
            "a|" + SELF.incarnation() + "|c5",
            "b|" + OTHER.incarnation() + "|c2",
            "gone|0000000000000003|c4"),
        redis.cli("HKEYS", key).lines().sorted().toList());
  }

  @Test
  @DisplayName("is 100,000 registrations and look-ups in seconds")
  void isFast() {
    int count = 100_000;
    List<Registration> all = batch("u", count);
    long start = System.nanoTime();
    for (int i = 0; i < count; i += BATCH) {
      registry.register(SELF, all.subList(i, i + BATCH), RegistrationLimit.NONE);
    }
    report("registrations", count, start);
    RegistrationLimit limit = new RegistrationLimit(10, RegistrationLimit.Policy.REJECT_NEW);
    start = System.nanoTime();
    for (int i = 0; i < count; i += BATCH) {
      registry.register(SELF, all.subList(i, i + BATCH), limit);
    }
    report("registrations again, with a limit", count, start);
    List<Address> addresses = all.stream().map(Registration::address).toList();
    start = System.nanoTime();
    for (int i = 0; i < count; i += BATCH) {
      assertEquals(BATCH, registry.locate(addresses.subList(i, i + BATCH)).size());
    }
    report("look-ups", count, start);
    System.out.println(redis.cli("INFO", "memory").lines().skip(2).findFirst().orElse(""));
    start = System.nanoTime();
    for (int i = 0; i < count; i += BATCH) {
      registry.unregister(SELF, all.subList(i, i + BATCH));
    }
    report("removals", count, start);
  }

  private static void report(String what, int count, long startNanos) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    System.out.printf("%,d %s in batches of %d: %.2f s%n", count, what, BATCH, seconds);
    assertTrue(seconds < 60, what + " took " + seconds + " s");
  }

  /** Each changes 16 addresses. */
  private static int scripts(int addresses) {
    return (addresses + 15) / 16;
  }

  private static List<Registration> batch(String name, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Registration(Address.user(name + i), "c" + i, 1, ""))
        .toList();
  }

  /**
   * Checks which commands come from clients, and that they come together: a batch takes a few reads
   * of a socket, commands one by one take one each.
   */
  private static void assertTraffic(Map<String, Integer> expected, Runnable work) {
    // Those that only scripts run are not counted: they are no traffic.
    Pattern sent = Pattern.compile("cmdstat_(evalsha|eval|hkeys|hgetall):calls=(\\d+)");
    List<String> counted = List.of("evalsha", "eval", "hkeys");
    redis.cli("CONFIG", "RESETSTAT");
    work.run();
    Map<String, Integer> calls = new TreeMap<>();
    Matcher matcher = sent.matcher(redis.cli("INFO", "commandstats"));
    while (matcher.find()) {
      if (counted.contains(matcher.group(1)) || expected.containsKey(matcher.group(1))) {
        calls.put(matcher.group(1), Integer.parseInt(matcher.group(2)));
      }
    }
    // leases.lua reads the leases with HGETALL.
    calls.computeIfPresent("hgetall", (name, number) -> number - 1);
    assertEquals(new TreeMap<>(expected), calls);
    Matcher reads =
        Pattern.compile("total_reads_processed:(\\d+)").matcher(redis.cli("INFO", "stats"));
    assertTrue(reads.find());
    int total = expected.values().stream().mapToInt(Integer::intValue).sum();
    assertTrue(
        Integer.parseInt(reads.group(1)) < 10 + total / 5, total + " commands, " + reads.group());
  }
}
