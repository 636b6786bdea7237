package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.Address;
import org.distributedsockets.engine.Registrar.Registered;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.junit.jupiter.api.Test;

class RegistrarTest {
  private final ManualRuntime manual = new ManualRuntime();
  private final ScriptedRegistry registry = new ScriptedRegistry();
  private final CountingMetrics metrics = new CountingMetrics();
  private final RecordingErrors errors = new RecordingErrors();
  private final List<String> told = new ArrayList<>();
  private NodeIdentity self = NodeIdentity.of("n1", 1);
  private int version;
  private boolean listenerFails;
  private final Registrar registrar =
      new Registrar(
          registry,
          () -> self,
          RegistrationLimit.NONE,
          manual.runtime(),
          metrics,
          errors,
          address -> version,
          new Registrar.Listener() {
            @Override
            public void onRegistered(
                Registration registration, RegisterAnswer answer, int askedAtVersion) {
              told.add(ScriptedRegistry.key(registration) + " at " + askedAtVersion);
              if (listenerFails) {
                throw new IllegalStateException("listener");
              }
            }

            @Override
            public void onLimited(Registration registration) {
              told.add(ScriptedRegistry.key(registration) + " limited");
            }

            @Override
            public void onRemovalsForgotten() {
              told.add("forgotten");
            }

            @Override
            public void onComplete() {
              told.add("complete");
            }
          });

  private static Registration of(String user) {
    return new Registration(Address.user(user), "c1", 0, "");
  }

  private CompletableFuture<Registered> register(String user) {
    return registrar.register(of(user));
  }

  private CompletableFuture<Registered> unregister(String user) {
    return registrar.unregister(of(user));
  }

  /** Whether it is among what is registered again when the registry lost everything. */
  private boolean isWanted(String user) {
    registry.onRegister = (identity, registration) -> ScriptedRegistry.ACCEPTED;
    registry.takeCalls();
    registrar.registerAllAgain();
    manual.live(Duration.ofSeconds(1));
    return registry.takeCalls().contains("register [" + user + "/c1]");
  }

  private void registerAll(int count) {
    for (int i = 0; i < count; i++) {
      assertFalse(register("u" + i).isCompletedExceptionally());
    }
    manual.live(Duration.ofSeconds(1));
    registry.takeCalls();
  }

  @Test
  void completesWhenTheRegistryHasItAndTellsTheListenerFirst() {
    version = 3;
    CompletableFuture<Registered> done = register("a");
    assertFalse(done.whenComplete((registered, failure) -> told.add("done")).isDone());
    assertFalse(done.isDone());
    manual.runAll();
    assertEquals(Registered.DONE, done.join());
    assertEquals(List.of("a/c1 at 3", "done"), told);
    assertTrue(isWanted("a"));
    assertTrue(registrar.isIdle());
  }

  @Test
  void repairRemovesOnlyWhatIsNotWantedWhenItsTurnComes() {
    registerAll(1);
    registrar.repair(List.of(of("u0"), of("ghost"), of("back")));
    CompletableFuture<Registered> back = register("back");
    manual.runAll();
    assertEquals(Registered.DONE, back.join());
    assertEquals(List.of("unregister [ghost/c1]", "register [back/c1]"), registry.takeCalls());
  }

  @Test
  void goesOnWhenTheListenerThrows() {
    listenerFails = true;
    CompletableFuture<Registered> first = register("a");
    CompletableFuture<Registered> second = register("b");
    manual.runAll();
    assertEquals(Registered.DONE, first.join());
    assertEquals(Registered.DONE, second.join());
    assertTrue(registrar.isIdle());
    assertEquals(2, errors.lines.size());
  }

  // ---- everything again

  @Test
  void isCompleteWhenAllIsRegisteredAgain() {
    registerAll(501);
    assertTrue(registrar.isComplete());
    told.clear();
    registrar.registerAllAgain();
    assertFalse(registrar.isComplete());
    manual.runAll();
    assertFalse(registrar.isComplete(), "one batch of two");
    manual.live(Duration.ofMillis(20));
    assertTrue(registrar.isComplete());
    assertEquals("complete", told.get(told.size() - 1));
    assertEquals(1, told.stream().filter("complete"::equals).count());
  }

  @Test
  void isCompleteAtOnceIfNothingIsRegistered() {
    registrar.registerAllAgain();
    assertTrue(registrar.isComplete());
  }

  @Test
  void isNotCompleteByABatchThatBeganBeforeEverythingHadToBeRegisteredAgain() {
    registerAll(1);
    registry.onRegister =
        (self, registration) -> {
          registry.onRegister = (s, r) -> ScriptedRegistry.ACCEPTED;
          registrar.registerAllAgain();
          return ScriptedRegistry.ACCEPTED;
        };
    told.clear();
    CompletableFuture<Registered> again = register("u0");
    manual.takeBlocking().remove().run();
    assertEquals(Registered.DONE, again.join());
    assertFalse(registrar.isComplete(), "that was under the former incarnation");
    manual.live(Duration.ofMillis(20));
    assertTrue(registrar.isComplete());
  }

  @Test
  void isNotCompleteWhileTheRegistryIsAway() {
    registerAll(1);
    registry.away = true;
    registrar.registerAllAgain();
    manual.live(Duration.ofSeconds(1));
    assertFalse(registrar.isComplete());
    registry.away = false;
    manual.live(Duration.ofSeconds(3));
    assertTrue(registrar.isComplete());
  }

  @Test
  void whatIsRemovedMeanwhileIsNotMissing() {
    registerAll(2);
    registry.away = true;
    registrar.registerAllAgain();
    manual.runAll();
    assertFalse(unregister("u0").isDone());
    assertFalse(unregister("u1").isDone());
    registry.away = false;
    manual.live(Duration.ofSeconds(1));
    assertTrue(registrar.isComplete());
  }

  @Test
  void givesRemovalsUpWhenTheyAreTooManyAndKeepsWhatIsWanted() {
    registerAll(1);
    told.clear();
    registry.away = true;
    for (int i = 0; i <= 100_001; i++) {
      assertFalse(unregister("gone" + i).isCompletedExceptionally());
    }
    assertFalse(register("new").isCompletedExceptionally());
    manual.live(Duration.ofSeconds(5));
    assertEquals(List.of("forgotten"), told);
    registry.away = false;
    registry.takeCalls();
    manual.live(Duration.ofSeconds(5));
    assertEquals(List.of("register [new/c1]"), registry.takeCalls());
  }

  @Test
  void whatIsAskedForMeanwhileSharesTheNextCall() {
    CompletableFuture<Registered> first = register("a");
    CompletableFuture<Registered> second = register("b");
    CompletableFuture<Registered> third = unregister("c");
    assertEquals(1, manual.waitingBlocking(), "one call under way at a time");
    assertFalse(registrar.isIdle());
    manual.runAll();
    assertEquals(List.of("unregister [c/c1]", "register [a/c1, b/c1]"), registry.takeCalls());
    for (CompletableFuture<Registered> future : List.of(first, second, third)) {
      assertEquals(Registered.DONE, future.join());
    }
  }

  @Test
  void theLastOfSeveralWishesCountsAndAnswersAll() {
    CompletableFuture<Registered> joined = register("a");
    CompletableFuture<Registered> left = unregister("a");
    CompletableFuture<Registered> again = register("a");
    manual.runAll();
    assertEquals(List.of("register [a/c1]"), registry.takeCalls());
    assertEquals(Registered.DONE, joined.join());
    assertEquals(Registered.DONE, left.join());
    assertEquals(Registered.DONE, again.join());
    assertTrue(isWanted("a"));
  }

  @Test
  void aCallHoldsAtMostFiveHundred() {
    for (int i = 0; i < 501; i++) {
      assertFalse(register("u" + i).isCompletedExceptionally());
    }
    manual.runAll();
    assertEquals(2, registry.takeCalls().size());
    assertEquals(501, registry.registered().size());
  }

  // ---- away

  @Test
  void defersWhileTheRegistryIsAwayAndRepeatsInOrder() {
    registry.away = true;
    CompletableFuture<Registered> first = register("a");
    manual.runAll();
    assertEquals(Registered.DEFERRED, first.join());
    CompletableFuture<Registered> second = register("b");
    assertEquals(0, manual.waitingBlocking(), "pauses after a failure");
    assertFalse(second.isDone());
    registry.away = false;
    registry.takeCalls();
    manual.live(Duration.ofMillis(120));
    assertEquals(List.of("register [a/c1, b/c1]"), registry.takeCalls());
    assertEquals(Registered.DONE, second.join());
    assertEquals(1, metrics.of(Counter.REGISTRY_FAILURES));
    assertEquals(List.of(), errors.lines, "the registry being away is told by the membership");
  }

  @Test
  void aNewerWishReplacesADeferredOne() {
    registry.away = true;
    assertFalse(register("a").isDone());
    manual.runAll();
    assertFalse(unregister("a").isDone());
    registry.away = false;
    registry.takeCalls();
    manual.live(Duration.ofMillis(120));
    assertEquals(List.of("unregister [a/c1]"), registry.takeCalls());
  }

  @Test
  void aWishMadeWhileTheFailingCallIsUnderWayIsTheNewerOne() {
    registry.onRegister =
        (identity, registration) -> {
          registry.onRegister = (i, r) -> ScriptedRegistry.ACCEPTED;
          assertFalse(unregister("a").isDone());
          throw new IllegalStateException("broken registry");
        };
    CompletableFuture<Registered> registered = register("a");
    manual.runAll();
    assertEquals(Registered.DEFERRED, registered.join());
    registry.takeCalls();
    manual.live(Duration.ofMillis(120));
    assertEquals(List.of("unregister [a/c1]"), registry.takeCalls());
    assertEquals(List.of("the registry failed in an unexpected way"), errors.lines);
  }

  @Test
  void pausesLongerWhileTheRegistryStaysAway() {
    registry.away = true;
    assertFalse(register("a").isDone());
    manual.live(Duration.ofSeconds(9));
    // 0.1, 0.2, 0.4, 0.8, 1.6, then every 2 s, each within a tenth.
    int calls = registry.takeCalls().size();
    assertTrue(calls >= 7 && calls <= 9, "calls in 9 s: " + calls);
  }

  @Test
  void goesOnAtOnceWhenTheRegistryIsBack() {
    registry.away = true;
    assertFalse(register("a").isDone());
    manual.live(Duration.ofSeconds(5));
    registry.away = false;
    registry.takeCalls();
    registrar.registryIsBack();
    manual.runAll();
    assertEquals(List.of("register [a/c1]"), registry.takeCalls());
    assertTrue(registrar.isIdle());
  }

  @Test
  void aRegistryThatAnswersTooFewIsReportedAndAskedAgain() {
    ScriptedRegistry broken =
        new ScriptedRegistry() {
          @Override
          public synchronized List<RegisterAnswer> register(
              NodeIdentity identity, List<Registration> batch, RegistrationLimit limit) {
            List<RegisterAnswer> answers = super.register(identity, batch, limit);
            return calls.size() == 1 ? List.of() : answers;
          }
        };
    Registrar tested =
        new Registrar(
            broken,
            () -> self,
            RegistrationLimit.NONE,
            manual.runtime(),
            metrics,
            errors,
            address -> 0,
            new Registrar.Listener() {
              @Override
              public void onRegistered(Registration r, RegisterAnswer answer, int version) {
                told.add("registered");
              }

              @Override
              public void onLimited(Registration registration) {}

              @Override
              public void onRemovalsForgotten() {}

              @Override
              public void onComplete() {}
            });
    assertFalse(tested.register(of("a")).isDone());
    manual.live(Duration.ofMillis(120));
    assertEquals(List.of("registered"), told);
    assertEquals(List.of("the registry failed in an unexpected way"), errors.lines);
  }

  // ---- the limit

  @Test
  void aRefusalIsToldToWhoeverWaits() {
    registry.onRegister = (identity, registration) -> ScriptedRegistry.REFUSED;
    CompletableFuture<Registered> registered = register("a");
    manual.runAll();
    assertEquals(Registered.LIMITED, registered.join());
    assertEquals(List.of(), told);
    assertFalse(isWanted("a"));
  }

  @Test
  void aRefusalOfADeferredRegistrationIsToldToTheListener() {
    registry.away = true;
    CompletableFuture<Registered> registered = register("a");
    manual.runAll();
    assertEquals(Registered.DEFERRED, registered.join());
    registry.away = false;
    registry.onRegister = (identity, registration) -> ScriptedRegistry.REFUSED;
    manual.live(Duration.ofMillis(120));
    assertEquals(List.of("a/c1 limited"), told);
    assertFalse(isWanted("a"));
  }

  @Test
  void aRefusalOfAnEntryRegisteredAgainIsToldToTheListener() {
    registerAll(1);
    told.clear();
    registry.onRegister = (identity, registration) -> ScriptedRegistry.REFUSED;
    registrar.registerAllAgain();
    manual.runAll();
    assertEquals(List.of("u0/c1 limited", "complete"), told);
  }

  @Test
  void aWaiterThatGaveUpLeavesTheRefusalToTheListener() {
    registry.onRegister = (identity, registration) -> ScriptedRegistry.REFUSED;
    assertTrue(register("a").complete(Registered.DEFERRED));
    manual.runAll();
    assertEquals(List.of("a/c1 limited"), told);
  }

  // ---- again

  @Test
  void registersAllAgainAtAPaceAndInTheNewName() {
    registerAll(1_200);
    self = NodeIdentity.of("n1", 2);
    registrar.registerAllAgain();
    manual.runAll();
    assertEquals(1, registry.takeCalls().size());
    manual.advance(Duration.ofMillis(9));
    manual.runAll();
    assertEquals(0, registry.takeCalls().size(), "10 ms between the calls");
    manual.live(Duration.ofMillis(100));
    assertEquals(2, registry.takeCalls().size());
    assertEquals(1_200, registry.entries.size());
    assertEquals(Set.of(self.incarnation()), new HashSet<>(registry.entries.values()));
  }

  @Test
  void doesNotRegisterAgainWhatIsWantedNoMore() {
    registerAll(600);
    registrar.registerAllAgain();
    manual.runAll();
    List<String> first = registry.takeCalls();
    for (int i = 0; i < 600; i++) {
      assertFalse(unregister("u" + i).isCompletedExceptionally());
    }
    manual.live(Duration.ofSeconds(1));
    assertEquals(1, first.size());
    assertEquals(
        List.of(),
        registry.takeCalls().stream().filter(call -> call.startsWith("register")).toList());
    assertEquals(Set.of(), registry.registered());
  }

  @Test
  void newWishesGoBeforeWhatIsRegisteredAgain() {
    registerAll(1_200);
    registrar.registerAllAgain();
    CompletableFuture<Registered> fresh = register("fresh");
    manual.runAll();
    assertTrue(fresh.isDone());
    assertTrue(registry.takeCalls().get(0).startsWith("register [fresh/c1, "));
  }

  @Test
  void theSlowPassCoversEverythingOnceInItsInterval() {
    registerAll(95);
    registry.entries.clear();
    for (int i = 0; i < 10; i++) {
      registrar.registerShareAgain(0.1);
      manual.runAll();
    }
    assertEquals(95, registry.registered().size());
    assertEquals(95, told.size() - 95, "each once");
  }

  @Test
  void theSlowPassBeginsAnewAndTakesWhatCameSince() {
    registerAll(10);
    for (int i = 0; i < 20; i++) {
      assertFalse(register("v" + i).isCompletedExceptionally());
      manual.runAll();
    }
    registry.entries.clear();
    for (int i = 0; i < 20; i++) {
      registrar.registerShareAgain(0.1);
      manual.runAll();
    }
    assertEquals(30, registry.registered().size());
  }

  @Test
  void theSlowPassOfOneEntryAsksOnceInItsInterval() {
    registerAll(1);
    registry.takeCalls();
    for (int i = 0; i < 16; i++) {
      registrar.registerShareAgain(0.125);
      manual.runAll();
    }
    assertEquals(2, registry.takeCalls().size());
  }

  @Test
  void theSlowPassOfNothingAsksNothing() {
    registrar.registerShareAgain(1);
    manual.runAll();
    assertEquals(List.of(), registry.takeCalls());
  }

  // ---- close

  @Test
  void closeDefersWhatWaitsAndWhatComes() {
    CompletableFuture<Registered> waiting = register("a");
    registrar.close();
    assertEquals(Registered.DEFERRED, waiting.join());
    assertEquals(Registered.DEFERRED, register("b").join());
    registrar.registerAllAgain();
    manual.live(Duration.ofSeconds(5));
    assertEquals(List.of(), registry.takeCalls());
  }
}
