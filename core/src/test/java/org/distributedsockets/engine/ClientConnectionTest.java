package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.distributedsockets.Address;
import org.distributedsockets.Authenticator.Accepted;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Connection;
import org.distributedsockets.ConnectionListener;
import org.distributedsockets.LaneOverflow;
import org.distributedsockets.engine.ClientServices.ClientLimits;
import org.distributedsockets.metrics.Counter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClientConnectionTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_000);

  private final Clients clients = new Clients();
  private final ManualRuntime manual = clients.manual;
  private final ManualChannel channel = new ManualChannel();

  private ClientConnection open() {
    return clients.open("c1", "bob", channel);
  }

  /** Time passes, with a look at the connection every second. */
  private void tickFor(ClientConnection connection, long seconds) {
    for (long i = 0; i < seconds; i++) {
      manual.advance(Duration.ofSeconds(1));
      connection.tick(manual.nanoTime(), NOW);
      manual.runAll();
    }
  }

  private void assertOpen() {
    manual.runAll();
    assertEquals(List.of(), channel.closes);
    assertEquals(List.of("c1 connected"), clients.listened);
  }

  private void assertEnded(String close, int toldCode) {
    manual.runAll();
    assertEquals(List.of(close), channel.closes);
    assertEquals(List.of("c1 connected", "c1 disconnected " + toldCode), clients.listened);
    assertEquals(0, clients.local().count());
    assertEquals(Set.of(), clients.registry.registered());
  }

  // ---- coming

  @Test
  void canBeWrittenToBeforeItsHandshakeIsComplete() {
    ClientConnection connection = clients.admitted("c1", "bob");
    connection.answer("early");
    assertEquals(List.of(), channel.sent);
    connection.opened(channel);
    assertEquals(List.of("early"), channel.sent);
  }

  @Test
  void aHandshakeThatNeverCompletesEndsAfterTenSecondsWithoutAWordToTheListener() {
    ClientConnection connection = clients.admitted("c1", "bob");
    manual.runAll();
    tickFor(connection, 10);
    assertEquals(1, clients.local().count());
    tickFor(connection, 1);
    assertEquals(0, clients.local().count());
    assertEquals(Set.of(), clients.registry.registered());
    assertEquals(List.of(), clients.listened);
  }

  @Test
  void aSessionThatOpensAfterItsEndIsClosed() {
    ClientConnection connection = clients.admitted("c1", "bob");
    connection.closed(1006);
    connection.opened(channel);
    manual.runAll();
    assertEquals(List.of("1001 "), channel.closes);
    assertEquals(List.of(), clients.listened);
    assertEquals(0, clients.metrics.of(Counter.CONNECTIONS_OPENED));
  }

  @Test
  void aSessionThatOpensAfterItsEndIsToldWhy() {
    ClientConnection connection = clients.admitted("c1", "bob");
    connection.close(4001, "é".repeat(100));
    connection.opened(channel);
    manual.runAll();
    assertEquals(List.of("4001 " + "é".repeat(61)), channel.closes);
  }

  @Test
  void anEndThatComesWhileTheSessionOpensClosesItAndIsTold() {
    List<ClientConnection> opening = new ArrayList<>();
    clients.metrics =
        new CountingMetrics() {
          @Override
          public void count(Counter counter, long times) {
            super.count(counter, times);
            if (counter == Counter.CONNECTIONS_OPENED) {
              opening.forEach(connection -> connection.close(CloseCode.POLICY_VIOLATION, "banned"));
            }
          }
        };
    opening.add(clients.admitted("c1", "bob"));
    opening.get(0).opened(channel);
    assertEnded("1008 banned", 1008);
  }

  // ---- the end, once, whatever comes first

  static Stream<Consumer<ClientConnection>> ends() {
    return Stream.of(
        connection -> connection.closed(1000),
        connection -> connection.close(1008, "no"),
        connection -> connection.onSendFailed(new IllegalStateException("gone")),
        connection -> connection.tick(Long.MIN_VALUE, Instant.MAX),
        connection -> connection.drain("draining"));
  }

  @ParameterizedTest
  @MethodSource("ends")
  void endsOnceWhateverComesFirst(Consumer<ClientConnection> first) {
    ClientConnection connection = clients.connection("c1", "bob", NOW, false);
    CompletableFuture<?> registered = clients.local().add(connection);
    connection.opened(channel);
    manual.runAll();
    assertTrue(registered.isDone());
    first.accept(connection);
    ends().forEach(end -> end.accept(connection));
    manual.live(Duration.ofSeconds(5));
    assertEquals(2, clients.listened.size(), clients.listened.toString());
    assertTrue(channel.closes.size() <= 1, channel.closes.toString());
    assertEquals(1, clients.metrics.of(Counter.CONNECTIONS_CLOSED));
    assertEquals(List.of("register [bob/c1]", "unregister [bob/c1]"), clients.registry.takeCalls());
  }

  @Test
  void aSessionTheContainerClosedIsNotClosedAgain() {
    open().closed(1000);
    manual.runAll();
    assertEquals(List.of(), channel.closes);
    assertEquals(List.of("c1 connected", "c1 disconnected 1000"), clients.listened);
  }

  @Test
  void aFailedSendEndsItAndIsToldAs1006() {
    ClientConnection connection = open();
    connection.answer("a");
    channel.failed();
    assertEnded("1001 ", 1006);
  }

  @Test
  void closeRefusesCodesAServerMayNotSend() {
    ClientConnection connection = open();
    assertThrows(IllegalArgumentException.class, () -> connection.close(1000, ""));
    assertThrows(IllegalArgumentException.class, () -> connection.close(1006, ""));
    assertOpen();
  }

  @ParameterizedTest
  @MethodSource("ends")
  void nothingIsDoneInTheNameOfAUserWhoseConnectionEnded(Consumer<ClientConnection> end) {
    ClientConnection connection = clients.connection("c1", "bob", NOW, false);
    assertFalse(clients.local().add(connection).isCompletedExceptionally());
    connection.opened(channel);
    connection.text("{\"to\":\"al", false);
    end.accept(connection);
    manual.runAll();
    connection.text("ice\",\"body\":1}", true);
    connection.text("{\"to\":\"alice\",\"body\":2}", true);
    connection.binary();
    connection.pong();
    manual.runAll();
    assertEquals(List.of(), clients.sent);
    assertEquals(0, clients.metrics.of(Counter.FRAMES_IN));
    assertEquals(0, clients.metrics.of(Counter.FRAMES_BAD));
  }

  @Test
  void aCloseWithoutAReasonDoesNothing() {
    ClientConnection connection = open();
    assertThrows(NullPointerException.class, () -> connection.close(1008, null));
    assertOpen();
    connection.close(1008, "no");
    assertEnded("1008 no", 1008);
  }

  @Test
  void cutsTheReasonOfAClose() {
    open().close(1008, "é".repeat(100));
    assertEnded("1008 " + "é".repeat(61), 1008);
  }

  @Test
  void isOutOfTheMapsBeforeItsLaneSendsBackWhatWaits() {
    ClientConnection connection = open();
    connection.answer("under way");
    List<Integer> counts = new ArrayList<>();
    connection.offer(
        "waits",
        5,
        new Lane.Receipt() {
          @Override
          public void written() {}

          @Override
          public void unsent() {
            counts.add(clients.local().count());
          }
        });
    connection.closed(1000);
    assertEquals(List.of(0), counts);
  }

  // ---- the application's listener

  @Test
  void theListenerHearsInOrderAndOnTheCallbackExecutor() {
    ClientConnection connection = clients.admitted("c1", "bob");
    connection.opened(channel);
    connection.closed(1000);
    assertEquals(List.of(), clients.listened);
    manual.runAll();
    assertEquals(List.of("c1 connected", "c1 disconnected 1000"), clients.listened);
  }

  @Test
  void aListenerThatThrowsIsReportedAndStillHearsOfTheEnd() {
    List<String> heard = new ArrayList<>();
    clients.connections =
        new ConnectionListener() {
          @Override
          public void onConnected(Connection connection) {
            throw new IllegalStateException("broken");
          }

          @Override
          public void onDisconnected(Connection connection, int code) {
            heard.add("end " + code);
          }
        };
    open().closed(1000);
    manual.runAll();
    assertEquals(List.of("end 1000"), heard);
    assertEquals(List.of("a connection listener threw"), clients.errors.lines);
  }

  @Test
  void aListenerThatThrowsAnErrorStillHearsOfTheEnd() {
    List<String> heard = new ArrayList<>();
    clients.connections =
        new ConnectionListener() {
          @Override
          public void onConnected(Connection connection) {
            throw new NoClassDefFoundError("Missing");
          }

          @Override
          public void onDisconnected(Connection connection, int code) {
            heard.add("end " + code);
          }
        };
    open().closed(1000);
    manual.runAll();
    assertEquals(List.of("end 1000"), heard);
    assertEquals(List.of("a connection listener threw"), clients.errors.lines);
  }

  private void runCallbacksInsideTheCall() {
    NodeRuntime queued = manual.runtime();
    clients.runtime =
        new NodeRuntime(
            queued.time(),
            queued.wallClock(),
            queued.timers(),
            queued.blocking(),
            queued.sockets(),
            Runnable::run,
            queued.random());
  }

  @Test
  void noLockIsHeldWhileTheListenerIsTold() {
    runCallbacksInsideTheCall();
    List<Boolean> locked = new ArrayList<>();
    clients.connections =
        new ConnectionListener() {
          @Override
          public void onConnected(Connection connection) {
            locked.add(Thread.holdsLock(connection));
          }

          @Override
          public void onDisconnected(Connection connection, int code) {
            locked.add(Thread.holdsLock(connection));
          }
        };
    open().close(1008, "no");
    assertEquals(List.of(false, false), locked);
  }

  @Test
  void aListenerThatClosesInsideTheCallEndsTheConnection() {
    runCallbacksInsideTheCall();
    ConnectionListener recording = clients.connections;
    clients.connections =
        new ConnectionListener() {
          @Override
          public void onConnected(Connection connection) {
            recording.onConnected(connection);
            connection.close(1008, "banned");
          }

          @Override
          public void onDisconnected(Connection connection, int code) {
            recording.onDisconnected(connection, code);
          }
        };
    open();
    assertEnded("1008 banned", 1008);
  }

  // ---- liveness

  @Test
  void pingsAfterSilenceAndEndsWithoutAPong() {
    ClientConnection connection = open();
    tickFor(connection, 25);
    assertEquals(0, channel.pings);
    tickFor(connection, 1);
    assertEquals(1, channel.pings);
    tickFor(connection, 10);
    assertOpen();
    tickFor(connection, 1);
    assertEnded("4000 no pong", 4000);
    assertEquals(1, clients.metrics.of(Counter.CLIENTS_UNRESPONSIVE));
  }

  static Stream<Consumer<ClientConnection>> signsOfLife() {
    return Stream.of(
        ClientConnection::pong,
        ClientConnection::binary,
        connection -> connection.text("{", false));
  }

  @ParameterizedTest
  @MethodSource("signsOfLife")
  void anyFrameIsASignOfLife(Consumer<ClientConnection> sign) {
    channel.inline = true;
    ClientConnection connection = open();
    tickFor(connection, 30);
    sign.accept(connection);
    tickFor(connection, 25);
    assertOpen();
    assertEquals(1, channel.pings);
    tickFor(connection, 1);
    assertEquals(2, channel.pings, "25 s after the sign of life");
  }

  @Test
  void aClientThatSpeaksIsNeverPinged() {
    ClientConnection connection = open();
    for (int i = 0; i < 10; i++) {
      tickFor(connection, 20);
      connection.pong();
    }
    assertEquals(0, channel.pings);
    assertOpen();
  }

  @Test
  void aSendLongerThanItsDeadlineEndsIt() {
    ClientConnection connection = open();
    connection.answer("a");
    tickFor(connection, 10);
    assertOpen();
    tickFor(connection, 1);
    assertEnded("1013 too slow", 1013);
    assertEquals(1, clients.metrics.of(Counter.CLIENTS_TOO_SLOW));
  }

  @Test
  void credentialsThatExpireEndItWith1008() {
    ClientConnection connection = clients.connection("c1", "bob", NOW, false);
    assertFalse(clients.local().add(connection).isCompletedExceptionally());
    connection.opened(channel);
    manual.runAll();
    connection.tick(manual.nanoTime(), NOW.minusNanos(1));
    assertOpen();
    connection.tick(manual.nanoTime(), NOW);
    assertEnded("1008 expired", 1008);
  }

  private ClientConnection openUntil(Instant expiresAt) {
    ClientConnection connection = clients.connection("c1", "bob", expiresAt, false);
    assertFalse(clients.local().add(connection).isCompletedExceptionally());
    connection.opened(channel);
    manual.runAll();
    assertEquals(Optional.of(expiresAt), connection.expiresAt());
    return connection;
  }

  @Test
  void newCredentialsPutTheEndOff() {
    ClientConnection connection = openUntil(NOW);
    connection.replaceCredentials(new Accepted("bob", Map.of(), NOW.plusSeconds(1)));
    connection.tick(manual.nanoTime(), NOW);
    assertOpen();
    connection.tick(manual.nanoTime(), NOW.plusSeconds(1));
    assertEnded("1008 expired", 1008);
    assertEquals(1, clients.metrics.of(Counter.CLIENTS_EXPIRED));
  }

  @Test
  void newCredentialsMayEndEarlierOrNever() {
    ClientConnection connection = openUntil(NOW);
    connection.replaceCredentials(new Accepted("bob", Map.of(), null));
    assertEquals(Optional.empty(), connection.expiresAt());
    connection.tick(manual.nanoTime(), Instant.MAX);
    assertOpen();
    connection.replaceCredentials(new Accepted("bob", Map.of(), NOW.minusSeconds(9)));
    connection.tick(manual.nanoTime(), NOW.minusSeconds(9));
    assertEnded("1008 expired", 1008);
  }

  @Test
  void refusesTheCredentialsOfAnotherUser() {
    ClientConnection connection = openUntil(NOW);
    Accepted eve = new Accepted("eve", Map.of("k", "v"), null);
    assertThrows(IllegalArgumentException.class, () -> connection.replaceCredentials(eve));
    assertEquals(Map.of(), connection.metadata());
    connection.tick(manual.nanoTime(), NOW);
    assertEnded("1008 expired", 1008);
  }

  @Test
  void newMetadataIsRegisteredAndOldIsNot() {
    List<Map<String, String>> registered = new ArrayList<>();
    ClientConnection connection = openUntil(NOW);
    clients.registry.onRegister =
        (self, registration) -> {
          registered.add(MetadataText.parse(registration.metadata()));
          return ScriptedRegistry.ACCEPTED;
        };
    connection.replaceCredentials(new Accepted("bob", Map.of(), null));
    manual.runAll();
    connection.replaceCredentials(new Accepted("bob", Map.of("role", "admin"), null));
    manual.runAll();
    assertEquals(Map.of("role", "admin"), connection.metadata());
    assertEquals(List.of(Map.of("role", "admin")), registered);
  }

  @Test
  void newCredentialsOfAConnectionThatEndedRegisterNothing() {
    ClientConnection connection = open();
    connection.closed(1000);
    connection.replaceCredentials(new Accepted("bob", Map.of("role", "admin"), null));
    manual.runAll();
    assertEquals(Set.of(), clients.registry.registered());
  }

  @Test
  void anAttachedSessionThatIsGoneIsNoticed() {
    ClientConnection connection = clients.connection("c1", "bob", null, true);
    assertFalse(clients.local().add(connection).isCompletedExceptionally());
    connection.opened(channel);
    manual.runAll();
    tickFor(connection, 1);
    assertOpen();
    channel.open = false;
    tickFor(connection, 1);
    assertEquals(List.of("c1 connected", "c1 disconnected 1006"), clients.listened);
  }

  // ---- overflow

  @Test
  void aFullLaneEndsTheConnection() {
    ClientConnection connection = open();
    String half = "x".repeat(400);
    connection.answer("under way");
    assertEquals(Lane.Offer.TAKEN, offer(connection, half));
    assertEquals(Lane.Offer.TAKEN, offer(connection, half));
    assertEquals(Lane.Offer.CLOSED, offer(connection, half));
    assertEnded("1013 lane full", 1013);
    assertEquals(1, clients.metrics.of(Counter.LANE_OVERFLOWS));
  }

  @Test
  void aFullLaneMayRefuseInstead() {
    clients.limits =
        new ClientLimits(
            100, 0, 0, 0, 2, 2, 1_000, LaneOverflow.REJECT, 1L << 40, 1L << 40, 1L << 40);
    ClientConnection connection = open();
    connection.answer("under way");
    assertEquals(Lane.Offer.TAKEN, offer(connection, "x".repeat(900)));
    assertEquals(Lane.Offer.LANE_FULL, offer(connection, "x".repeat(900)));
    assertOpen();
    connection.answer("x".repeat(100));
    assertEnded("1013 lane full", 1013);
  }

  @Test
  void anAnswerIsNotLostWhereTheLanesOfTheNodeAreFull() {
    clients.budget = new Lane.Budget(1_510, () -> false);
    ClientConnection connection = open();
    connection.answer("under way");
    assertEquals(
        Lane.Offer.TAKEN, offer(clients.open("c2", "eve", new ManualChannel()), "x".repeat(900)));
    assertEquals(Lane.Offer.TAKEN, offer(connection, "x".repeat(400)));
    assertEquals(Lane.Offer.NODE_BUSY, offer(connection, "x".repeat(100)));
    connection.answer("a");
    channel.written();
    channel.written();
    assertEquals("a", channel.sent.get(2));
    assertEquals(List.of(), channel.closes);
  }

  @Test
  void whoCannotBeAnsweredIsSentAway() {
    clients.budget = new Lane.Budget(100, () -> false);
    ClientConnection connection = open();
    connection.answer("under way");
    connection.answer("x".repeat(100));
    assertEnded("1013 node busy", 1013);
    assertEquals(1, clients.metrics.of(Counter.CLIENTS_TOO_SLOW));
  }

  @Test
  void whatFitsInNoLaneEndsNobody() {
    ClientConnection connection = open();
    assertEquals(Lane.Offer.TOO_LARGE, offer(connection, "x".repeat(1_000)));
    connection.answer("x".repeat(1_000));
    assertOpen();
    assertEquals(0, clients.metrics.of(Counter.LANE_OVERFLOWS));
  }

  @Test
  void countsTheFramesThatWereWrittenAndThoseThatFoundNoRoom() {
    ClientConnection connection = open();
    connection.answer("a");
    assertEquals(Lane.Offer.TAKEN, offer(connection, "b"));
    assertEquals(0, clients.metrics.of(Counter.FRAMES_OUT));
    channel.written();
    channel.written();
    assertEquals(2, clients.metrics.of(Counter.FRAMES_OUT));
    connection.answer("under way");
    connection.answer("x".repeat(900));
    connection.answer("y".repeat(900));
    assertEquals(1, clients.metrics.of(Counter.LANE_OVERFLOWS));
    assertEnded("1013 lane full", 1013);
    assertEquals(2, clients.metrics.of(Counter.FRAMES_OUT));
  }

  private static Lane.Offer offer(ClientConnection connection, String text) {
    return connection.offer(text, Utf8.length(text), NO_RECEIPT);
  }

  private static final Lane.Receipt NO_RECEIPT =
      new Lane.Receipt() {
        @Override
        public void written() {}

        @Override
        public void unsent() {}
      };

  // ---- drain

  @Test
  void drainWritesWhatWaitsThenCloses() {
    ClientConnection connection = open();
    connection.answer("a");
    connection.answer("b");
    connection.drain("draining");
    manual.runAll();
    assertEquals(Set.of(), clients.registry.registered(), "unregistered first");
    channel.written();
    assertEquals(List.of(), channel.closes);
    channel.written();
    assertEnded("1001 draining", 1001);
    assertEquals(List.of("a", "b"), channel.sent);
  }

  @Test
  void drainWaitsThreeSecondsForASlowClient() {
    ClientConnection connection = open();
    connection.answer("a");
    connection.drain("draining");
    manual.live(Duration.ofMillis(2_999));
    assertEquals(List.of(), channel.closes);
    manual.live(Duration.ofMillis(1));
    assertEnded("1001 draining", 1001);
  }

  @Test
  void drainOfAConnectionInItsHandshakeEndsItAtOnce() {
    ClientConnection connection = clients.admitted("c1", "bob");
    connection.drain("draining");
    manual.runAll();
    assertEquals(0, clients.local().count());
    connection.opened(channel);
    manual.runAll();
    assertEquals(List.of("1001 draining"), channel.closes);
  }

  // ---- groups

  @Test
  void joinsAndLeavesAreKnownHereAtOnce() {
    ClientConnection connection = open();
    CompletableFuture<Void> joined = connection.join("room").toCompletableFuture();
    assertEquals(Set.of("room"), connection.groups());
    assertTrue(connection.isMember("room"));
    assertFalse(joined.isDone());
    manual.runAll();
    assertTrue(joined.isDone());
    CompletableFuture<Void> left = connection.leave("room").toCompletableFuture();
    assertFalse(connection.isMember("room"));
    manual.runAll();
    assertTrue(left.isDone());
  }

  @Test
  void leavingWhatOneIsNoMemberOfIsDoneAtOnce() {
    assertTrue(open().leave("room").toCompletableFuture().isDone());
    manual.runAll();
    assertEquals(List.of("register [bob/c1]"), clients.registry.takeCalls());
  }

  @Test
  void namesThatAreNoneAreRefused() {
    ClientConnection connection = open();
    assertThrows(IllegalArgumentException.class, () -> connection.join(""));
    assertThrows(IllegalArgumentException.class, () -> connection.leave("x".repeat(257)));
    assertEquals(Set.of(), connection.groups());
  }

  @Test
  void aJoinAfterTheEndFails() {
    ClientConnection connection = open();
    connection.closed(1000);
    assertTrue(connection.join("room").toCompletableFuture().isCompletedExceptionally());
    assertFalse(clients.local().knowledge(Address.group("room")).here());
  }

  @Test
  void theEndLeavesAllGroups() {
    ClientConnection connection = open();
    assertFalse(connection.joinGroup("a").isCompletedExceptionally());
    assertFalse(connection.joinGroup("b").isCompletedExceptionally());
    manual.runAll();
    assertEquals(Set.of("bob/c1", "a/n1", "b/n1"), clients.registry.registered());
    connection.closed(1000);
    manual.runAll();
    assertEquals(Set.of(), clients.registry.registered());
    assertFalse(clients.local().knowledge(Address.group("a")).here());
  }

  @Test
  void aLeaveWhileItDrainsCompletes() {
    ClientConnection connection = open();
    assertFalse(connection.joinGroup("room").isCompletedExceptionally());
    connection.answer("under way");
    connection.drain("draining");
    CompletableFuture<?> left = connection.leaveGroup("room");
    manual.runAll();
    assertTrue(left.isDone());
  }

  @Test
  void aJoinWhileItDrainsLeavesNothingBehind() {
    ClientConnection connection = open();
    connection.answer("under way");
    connection.drain("draining");
    assertTrue(connection.joinGroup("room").isCompletedExceptionally());
    channel.written();
    manual.runAll();
    assertEquals(Set.of(), clients.registry.registered());
  }

  // ---- groups

  @Test
  void tellsOfWhatWasJoinedBeforeTheOpeningAfterIt() {
    ClientConnection connection = clients.admitted("c1", "bob");
    assertFalse(connection.joinGroup("a").isCompletedExceptionally());
    assertFalse(connection.joinGroup("b").isCompletedExceptionally());
    assertFalse(connection.leaveGroup("b").isCompletedExceptionally());
    clients.manual.runAll();
    assertEquals(List.of(), clients.listened);
    connection.opened(ManualChannel.inline());
    clients.manual.runAll();
    assertEquals(List.of("c1 connected", "c1 joined a"), clients.listened);
    connection.closed(1001);
    clients.manual.runAll();
    assertEquals(
        List.of("c1 connected", "c1 joined a", "c1 left a", "c1 disconnected 1001"),
        clients.listened);
  }

  @Test
  void holdsNoLockWhileItTellsOfAJoin() throws Exception {
    NodeRuntime queued = clients.manual.runtime();
    clients.runtime =
        new NodeRuntime(
            queued.time(),
            queued.wallClock(),
            queued.timers(),
            queued.blocking(),
            queued.sockets(),
            Runnable::run,
            queued.random());
    AtomicBoolean free = new AtomicBoolean();
    clients.connections =
        new ConnectionListener() {
          @Override
          public void onJoined(Connection connection, String group) {
            free.set(!Thread.holdsLock(connection));
          }
        };
    ClientConnection connection = clients.open("c1", "bob", ManualChannel.inline());
    assertFalse(connection.joinGroup("room").isCompletedExceptionally());
    assertTrue(free.get());
  }
}
