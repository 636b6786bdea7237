package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.distributedsockets.Address;
import org.distributedsockets.LaneOverflow;
import org.distributedsockets.engine.ClientServices.ClientLimits;
import org.distributedsockets.engine.LocalConnections.DisconnectOrder;
import org.distributedsockets.engine.Registrar.Registered;
import org.distributedsockets.engine.wire.Item.Cause;
import org.distributedsockets.protocol.ClientProtocol;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.RegisterAnswer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalConnectionsTest {
  private static final Address BOB = Address.user("bob");
  private static final Address ROOM = Address.group("room");
  private static final String FRAME = "{\"from\":\"alice\",\"to\":\"bob\",\"body\":1}";

  private final Clients clients = new Clients();
  private final ManualRuntime manual = clients.manual;
  private final List<LocalResult> results = new ArrayList<>();

  private void deliver(Envelope envelope) {
    clients.local().deliver(envelope, results::add);
  }

  private void deliverToBob() {
    deliver(TestEnvelopes.to(BOB));
  }

  private static void started(CompletableFuture<?> future) {
    assertFalse(future.isCompletedExceptionally());
  }

  // ---- delivery

  @Test
  void writesToAllConnectionsOfAUserAndCountsThem() {
    ManualChannel one = ManualChannel.inline();
    ManualChannel two = ManualChannel.inline();
    ManualChannel other = ManualChannel.inline();
    clients.open("c1", "bob", one);
    clients.open("c2", "bob", two);
    clients.open("c3", "carol", other);
    deliverToBob();
    assertEquals(List.of(LocalResult.written(2)), results);
    assertEquals(List.of(FRAME), one.sent);
    assertEquals(List.of(FRAME), two.sent);
    assertEquals(List.of(), other.sent);
  }

  @Test
  void writesToEveryone() {
    clients.open("c1", "bob", ManualChannel.inline());
    clients.open("c2", "carol", ManualChannel.inline());
    deliver(TestEnvelopes.to(Address.everyone()));
    assertEquals(List.of(LocalResult.written(2)), results);
  }

  @Test
  void aProtocolThatThrowsReachesNobodyAndIsTold() {
    clients.protocol = mock(ClientProtocol.class);
    when(clients.protocol.message(any(), any(), any())).thenThrow(new IllegalStateException());
    clients.open("c1", "bob", ManualChannel.inline());
    deliverToBob();
    assertEquals(List.of(LocalResult.written(0)), results);
    assertEquals(List.of("the client protocol threw"), clients.errors.lines);
  }

  @ParameterizedTest
  @CsvSource({"c1,,c2", ",c1,c1", "c9,,c1 c2", ",c9,''"})
  void leavesOutOneConnectionOrAllButOne(String except, String only, String expected) {
    ManualChannel one = ManualChannel.inline();
    ManualChannel two = ManualChannel.inline();
    clients.open("c1", "bob", one);
    clients.open("c2", "bob", two);
    deliver(TestEnvelopes.narrowed(BOB, except, only));
    List<String> reached = new ArrayList<>();
    if (!one.sent.isEmpty()) {
      reached.add("c1");
    }
    if (!two.sent.isEmpty()) {
      reached.add("c2");
    }
    assertEquals(expected, String.join(" ", reached));
    assertEquals(LocalResult.written(reached.size()), results.get(0));
  }

  @Test
  void knowsThatAMessageToAGroupIsForNobodyButItsSender() {
    ClientConnection one = clients.open("c1", "bob", ManualChannel.inline());
    started(one.joinGroup("room"));
    assertTrue(clients.local().isForNobodyElseHere(TestEnvelopes.narrowed(ROOM, "c1", null)));
    assertFalse(clients.local().isForNobodyElseHere(TestEnvelopes.narrowed(ROOM, "c9", null)));
    assertFalse(clients.local().isForNobodyElseHere(TestEnvelopes.to(ROOM)));
    assertFalse(clients.local().isForNobodyElseHere(TestEnvelopes.narrowed(BOB, "c1", null)));
    ClientConnection two = clients.open("c2", "carol", ManualChannel.inline());
    started(two.joinGroup("room"));
    assertFalse(clients.local().isForNobodyElseHere(TestEnvelopes.narrowed(ROOM, "c1", null)));
  }

  @ParameterizedTest
  @CsvSource({"n1,300", "n1 n2,150"})
  void answersInTimeToBeCountedAlthoughOneClientDoesNotRead(String sentTo, int millis) {
    clients.open("c1", "bob", ManualChannel.inline());
    clients.open("c2", "bob", new ManualChannel());
    deliver(TestEnvelopes.to(BOB).dispatched(Set.of(sentTo.split(" ")), true, false));
    manual.advance(Duration.ofMillis(millis - 1));
    assertEquals(List.of(), results);
    manual.advance(Duration.ofMillis(1));
    assertEquals(List.of(LocalResult.written(1)), results);
  }

  @Test
  void saysAbsentForAUserWithoutConnections() {
    deliverToBob();
    assertEquals(List.of(LocalResult.failed(Cause.ABSENT)), results);
  }

  @Test
  void saysExpiredAtTheEndOfALifeWhoeverItIsFor() {
    clients.open("c1", "bob", ManualChannel.inline());
    deliver(TestEnvelopes.of(1, BOB, "1", true, 1_001));
    deliver(TestEnvelopes.of(2, BOB, "1", true, 1_000));
    deliver(TestEnvelopes.of(3, Address.user("nobody"), "1", true, 1_000));
    assertEquals(
        List.of(
            LocalResult.written(1),
            LocalResult.failed(Cause.EXPIRED),
            LocalResult.failed(Cause.EXPIRED)),
        results);
  }

  @Test
  void saysLaneFullIfEveryLaneRefused() {
    clients.limits =
        new ClientLimits(
            100, 0, 0, 0, 2, 2, 100, LaneOverflow.REJECT, 1L << 40, 1L << 40, 1L << 40);
    clients.open("c1", "bob", new ManualChannel());
    deliver(TestEnvelopes.of(1, BOB, "\"" + "x".repeat(100) + "\"", true, 2_000));
    assertEquals(List.of(LocalResult.failed(Cause.LANE_FULL)), results);
  }

  @Test
  void saysNodeBusyIfTheBudgetIsSpent() {
    clients.budget = new Lane.Budget(10, () -> false);
    clients.open("c1", "bob", new ManualChannel());
    deliverToBob();
    assertEquals(List.of(LocalResult.failed(Cause.NODE_BUSY)), results);
  }

  @Test
  void saysAbsentIfTheLaneThatOverflowedWasTheOnly() {
    ManualChannel channel = new ManualChannel();
    clients.open("c1", "bob", channel);
    for (int i = 1; i <= 3; i++) {
      deliver(TestEnvelopes.of(i, BOB, "\"" + "x".repeat(800) + "\"", true, 2_000));
    }
    // The first is under way, the second waited, the third found no room.
    assertEquals(
        List.of(LocalResult.failed(Cause.ABSENT), LocalResult.failed(Cause.ABSENT)), results);
    manual.runAll();
    assertEquals(List.of("1013 lane full"), channel.closes);
  }

  @Test
  void oneThatFailsDoesNotHideOneThatDoesNot() {
    clients.open("c1", "bob", ManualChannel.inline());
    ManualChannel broken = new ManualChannel();
    clients.open("c2", "bob", broken);
    deliverToBob();
    broken.failed();
    assertEquals(List.of(LocalResult.written(1)), results);
  }

  @Test
  void saysThatHeMayHaveItIfTheOnlySendFails() {
    ManualChannel broken = new ManualChannel();
    clients.open("c1", "bob", broken);
    deliverToBob();
    broken.failed();
    assertEquals(List.of(LocalResult.failed(Cause.BROKEN)), results);
  }

  @Test
  void answersWithTheCountSoFarAWhileAfterTheFirst() {
    clients.open("c1", "bob", ManualChannel.inline());
    ManualChannel two = new ManualChannel();
    ManualChannel three = new ManualChannel();
    clients.open("c2", "bob", two);
    clients.open("c3", "bob", three);
    deliverToBob();
    manual.advance(Duration.ofMillis(100));
    two.written();
    manual.advance(Duration.ofMillis(199));
    assertEquals(List.of(), results);
    manual.advance(Duration.ofMillis(1));
    assertEquals(List.of(LocalResult.written(2)), results);
    three.written();
    assertEquals(1, results.size(), "once");
  }

  @Test
  void answersAtOnceWhenTheLastIsWritten() {
    ManualChannel one = new ManualChannel();
    ManualChannel two = new ManualChannel();
    clients.open("c1", "bob", one);
    clients.open("c2", "bob", two);
    deliverToBob();
    one.written();
    two.written();
    assertEquals(List.of(LocalResult.written(2)), results);
    manual.advance(Duration.ofSeconds(1));
    assertEquals(1, results.size(), "once");
  }

  @Test
  void waitsForTheFirstAsLongAsItTakes() {
    ManualChannel one = new ManualChannel();
    clients.open("c1", "bob", one);
    deliverToBob();
    manual.advance(Duration.ofSeconds(60));
    assertEquals(List.of(), results);
    one.written();
    assertEquals(List.of(LocalResult.written(1)), results);
  }

  @Test
  void aMessageThatIsWrittenAtOnceLeavesNoTimerBehind() {
    clients.open("c1", "bob", ManualChannel.inline());
    clients.open("c2", "bob", ManualChannel.inline());
    int before = manual.waitingTimers();
    deliverToBob();
    assertEquals(before, manual.waitingTimers());
  }

  // ---- disconnect

  @Test
  void disconnectClosesAllConnectionsWithTheCodeAndReason() {
    ManualChannel one = new ManualChannel();
    ManualChannel two = new ManualChannel();
    clients.open("c1", "bob", one);
    clients.open("c2", "bob", two);
    deliver(TestEnvelopes.disconnect(BOB, new DisconnectOrder(4002, "go on").payload(), null));
    manual.runAll();
    assertEquals(List.of(LocalResult.written(2)), results);
    assertEquals(List.of("4002 go on"), one.closes);
    assertEquals(List.of("4002 go on"), two.closes);
  }

  @Test
  void disconnectMayMeanOneConnection() {
    ManualChannel one = new ManualChannel();
    ManualChannel two = new ManualChannel();
    clients.open("c1", "bob", one);
    clients.open("c2", "bob", two);
    deliver(TestEnvelopes.disconnect(BOB, "4001 ", "c2"));
    deliver(TestEnvelopes.disconnect(BOB, "4001 ", "c2"));
    manual.runAll();
    assertEquals(List.of(), one.closes);
    assertEquals(List.of("4001 "), two.closes);
    assertEquals(List.of(LocalResult.written(1), LocalResult.written(0)), results);
  }

  @ParameterizedTest
  @CsvSource({"''", "' '", "x", "4001", "'1000 no'", "'-1 no'", "'99999999999 no'"})
  void disconnectWithAnOrderThatIsNoneStillDisconnects(String payload) {
    assertEquals(new DisconnectOrder(4002, ""), DisconnectOrder.parse(payload));
  }

  // ---- groups and the registry

  @Test
  void registersAGroupAtTheFirstMemberOnlyAndUnregistersItAtTheLast() {
    ClientConnection one = clients.open("c1", "bob", new ManualChannel());
    ClientConnection two = clients.open("c2", "carol", new ManualChannel());
    clients.registry.takeCalls();
    started(one.joinGroup("room"));
    manual.runAll();
    started(two.joinGroup("room"));
    started(one.joinGroup("room"));
    manual.runAll();
    assertEquals(List.of("register [room/n1]"), clients.registry.takeCalls());
    started(one.leaveGroup("room"));
    manual.runAll();
    assertEquals(List.of(), clients.registry.takeCalls());
    started(two.leaveGroup("room"));
    manual.runAll();
    assertEquals(List.of("unregister [room/n1]"), clients.registry.takeCalls());
    assertFalse(clients.local().knowledge(ROOM).here());
  }

  @Test
  void aSecondMemberWaitsForTheRegistrationOfTheFirst() {
    ClientConnection one = clients.open("c1", "bob", new ManualChannel());
    ClientConnection two = clients.open("c2", "carol", new ManualChannel());
    started(one.joinGroup("room"));
    CompletableFuture<Registered> second = two.joinGroup("room");
    assertFalse(second.isDone());
    manual.runAll();
    assertEquals(Registered.DONE, second.join());
  }

  @Test
  void leavingAGroupWithoutMembersIsDone() {
    ClientConnection one = clients.open("c1", "bob", new ManualChannel());
    assertEquals(Registered.DONE, clients.local().leave(one, "room").join());
  }

  @Test
  void messagesToAGroupReachItsMembersHere() {
    ManualChannel channel = ManualChannel.inline();
    ClientConnection one = clients.open("c1", "bob", channel);
    clients.open("c2", "carol", ManualChannel.inline());
    started(one.joinGroup("room"));
    deliver(TestEnvelopes.to(ROOM));
    assertEquals(List.of(LocalResult.written(1)), results);
    assertEquals(List.of("{\"from\":\"alice\",\"group\":\"room\",\"body\":1}"), channel.sent);
  }

  // ---- what is known of other nodes

  @Test
  void knowsNothingOfUsersWithoutConnectionsHere() {
    clients.local().learnOtherNodes(BOB, Set.of("n2"), 0);
    clients.local().announced(BOB, "n2");
    assertFalse(clients.local().knowledge(BOB).here());
    assertNull(clients.local().knowledge(BOB).otherNodes());
    assertEquals(0, clients.local().version(BOB));
  }

  @Test
  void learnsTheOtherNodesFromTheRegistryWithoutItself() {
    clients.registry.onRegister =
        (self, registration) -> new RegisterAnswer(true, Set.of("n1", "n2"), List.of());
    clients.admitted("c1", "bob");
    assertTrue(clients.local().knowledge(BOB).here());
    assertNull(clients.local().knowledge(BOB).otherNodes(), "not known yet");
    manual.runAll();
    assertEquals(Set.of("n2"), clients.local().knowledge(BOB).otherNodes());
  }

  @Test
  void whatIsAnnouncedWhileTheRegistryIsAskedIsNotLost() {
    clients.admitted("c1", "bob");
    int asked = clients.local().version(BOB);
    clients.local().announced(BOB, "n3");
    clients.local().learnOtherNodes(BOB, Set.of("n2"), asked);
    assertEquals(Set.of("n2", "n3"), clients.local().knowledge(BOB).otherNodes());
  }

  @Test
  void anAnswerToALaterQuestionReplacesWhatWasKnown() {
    clients.admitted("c1", "bob");
    clients.local().announced(BOB, "n3");
    clients.local().learnOtherNodes(BOB, Set.of("n2"), clients.local().version(BOB));
    assertEquals(Set.of("n2"), clients.local().knowledge(BOB).otherNodes());
  }

  @Test
  void anAnnouncementOfItselfChangesNothing() {
    clients.admitted("c1", "bob");
    clients.local().announced(BOB, "n1");
    assertNull(clients.local().knowledge(BOB).otherNodes());
  }

  @Test
  void forgetsANodeThatTurnedOutNotToHoldTheUser() {
    clients.admitted("c1", "bob");
    clients.local().gone(BOB, "n2");
    assertNull(clients.local().knowledge(BOB).otherNodes());
    clients.local().learnOtherNodes(BOB, Set.of("n2", "n3"), 0);
    clients.local().gone(BOB, "n2");
    assertEquals(Set.of("n3"), clients.local().knowledge(BOB).otherNodes());
  }

  @Test
  void findsConnectionsByIdUntilTheyEnd() {
    ClientConnection one = clients.open("c1", "bob", new ManualChannel());
    assertSame(one, clients.local().byId("c1"));
    assertEquals(1, clients.local().count());
    one.closed(1000);
    assertNull(clients.local().byId("c1"));
    assertEquals(0, clients.local().count());
  }

  // ---- races, with threads

  @Test
  @Timeout(60)
  void racingJoinsAndLeavesEndWithTheRegistryAgreeing() throws InterruptedException {
    ExecutorService blocking = Executors.newSingleThreadExecutor();
    clients.runtime = withBlocking(blocking);
    ClientConnection one = clients.admitted("c1", "bob");
    ClientConnection two = clients.admitted("c2", "carol");
    for (int round = 0; round < 500; round++) {
      boolean joinsLast = round % 2 == 0;
      race(
          () -> {
            started(one.joinGroup("room"));
            if (!joinsLast) {
              started(one.leaveGroup("room"));
            }
          },
          () -> {
            started(two.joinGroup("room"));
            started(two.leaveGroup("room"));
          });
      CompletableFuture<Registered> last =
          joinsLast ? one.joinGroup("room") : two.leaveGroup("room");
      last.join();
      drainBlocking(blocking);
      assertEquals(joinsLast, clients.registry.registered().contains("room/n1"));
      assertEquals(joinsLast, clients.local().knowledge(ROOM).here());
      one.leaveGroup("room").join();
      assertFalse(clients.local().knowledge(ROOM).here());
    }
    blocking.shutdown();
  }

  @Test
  @Timeout(60)
  void aCloseThatRacesWithTheRegistrationLeavesNoGhost() throws InterruptedException {
    ExecutorService blocking = Executors.newSingleThreadExecutor();
    clients.runtime = withBlocking(blocking);
    for (int round = 0; round < 1_000; round++) {
      String id = "c" + round;
      ClientConnection connection = clients.connection(id, "bob", null, false);
      race(
          () -> started(clients.local().add(connection)),
          () -> {
            while (clients.local().byId(id) == null && !Thread.currentThread().isInterrupted()) {
              Thread.onSpinWait();
            }
            connection.closed(1006);
          });
      drainBlocking(blocking);
      assertEquals(Set.of(), clients.registry.registered(), "round " + round);
      assertFalse(clients.local().knowledge(BOB).here(), "round " + round);
      assertEquals(0, clients.local().count());
    }
    blocking.shutdown();
  }

  private NodeRuntime withBlocking(ExecutorService blocking) {
    NodeRuntime queued = manual.runtime();
    return new NodeRuntime(
        queued.time(),
        queued.wallClock(),
        queued.timers(),
        blocking,
        queued.sockets(),
        queued.callbacks(),
        queued.random());
  }

  /** Waits until the registrar has nothing left to do. */
  private static void drainBlocking(ExecutorService blocking) throws InterruptedException {
    for (int i = 0; i < 6; i++) {
      CountDownLatch done = new CountDownLatch(1);
      blocking.execute(done::countDown);
      assertTrue(done.await(10, TimeUnit.SECONDS));
    }
  }

  private static void race(Runnable first, Runnable second) throws InterruptedException {
    CountDownLatch start = new CountDownLatch(1);
    List<Throwable> failures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (Runnable action : List.of(first, second)) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  start.await();
                  action.run();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      thread.setUncaughtExceptionHandler(
          (t, failure) -> {
            synchronized (failures) {
              failures.add(failure);
            }
          });
      threads.add(thread);
      thread.start();
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
  }
}
