package org.distributedsockets.examples.custombus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.redis.RedisSettings;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.NatsServer;
import org.distributedsockets.testkit.servers.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two whole nodes, joined by a real Redis and a real NATS server. */
@Timeout(120)
final class NatsClusterIT {
  private static final int MANY = 2_000;

  private static RedisServer redis;
  private static NatsServer nats;

  @BeforeAll
  static void startServers() {
    redis = RedisServer.start();
    nats = NatsServer.start();
  }

  @AfterAll
  static void stopServers() {
    redis.close();
    nats.close();
  }

  /** Nothing says which bus: the class path has one that is not the one in memory. */
  private static SocketNode byClassPath(String id) {
    return node(id, settings -> {});
  }

  private static SocketNode byName(String id) {
    return node(
        id, settings -> settings.set(NodeSettings.BUS, Optional.of(NatsMessageBusProvider.NAME)));
  }

  private static SocketNode node(String id, Consumer<Settings.Builder> more) {
    Settings.Builder settings =
        Settings.builder()
            .set(RedisSettings.ADDRESSES, List.of(redis.address()))
            .set(NatsSettings.ADDRESSES, List.of(nats.address()));
    more.accept(settings);
    return SocketNode.builder().nodeId(id).settings(settings.build()).build();
  }

  private static Outcome send(SocketNode from, String body) {
    return Eventually.result("an outcome", from.send(Address.user("bob"), body));
  }

  @Test
  void deliversBetweenNodesThatFoundTheBusOnTheClassPath() {
    deliversBetween(byClassPath("c1"), byClassPath("c2"));
  }

  @Test
  void deliversBetweenNodesThatWereToldTheNameOfTheBus() {
    deliversBetween(byName("d1"), byName("d2"));
  }

  private static void deliversBetween(SocketNode near, SocketNode far) {
    try (near;
        far) {
      near.start();
      far.start();
      RecordingChannel bob = new RecordingChannel();
      far.attach(bob, "bob", Map.of());
      Eventually.holds(
          "bob to be found", () -> send(near, "\"hello\"").equals(Outcome.delivered(1)));
      int before = bob.texts().size();

      List<CompletionStage<Outcome>> outcomes =
          IntStream.range(0, MANY)
              .mapToObj(i -> near.send(Address.user("bob"), Integer.toString(i)))
              .toList();

      outcomes.forEach(
          outcome -> assertEquals(Outcome.delivered(1), Eventually.result("an outcome", outcome)));
      assertEquals(
          IntStream.range(0, MANY).mapToObj(i -> "{\"to\":\"bob\",\"body\":" + i + "}").toList(),
          bob.texts().subList(before, before + MANY));
      far.drain(Duration.ofSeconds(10));
      Eventually.holds(
          "bob to be offline", () -> send(near, "\"too late\"").equals(Outcome.offline()));
    }
  }

  @Test
  void losesNothingThatWasTakenWhenTheServerIsRestarted() {
    try (SocketNode near = byClassPath("r1");
        SocketNode far = byClassPath("r2")) {
      near.start();
      far.start();
      RecordingChannel bob = new RecordingChannel();
      far.attach(bob, "bob", Map.of());
      Eventually.holds(
          "bob to be found", () -> send(near, "\"hello\"").equals(Outcome.delivered(1)));
      int before = bob.texts().size();

      List<CompletionStage<Outcome>> outcomes = new ArrayList<>();
      IntStream.range(0, 500)
          .forEach(i -> outcomes.add(near.send(Address.user("bob"), Integer.toString(i))));
      nats.restart();
      IntStream.range(500, 1_000)
          .forEach(i -> outcomes.add(near.send(Address.user("bob"), Integer.toString(i))));

      outcomes.forEach(outcome -> Eventually.result("an outcome", outcome));
      Eventually.holds(
          () -> "all to arrive, so far " + bob.texts().size(),
          () -> bob.texts().size() >= before + 1_000);
      assertEquals(
          IntStream.range(0, 1_000).mapToObj(i -> "{\"to\":\"bob\",\"body\":" + i + "}").toList(),
          bob.texts().subList(before, bob.texts().size()));
    }
  }
}
