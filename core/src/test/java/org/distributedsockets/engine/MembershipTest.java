package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegistryException;
import org.junit.jupiter.api.Test;

class MembershipTest {
  private static final Duration LEASE = Duration.ofSeconds(10);
  private static final Duration RENEWAL = Duration.ofSeconds(3);

  private final ManualRuntime manual = new ManualRuntime();
  private final ScriptedRegistry registry = new ScriptedRegistry();
  private final CountingMetrics metrics = new CountingMetrics();
  private final RecordingErrors errors = new RecordingErrors();
  private final List<String> told = new ArrayList<>();
  private final Membership membership =
      new Membership(
          "n1",
          registry,
          LEASE,
          RENEWAL,
          () -> this.complete,
          manual.runtime(),
          metrics,
          errors,
          new Membership.Listener() {
            @Override
            public void onRegistrationsLost() {
              told.add("lost");
            }

            @Override
            public void onRegistryBack() {
              told.add("back");
            }
          });

  /** What the registry says from now on; the lease is the caller's own unless somebody holds it. */
  private String holder = "";

  private String epoch = "e1";

  /** Whether all is registered. */
  private boolean complete = true;

  private long clusterMillis = 1_000_000;
  private List<NodeIdentity> others = List.of();
  private Set<String> lost = Set.of();

  MembershipTest() {
    registry.onRenew =
        (self, lease) -> {
          List<NodeIdentity> members = new ArrayList<>(others);
          if (holder.isEmpty()) {
            members.add(self);
          }
          return new LeaseAnswer(
              holder.isEmpty() ? self.incarnation() : holder, clusterMillis, epoch, members, lost);
        };
  }

  private void others(String... nodes) {
    others = Arrays.stream(nodes).map(node -> NodeIdentity.of(node, 99)).toList();
  }

  /** Long enough for one renewal, whatever the jitter. */
  private void renewal() {
    manual.live(RENEWAL.multipliedBy(11).dividedBy(10));
  }

  private void joinAndRun() {
    assertTrue(membership.join());
    membership.keepRenewing();
    told.clear();
    registry.takeCalls();
  }

  // ---- join

  @Test
  void joinsIfTheLeaseIsItsOwn() {
    others("n2");
    assertTrue(membership.join());
    assertTrue(membership.holdsLease());
    assertTrue(membership.registryIsUp());
    assertEquals(Set.of("n1", "n2"), membership.members());
    assertEquals(List.of("back"), told);
    assertEquals(1, metrics.of(Counter.INCARNATIONS));
  }

  @Test
  void doesNotJoinWhileAnotherMembershipHoldsTheLease() {
    NodeIdentity before = membership.identity();
    holder = "00000000000000aa";
    assertFalse(membership.join());
    assertFalse(membership.holdsLease());
    assertEquals(before, membership.identity());
    holder = "";
    assertTrue(membership.join());
  }

  @Test
  void joinFailsWhileTheRegistryIsAway() {
    registry.away = true;
    assertThrows(RegistryException.class, membership::join);
    assertFalse(membership.registryIsUp());
  }

  @Test
  void isAMemberInItsOwnEyesFromTheBeginning() {
    assertEquals(Set.of("n1"), membership.members());
    assertFalse(membership.registryIsUp());
    assertEquals(0, membership.leaseGoodForNanos());
  }

  // ---- renewal

  @Test
  void renewsForEverWithJitter() {
    joinAndRun();
    manual.live(Duration.ofSeconds(60));
    int calls = registry.takeCalls().size();
    assertTrue(calls >= 18 && calls <= 22, "renewals a minute: " + calls);
  }

  @Test
  void renewsThreeTimesAsOftenWhileTheRegistryIsAway() {
    joinAndRun();
    registry.away = true;
    renewal();
    registry.takeCalls();
    manual.live(Duration.ofSeconds(10));
    int calls = registry.takeCalls().size();
    assertTrue(calls >= 9 && calls <= 11, "tries in 10 s: " + calls);
  }

  @Test
  void neverHasTwoRenewalsUnderWay() {
    joinAndRun();
    manual.advance(Duration.ofSeconds(60));
    assertEquals(1, manual.waitingBlocking());
  }

  @Test
  void tellsOnceThatTheRegistryIsAwayAndThatItIsBack() {
    joinAndRun();
    registry.away = true;
    manual.live(Duration.ofSeconds(20));
    assertFalse(membership.registryIsUp());
    assertEquals(List.of("the registry is away"), errors.lines);
    assertEquals(List.of(), told);
    NodeIdentity before = membership.identity();
    registry.away = false;
    renewal();
    assertTrue(membership.registryIsUp());
    assertEquals(List.of("back"), told, "an absent lease is simply written again");
    assertEquals(before, membership.identity());
  }

  @Test
  void theLeaseIsGoodSinceTheLastGap() {
    joinAndRun();
    manual.live(Duration.ofSeconds(20));
    assertEquals(Duration.ofSeconds(20).toNanos(), membership.leaseGoodForNanos());
    registry.away = true;
    renewal();
    assertEquals(0, membership.leaseGoodForNanos());
    registry.away = false;
    renewal();
    assertTrue(membership.leaseGoodForNanos() < Duration.ofSeconds(4).toNanos());
  }

  // ---- incarnations

  @Test
  void takesANewIncarnationWhenTheLeaseNamesAnother() {
    joinAndRun();
    NodeIdentity before = membership.identity();
    holder = "00000000000000aa";
    renewal();
    NodeIdentity after = membership.identity();
    assertNotEquals(before, after);
    assertEquals("n1", after.nodeId());
    assertEquals(List.of("lost"), told);
    assertFalse(membership.holdsLease());
    assertEquals(0, membership.leaseGoodForNanos());
    renewal();
    assertEquals(after, membership.identity(), "one is enough");
    holder = "";
    renewal();
    assertTrue(membership.holdsLease());
    assertEquals(2, metrics.of(Counter.INCARNATIONS));
  }

  @Test
  void takesANewIncarnationAtOnceWhenItsInboxWasTakenOver() {
    joinAndRun();
    NodeIdentity before = membership.identity();
    membership.wantNewIncarnation("tested");
    manual.runAll();
    assertNotEquals(before, membership.identity());
    assertTrue(membership.holdsLease());
    assertEquals(List.of("lost"), told);
    assertEquals(
        List.of(
            "renew "
                + membership.identity().incarnation()
                + " for "
                + before.incarnation()
                + " partly",
            "renew " + membership.identity().incarnation()),
        registry.takeCalls());
  }

  @Test
  void doesNotForgetThatItsInboxWasTakenOverWhileTheRegistryIsAway() {
    joinAndRun();
    NodeIdentity before = membership.identity();
    registry.away = true;
    membership.wantNewIncarnation("tested");
    manual.runAll();
    assertEquals(before, membership.identity(), "its users are registered under this one");
    String tried = registry.takeCalls().get(0);
    registry.away = false;
    renewal();
    assertNotEquals(before, membership.identity());
    assertTrue(membership.holdsLease());
    assertEquals(tried, registry.takeCalls().get(0), "the registry may have taken it");
  }

  @Test
  void leavesUnderBothIncarnationsIfItDoesNotKnowWhichOneHoldsTheLease() {
    joinAndRun();
    registry.away = true;
    membership.wantNewIncarnation("tested");
    manual.runAll();
    String tried = registry.takeCalls().get(0);
    registry.away = false;
    membership.leave();
    List<String> left = registry.takeCalls();
    assertEquals("leave " + membership.identity().incarnation(), left.get(0));
    assertTrue(tried.startsWith(left.get(1).replace("leave", "renew")), tried + " " + left);
  }

  @Test
  void saysThatItsRegistrationsAreNotCompleteUntilTheyAre() {
    joinAndRun();
    complete = false;
    renewal();
    String incarnation = membership.identity().incarnation();
    assertEquals(List.of("renew " + incarnation + " partly"), registry.takeCalls());
    complete = true;
    membership.registrationsComplete();
    manual.runAll();
    assertEquals(List.of("renew " + incarnation), registry.takeCalls(), "at once");
  }

  @Test
  void saysThatItsRegistrationsAreCompleteIfTheyBecomeSoDuringTheRenewal() {
    joinAndRun();
    complete = false;
    BiFunction<NodeIdentity, Duration, LeaseAnswer> answer = registry.onRenew;
    registry.onRenew =
        (self, lease) -> {
          complete = true;
          membership.registrationsComplete();
          return answer.apply(self, lease);
        };
    renewal();
    String incarnation = membership.identity().incarnation();
    assertEquals(
        List.of("renew " + incarnation + " partly", "renew " + incarnation), registry.takeCalls());
  }

  @Test
  void whatWasCompleteBeforeTheDataWereLostIsSaidAgain() {
    joinAndRun();
    registry.onRenew =
        (self, lease) ->
            new LeaseAnswer(self.incarnation(), clusterMillis, "e2", List.of(self), Set.of());
    renewal();
    String incarnation = membership.identity().incarnation();
    assertEquals(List.of("renew " + incarnation, "renew " + incarnation), registry.takeCalls());
  }

  @Test
  void saysNothingMoreOnceItIsClosed() {
    joinAndRun();
    complete = false;
    renewal();
    complete = true;
    membership.registrationsComplete();
    membership.close();
    registry.takeCalls();
    manual.runAll();
    assertEquals(List.of(), registry.takeCalls());
  }

  @Test
  void registersAgainWhenTheRegistryLostItsData() {
    joinAndRun();
    NodeIdentity before = membership.identity();
    epoch = "e2";
    renewal();
    assertEquals(List.of("lost"), told);
    assertEquals(before, membership.identity());
    renewal();
    assertEquals(List.of("lost"), told, "once");
  }

  // ---- time

  @Test
  void clusterTimeIsTheRegistrysAtTheMiddleOfTheCall() {
    registry.onRenew =
        (self, lease) -> {
          manual.pass(Duration.ofMillis(200));
          return new LeaseAnswer(self.incarnation(), 5_000, "e1", List.of(self), Set.of());
        };
    assertTrue(membership.join());
    assertEquals(5_100, membership.clusterMillis());
    manual.pass(Duration.ofMillis(900));
    assertEquals(6_000, membership.clusterMillis());
  }

  @Test
  void clusterTimeGoesOnWhileTheRegistryIsAway() {
    joinAndRun();
    registry.away = true;
    manual.live(Duration.ofSeconds(100));
    assertEquals(1_100_000, membership.clusterMillis());
  }

  @Test
  void clusterTimeGoesBackByNoMoreThanHalfACall() {
    joinAndRun();
    long last = membership.clusterMillis();
    long start = manual.nanoTime();
    registry.onRenew =
        (self, lease) -> {
          long trueMillis = 1_000_000 + (manual.nanoTime() - start) / 1_000_000;
          manual.pass(Duration.ofMillis(100));
          return new LeaseAnswer(self.incarnation(), trueMillis, "e1", List.of(self), Set.of());
        };
    for (int i = 0; i < 1_000; i++) {
      manual.live(Duration.ofMillis(100));
      long now = membership.clusterMillis();
      assertTrue(now >= last - 50, now + " after " + last);
      last = now;
    }
  }

  // ---- others

  @Test
  void namesNodesTheRegistryCallsLost() {
    joinAndRun();
    lost = Set.of("n9");
    renewal();
    assertEquals(Set.of("n9"), membership.lostNodes());
  }

  @Test
  void namesNodesThatAreMembersNoMoreAfterHalfALease() {
    others("n2");
    joinAndRun();
    renewal();
    others();
    renewal();
    assertEquals(Set.of("n1"), membership.members());
    assertEquals(Set.of(), membership.lostNodes(), "perhaps only late");
    renewal();
    assertEquals(Set.of("n2"), membership.lostNodes());
    others("n2");
    renewal();
    assertEquals(Set.of(), membership.lostNodes(), "it came back");
  }

  @Test
  void neverCallsAMemberOrItselfLost() {
    others("n2");
    lost = Set.of("n1", "n2");
    joinAndRun();
    assertEquals(Set.of(), membership.lostNodes());
  }

  @Test
  void forgetsANodeThatIsTakenCareOf() {
    others("n2");
    joinAndRun();
    others();
    renewal();
    renewal();
    registry.takeCalls();
    membership.forget("n2");
    assertEquals(List.of("forget n2"), registry.takeCalls());
    assertEquals(Set.of(), membership.lostNodes());
    renewal();
    assertEquals(Set.of(), membership.lostNodes());
  }

  // ---- the end

  @Test
  void leaveDropsTheLeaseAndRenewsNoMore() {
    joinAndRun();
    membership.leave();
    assertEquals(List.of("leave " + membership.identity().incarnation()), registry.takeCalls());
    manual.live(Duration.ofSeconds(30));
    assertEquals(List.of(), registry.takeCalls());
  }

  @Test
  void closeRenewsNoMoreAndLetsTheLeaseRunOut() {
    joinAndRun();
    membership.close();
    manual.live(Duration.ofSeconds(30));
    assertEquals(List.of(), registry.takeCalls());
  }

  @Test
  void aRenewalUnderWayDoesNotOutliveTheLeave() {
    joinAndRun();
    BiFunction<NodeIdentity, Duration, LeaseAnswer> answer = registry.onRenew;
    registry.onRenew =
        (self, lease) -> {
          membership.leave();
          return answer.apply(self, lease);
        };
    renewal();
    String incarnation = membership.identity().incarnation();
    assertEquals(
        List.of("renew " + incarnation, "leave " + incarnation, "leave " + incarnation),
        registry.takeCalls());
  }

  @Test
  void aClosedMembershipTakesNoNewIncarnation() {
    joinAndRun();
    NodeIdentity before = membership.identity();
    membership.leave();
    registry.takeCalls();
    membership.wantNewIncarnation("tested");
    manual.live(Duration.ofSeconds(30));
    assertEquals(List.of(), registry.takeCalls());
    assertEquals(before, membership.identity());
  }

  @Test
  void stillKnowsWhoWasAMemberWhenTheRegistryLostItsData() {
    others("n2", "n3");
    joinAndRun();
    epoch = "e2";
    others();
    renewal();
    assertEquals(Set.of("n1", "n2", "n3"), membership.members());
    assertEquals(Set.of(), membership.lostNodes());
    others("n3");
    manual.live(LEASE.plus(RENEWAL));
    assertEquals(Set.of("n1", "n3"), membership.members());
    assertEquals(Set.of("n2"), membership.lostNodes());
  }

  @Test
  void stillKnowsWhoWasAMemberWhenTheRegistryWasAwayForLongerThanALease() {
    others("n2", "n3");
    joinAndRun();
    assertFalse(membership.recalls());
    registry.away = true;
    manual.live(LEASE.multipliedBy(2));
    registry.away = false;
    others();
    renewal();
    assertTrue(membership.recalls());
    assertEquals(Set.of("n1", "n2", "n3"), membership.members());
    assertEquals(Set.of(), membership.lostNodes());
    others("n3");
    manual.live(LEASE.plus(RENEWAL));
    assertFalse(membership.recalls());
    assertEquals(Set.of("n1", "n3"), membership.members());
    assertEquals(Set.of("n2"), membership.lostNodes());
  }

  @Test
  void doesNotRecallWhoWasGoneBeforeTheRegistryWasAway() {
    others("n2", "n3");
    joinAndRun();
    others("n3");
    renewal();
    registry.away = true;
    manual.live(LEASE.multipliedBy(2));
    registry.away = false;
    others();
    renewal();
    assertEquals(Set.of("n1", "n3"), membership.members());
  }
}
