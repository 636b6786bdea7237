package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.distributedsockets.Address;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.RegistryEntry;
import org.distributedsockets.spi.RegistryException;
import org.junit.jupiter.api.Test;

class LookupsTest {
  private static final Address A = Address.user("a");
  private static final Address B = Address.user("b");
  private static final Location AT_N2 = Location.at(Set.of("n2"));

  private final ManualRuntime manual = new ManualRuntime();
  private final ScriptedRegistry registry = new ScriptedRegistry();
  private final CountingMetrics metrics = new CountingMetrics();
  private boolean up = true;
  private boolean complete = true;
  private Lookups lookups =
      new Lookups(registry, () -> up, () -> complete, manual.runtime(), metrics);

  @Test
  void looksUpOfTheSameMomentShareACall() {
    registry.locations = Map.of(A, AT_N2);
    CompletableFuture<Location> a = lookups.locate(A);
    CompletableFuture<Location> b = lookups.locate(B);
    CompletableFuture<Location> again = lookups.locate(A);
    manual.runAll();
    assertEquals(List.of("locate [a, b]"), registry.takeCalls());
    assertEquals(AT_N2, a.join());
    assertEquals(AT_N2, again.join());
    assertEquals(Location.ABSENT, b.join());
    assertEquals(1, metrics.of(Counter.LOOKUP_CALLS));
    assertEquals(2, metrics.of(Counter.LOOKUPS));
  }

  @Test
  void whatTheRegistryDoesNotNameIsUnknownWhileItIsNotComplete() {
    Address group = Address.group("g");
    registry.locations = Map.of(A, AT_N2, group, AT_N2);
    complete = false;
    CompletableFuture<List<Location>> all = lookups.locate(List.of(A, B, group));
    CompletableFuture<Location> absent = lookups.locate(B);
    manual.runAll();
    assertEquals(List.of(AT_N2, Location.UNKNOWN, Location.UNKNOWN), all.join());
    assertEquals(Location.UNKNOWN, absent.join());
  }

  @Test
  void anAnswerIsNeverOlderThanItsQuestion() {
    List<CompletableFuture<Location>> during = new ArrayList<>();
    ScriptedRegistry asking =
        new ScriptedRegistry() {
          @Override
          public synchronized List<Location> locate(List<Address> addresses) {
            List<Location> answer = super.locate(addresses);
            if (during.isEmpty()) {
              during.add(lookups.locate(A));
              locations = Map.of(A, AT_N2);
            }
            return answer;
          }
        };
    lookups = new Lookups(asking, () -> up, () -> complete, manual.runtime(), metrics);
    CompletableFuture<Location> before = lookups.locate(A);
    manual.runAll();
    assertEquals(Location.ABSENT, before.join());
    assertNotSame(before, during.get(0));
    assertEquals(AT_N2, during.get(0).join());
    assertEquals(List.of("locate [a]", "locate [a]"), asking.takeCalls());
  }

  @Test
  void aCallHoldsAtMostAThousand() {
    List<CompletableFuture<Location>> answers = new ArrayList<>();
    for (int i = 0; i < 2_001; i++) {
      answers.add(lookups.locate(Address.user("u" + i)));
    }
    manual.runAll();
    assertEquals(3, registry.takeCalls().size());
    assertTrue(answers.stream().allMatch(CompletableFuture::isDone));
  }

  @Test
  void saysUnknownAtOnceWhileTheRegistryIsKnownToBeAway() {
    up = false;
    assertEquals(Location.UNKNOWN, lookups.locate(A).getNow(null));
    assertEquals(0, manual.waitingBlocking());
  }

  @Test
  void saysUnknownWhenTheCallFailsAndGoesOn() {
    registry.away = true;
    CompletableFuture<Location> failed = lookups.locate(A);
    manual.runAll();
    assertEquals(Location.UNKNOWN, failed.join());
    assertEquals(1, metrics.of(Counter.REGISTRY_FAILURES));
    registry.away = false;
    CompletableFuture<Location> next = lookups.locate(A);
    assertFalse(next.isDone());
    manual.runAll();
    assertEquals(Location.ABSENT, next.join());
  }

  @Test
  void questionsForEntriesShareACallAndDoNotWaitForTheOthers() {
    CompletableFuture<Location> location = lookups.locate(A);
    CompletableFuture<List<RegistryEntry>> a = lookups.entries(A);
    CompletableFuture<List<RegistryEntry>> b = lookups.entries(B);
    assertEquals(2, manual.waitingBlocking());
    manual.runAll();
    assertEquals(List.of("locate [a]", "entries [a, b]"), registry.takeCalls());
    assertTrue(location.isDone());
    assertEquals(List.of(), a.join());
    assertEquals(List.of(), b.join());
  }

  @Test
  void entriesSayThatTheRegistryIsAway() {
    up = false;
    assertTrue(lookups.entries(A).isCompletedExceptionally());
    assertEquals(0, manual.waitingBlocking());
    up = true;
    registry.away = true;
    CompletableFuture<List<RegistryEntry>> failed = lookups.entries(A);
    manual.runAll();
    CompletionException failure = assertThrows(CompletionException.class, failed::join);
    assertInstanceOf(RegistryException.class, failure.getCause());
  }

  @Test
  void saysUnknownWhenTheRegistryAnswersTooFewAndGoesOn() {
    ScriptedRegistry broken =
        new ScriptedRegistry() {
          @Override
          public synchronized List<Location> locate(List<Address> addresses) {
            return super.locate(addresses).subList(1, addresses.size());
          }
        };
    lookups = new Lookups(broken, () -> up, () -> complete, manual.runtime(), metrics);
    CompletableFuture<Location> a = lookups.locate(A);
    manual.runAll();
    assertEquals(Location.UNKNOWN, a.join());
    CompletableFuture<Location> b = lookups.locate(B);
    manual.runAll();
    assertEquals(Location.UNKNOWN, b.join());
  }
}
