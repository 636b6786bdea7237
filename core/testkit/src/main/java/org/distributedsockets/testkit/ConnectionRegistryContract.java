package org.distributedsockets.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link ConnectionRegistry} must keep. An implementation's test extends it.
 *
 * <p>The tests share one backend with whatever else is in it, but not while {@link #loseData} runs.
 * Configure a grace period of a few seconds at most, as a test waits it out.
 */
@Timeout(180)
public abstract class ConnectionRegistryContract {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final Duration BEYOND_SHORT = Duration.ofMillis(900);
  private static final RegistrationLimit NO_LIMIT = RegistrationLimit.NONE;

  private final List<Member> members = new ArrayList<>();
  private final Random random = new Random(7);

  /** For subclasses. */
  protected ConnectionRegistryContract() {}

  /**
   * Opens a registry on the shared backend. The contract closes it.
   *
   * @param nodeId whose
   * @return the registry
   */
  protected abstract ConnectionRegistry open(String nodeId);

  /**
   * Lets time pass for the registry, or waits for it.
   *
   * @param duration at least how much
   */
  protected abstract void elapse(Duration duration);

  /** Loses all data of the backend, as a restart without persistence does. */
  protected abstract void loseData();

  @BeforeEach
  final void waitUntilAbsentIsBelieved() {
    awaitGraceOver(join("probe"));
  }

  @AfterEach
  final void leaveNothing() {
    members.forEach(Member::cleanUp);
  }

  @Nested
  @DisplayName("A lease")
  class Leases {
    @Test
    @DisplayName("is written if it is absent, and makes its holder a member")
    void isWrittenIfAbsent() {
      Member a = member("a");

      LeaseAnswer answer = a.renew(LONG);

      assertEquals(a.identity.incarnation(), answer.holder());
      assertTrue(answer.members().contains(a.identity));
    }

    @Test
    @DisplayName("is renewed by its holder")
    void isRenewedByItsHolder() {
      Member a = member("a");
      a.renew(SHORT);

      LeaseAnswer answer = a.renew(LONG);
      elapse(BEYOND_SHORT);

      assertEquals(a.identity.incarnation(), answer.holder());
      assertTrue(join("b").renew(LONG).members().contains(a.identity));
    }

    @Test
    @DisplayName("that is live is not written by another incarnation, who learns whose it is")
    void isNotTakenWhileLive() {
      Member a = join("a");
      Member second = a.nextIncarnation();

      LeaseAnswer answer = second.renew(LONG);

      assertEquals(a.identity.incarnation(), answer.holder());
      assertTrue(answer.members().contains(a.identity));
      assertFalse(answer.members().contains(second.identity));
      assertEquals(a.identity.incarnation(), a.renew(LONG).holder());
    }

    @Test
    @DisplayName("that is live is not lengthened by another incarnation's attempt")
    void isNotLengthenedByAnother() {
      Member a = member("a");
      a.renew(SHORT);

      a.nextIncarnation().renew(LONG);
      elapse(BEYOND_SHORT);

      assertFalse(join("b").renew(LONG).members().contains(a.identity));
    }

    @Test
    @DisplayName("ends without renewal, and then anybody of that name may have it")
    void ends() {
      Member a = member("a");
      a.renew(SHORT);
      elapse(BEYOND_SHORT);
      assertFalse(join("b").renew(LONG).members().contains(a.identity));

      Member second = a.nextIncarnation();

      assertEquals(second.identity.incarnation(), second.renew(LONG).holder());
      assertEquals(second.identity.incarnation(), a.renew(LONG).holder());
    }

    @Test
    @DisplayName("that ended is written again by the same incarnation")
    void isWrittenAgain() {
      Member a = member("a");
      a.renew(SHORT);
      elapse(BEYOND_SHORT);

      LeaseAnswer answer = a.renew(LONG);

      assertEquals(a.identity.incarnation(), answer.holder());
      assertTrue(answer.members().contains(a.identity));
    }

    @Test
    @DisplayName("is dropped by its holder's leave")
    void isDroppedByLeave() {
      Member a = join("a");

      a.registry.leave(a.identity);
      a.registry.leave(a.identity);

      assertFalse(join("b").renew(LONG).members().contains(a.identity));
    }

    @Test
    @DisplayName("is not dropped by another incarnation's leave")
    void isNotDroppedByAnother() {
      Member a = join("a");
      Member second = a.nextIncarnation();

      second.registry.leave(second.identity);

      assertEquals(a.identity.incarnation(), second.renew(LONG).holder());
    }

    @Test
    @DisplayName("names all live members, whoever asks")
    void namesAllMembers() {
      List<Member> all = List.of(join("a"), join("b"), join("c"));

      for (Member member : all) {
        assertTrue(
            member.renew(LONG).members().containsAll(all.stream().map(m -> m.identity).toList()));
      }
    }

    @Test
    @DisplayName("goes to exactly one of many incarnations that ask at once")
    void goesToOne() {
      for (int round = 0; round < 10; round++) {
        Member first = member("a");
        List<Member> rivals = IntStream.range(0, 8).mapToObj(i -> first.nextIncarnation()).toList();

        List<LeaseAnswer> answers = Concurrently.each(8, i -> rivals.get(i).renew(LONG));

        assertEquals(1, answers.stream().map(LeaseAnswer::holder).distinct().count());
      }
    }

    @Test
    @DisplayName("comes with cluster time in milliseconds since 1970, one clock for all nodes")
    void tellsTheTime() {
      Member a = join("a");
      Member b = join("b");
      long first = a.renew(LONG).clusterTimeMillis();

      elapse(Duration.ofMillis(200));
      long second = b.renew(LONG).clusterTimeMillis();
      long third = a.renew(LONG).clusterTimeMillis();

      assertTrue(first > 1_500_000_000_000L && first < 10_000_000_000_000L, "first=" + first);
      assertTrue(second - first >= 190, "passed=" + (second - first));
      assertTrue(third >= second, "second=" + second + ", third=" + third);
    }

    @Test
    @DisplayName("comes with an epoch that is the same for all nodes and stays")
    void tellsTheEpoch() {
      Member a = join("a");
      String epoch = a.renew(LONG).epoch();

      a.register(user(), "c1");

      assertEquals(epoch, a.renew(LONG).epoch());
      assertEquals(epoch, join("b").renew(LONG).epoch());
    }
  }

  @Nested
  @DisplayName("A lost node")
  class LostNodes {
    @Test
    @DisplayName("is named from the end of its lease on, also to nodes that never saw it alive")
    void isNamed() {
      Member a = member("a");
      assertFalse(a.renew(SHORT).lost().contains(a.nodeId()));
      elapse(BEYOND_SHORT);

      assertTrue(join("b").renew(LONG).lost().contains(a.nodeId()));
      assertTrue(join("b").renew(LONG).lost().contains(a.nodeId()));
    }

    @Test
    @DisplayName("is not named while it lives, nor after it left")
    void isNotNamedAfterLeave() {
      Member a = join("a");
      assertFalse(join("b").renew(LONG).lost().contains(a.nodeId()));

      a.registry.leave(a.identity);

      assertFalse(join("b").renew(LONG).lost().contains(a.nodeId()));
    }

    @Test
    @DisplayName("is not named any more when it joins again, under whichever incarnation")
    void isNotNamedWhenBack() {
      Member a = member("a");
      a.renew(SHORT);
      elapse(BEYOND_SHORT);

      a.nextIncarnation().renew(LONG);

      assertFalse(join("b").renew(LONG).lost().contains(a.nodeId()));
    }

    @Test
    @DisplayName("is not named any more after forget, until it joins and is lost again")
    void isForgotten() {
      Member b = join("b");
      Member a = member("a");
      a.renew(SHORT);
      elapse(BEYOND_SHORT);

      b.registry.forget(a.nodeId());
      b.registry.forget(a.nodeId());
      assertFalse(b.renew(LONG).lost().contains(a.nodeId()));

      a.renew(SHORT);
      elapse(BEYOND_SHORT);
      assertTrue(b.renew(LONG).lost().contains(a.nodeId()));
    }

    @Test
    @DisplayName("is not what forget makes of a node with a live lease")
    void forgetSparesTheLiving() {
      Member b = join("b");
      Member a = join("a");
      Address user = user();
      a.register(user, "c1");

      b.registry.forget(a.nodeId());
      b.registry.forget(Names.unique("never"));

      assertTrue(b.renew(LONG).members().contains(a.identity));
      assertEquals(at(a), b.locate(user));
      a.renew(SHORT);
      elapse(BEYOND_SHORT);
      assertTrue(b.renew(LONG).lost().contains(a.nodeId()));
    }
  }

  @Nested
  @DisplayName("A registered entry")
  class Registering {
    @Test
    @DisplayName("is located and listed as it was registered")
    void isFound() {
      Member a = join("a");
      Registration registration =
          new Registration(user(), Names.unique("c"), 1_234_567_890_123L, "{\"x\":1}");

      RegisterAnswer answer = a.register(registration, NO_LIMIT);

      assertEquals(new RegisterAnswer(true, Set.of(), List.of()), answer);
      assertEquals(at(a), join("b").locate(registration.address()));
      assertEquals(
          List.of(new RegistryEntry(a.identity, registration)),
          join("b").entries(registration.address()));
    }

    @Test
    @DisplayName("keeps names and metadata of any text apart and unchanged")
    void keepsAnyText() {
      Member a = join("a");
      String tail = Names.unique("");
      List<String> names =
          List.of(
              "a:b",
              "{a}",
              "a b",
              "*",
              "a\nb",
              "a\r\n",
              "\"'\\",
              "ä",
              "a\u0308",
              "\uD83D\uDE00",
              "A",
              "a",
              "\u0000",
              "a".repeat(200));
      List<Registration> batch = new ArrayList<>();
      for (String name : names) {
        batch.add(new Registration(Address.user(name + tail), "c1", batch.size(), name));
        batch.add(new Registration(Address.group(name + tail), "c1", batch.size(), name + name));
      }

      a.register(batch, NO_LIMIT);

      List<Address> addresses = batch.stream().map(Registration::address).toList();
      List<List<RegistryEntry>> expected =
          batch.stream().map(r -> List.of(new RegistryEntry(a.identity, r))).toList();
      assertEquals(expected, a.registry.entries(addresses));
    }

    @Test
    @DisplayName(
        "gets its answer at its place in the batch, with the other nodes of its own address")
    void isAnsweredInOrder() {
      Member a = join("a");
      Member b = join("b");
      Member c = join("c");
      Address shared = user();
      Address lonely = user();
      a.register(shared, "c1");
      b.register(shared, "c2");

      List<RegisterAnswer> answers =
          c.register(
              List.of(
                  registration(lonely, "c3"),
                  registration(shared, "c4"),
                  registration(shared, "c5")),
              NO_LIMIT);

      assertEquals(
          List.of(Set.of(), Set.of(a.nodeId(), b.nodeId()), Set.of(a.nodeId(), b.nodeId())),
          answers.stream().map(RegisterAnswer::otherNodes).toList());
      assertEquals(List.of(at(c), at(a, b, c)), a.registry.locate(List.of(lonely, shared)));
    }

    @Test
    @DisplayName("is overwritten by its owner")
    void isOverwritten() {
      Member a = join("a");
      Address user = user();
      a.register(new Registration(user, "c1", 1, "old"), NO_LIMIT);
      Registration latest = new Registration(user, "c1", 2, "new");

      assertTrue(a.register(latest, NO_LIMIT).accepted());

      assertEquals(List.of(new RegistryEntry(a.identity, latest)), a.entries(user));
    }

    @Test
    @DisplayName("is one of many of its address")
    void isOneOfMany() {
      Member a = join("a");
      Address user = user();
      List<Registration> batch =
          IntStream.range(0, 1_000).mapToObj(i -> registration(user, "c" + i)).toList();

      List<RegisterAnswer> answers = a.register(batch, NO_LIMIT);

      assertEquals(1_000, answers.stream().filter(RegisterAnswer::accepted).count());
      assertEquals(
          Set.copyOf(batch),
          a.entries(user).stream().map(RegistryEntry::registration).collect(Collectors.toSet()));
      assertEquals(at(a), a.locate(user));
    }

    @Test
    @DisplayName("may be one of a thousand addresses in one batch")
    void isOneOfManyAddresses() {
      Member a = join("a");
      List<Registration> batch =
          IntStream.range(0, 1_000).mapToObj(i -> registration(user(), "c1")).toList();

      a.register(batch, NO_LIMIT);

      List<Location> locations =
          a.registry.locate(batch.stream().map(Registration::address).toList());
      assertEquals(1_000, locations.stream().filter(at(a)::equals).count());
    }

    @Test
    @DisplayName("is none in an empty batch")
    void isNoneInAnEmptyBatch() {
      Member a = join("a");

      assertEquals(List.of(), a.registry.register(a.identity, List.of(), NO_LIMIT));
      a.registry.unregister(a.identity, List.of());
      assertEquals(List.of(), a.registry.locate(List.of()));
      assertEquals(List.of(), a.registry.entries(List.of()));
    }

    @Test
    @DisplayName("is not live before its owner has the lease")
    void needsALease() {
      Member a = member("a");
      Address user = user();
      a.register(user, "c1");
      assertEquals(Location.ABSENT, join("b").locate(user));
      assertEquals(List.of(), join("b").entries(user));
      assertEquals(Set.of(), join("b").register(registration(user, "c2"), NO_LIMIT).otherNodes());

      a.renew(LONG);

      assertEquals(2, join("c").entries(user).size());
    }

    @Test
    @DisplayName(
        "is not live after its owner's lease, and live again when the same incarnation renews it")
    void livesWithTheLease() {
      Member a = member("a");
      Member b = join("b");
      Address user = user();
      a.renew(SHORT);
      a.register(user, "c1");
      elapse(BEYOND_SHORT);
      assertEquals(Location.ABSENT, b.locate(user));
      assertEquals(List.of(), b.entries(user));

      a.renew(LONG);

      assertEquals(at(a), b.locate(user));
      assertEquals(1, b.entries(user).size());
    }

    @Test
    @DisplayName("is not live when another incarnation has the lease, even of the same node")
    void isFenced() {
      Member a = member("a");
      Address user = user();
      a.renew(SHORT);
      a.register(user, "c1");
      elapse(BEYOND_SHORT);

      Member second = a.nextIncarnation();
      second.renew(LONG);

      assertEquals(Location.ABSENT, second.locate(user));
      assertEquals(List.of(), second.entries(user));
    }

    @Test
    @DisplayName("is not live after its owner left")
    void isGoneAfterLeave() {
      Member a = join("a");
      Address user = user();
      a.register(user, "c1");

      a.registry.leave(a.identity);

      assertEquals(Location.ABSENT, join("b").locate(user));
    }

    @Test
    @DisplayName("outlives the object that registered it")
    void outlivesClose() {
      Member a = join("a");
      Address user = user();
      a.register(user, "c1");

      a.registry.close();
      a.registry.close();

      assertEquals(at(a), join("b").locate(user));
    }

    @Test
    @DisplayName("changes nothing further when it is registered again, as after a lost answer")
    void isIdempotent() {
      Member a = join("a");
      Registration registration = registration(user(), "c1");
      RegisterAnswer first = a.register(registration, NO_LIMIT);

      RegisterAnswer second = a.register(registration, NO_LIMIT);

      assertEquals(first, second);
      assertEquals(
          List.of(new RegistryEntry(a.identity, registration)), a.entries(registration.address()));
    }
  }

  @Nested
  @DisplayName("Unregistering")
  class Unregistering {
    @Test
    @DisplayName("removes the owner's entry and no other one")
    void removesOne() {
      Member a = join("a");
      Member b = join("b");
      Address user = user();
      a.register(user, "c1");
      a.register(user, "c2");
      b.register(user, "c3");

      a.unregister(registration(user, "c1"));
      assertEquals(at(a, b), b.locate(user));
      assertEquals(2, b.entries(user).size());

      a.unregister(registration(user, "c2"));
      assertEquals(at(b), b.locate(user));
    }

    @Test
    @DisplayName("of the last entry leaves the address absent")
    void leavesAbsent() {
      Member a = join("a");
      Address user = user();
      a.register(user, "c1");

      a.unregister(registration(user, "c1"));

      assertEquals(Location.ABSENT, a.locate(user));
      assertEquals(List.of(), a.entries(user));
    }

    @Test
    @DisplayName("looks at address and entry id only")
    void ignoresTheRest() {
      Member a = join("a");
      Address user = user();
      a.register(new Registration(user, "c1", 5, "x"), NO_LIMIT);

      a.unregister(new Registration(user, "c1", 6, "y"));

      assertEquals(Location.ABSENT, a.locate(user));
    }

    @Test
    @DisplayName("does not remove the same entry id of another address or kind")
    void keepsOtherAddresses() {
      Member a = join("a");
      String name = Names.unique("name");
      a.register(Address.user(name), "c1");
      a.register(Address.group(name), "c1");

      a.unregister(registration(Address.user(name), "c1"));

      assertEquals(
          List.of(Location.ABSENT, at(a)),
          a.registry.locate(List.of(Address.user(name), Address.group(name))));
    }

    @Test
    @DisplayName("by another node removes nothing")
    void sparesOtherNodes() {
      Member a = join("a");
      Member b = join("b");
      Address user = user();
      a.register(user, "c1");

      b.unregister(registration(user, "c1"));

      assertEquals(at(a), b.locate(user));
    }

    @Test
    @DisplayName("by a former incarnation of the node removes nothing: a late close is fenced")
    void isFenced() {
      Member former = member("a");
      Address group = Address.group(Names.unique("g"));
      former.renew(SHORT);
      former.register(group, former.nodeId());
      elapse(BEYOND_SHORT);
      Member present = former.nextIncarnation();
      present.renew(LONG);
      present.register(group, present.nodeId());

      former.unregister(registration(group, former.nodeId()));

      assertEquals(at(present), present.locate(group));
    }

    @Test
    @DisplayName("by a later incarnation of the node removes nothing of the former one's")
    void isFencedForward() {
      Member a = join("a");
      Address user = user();
      a.register(user, "c1");
      Member second = a.nextIncarnation();

      second.unregister(registration(user, "c1"));

      assertEquals(at(a), a.locate(user));
    }

    @Test
    @DisplayName("what is not there, or twice, does nothing")
    void isIdempotent() {
      Member a = join("a");
      Address user = user();
      a.register(user, "c1");

      a.unregister(registration(user, "c2"));
      a.unregister(registration(user(), "c1"));
      assertEquals(at(a), a.locate(user));

      a.unregister(registration(user, "c1"));
      a.unregister(registration(user, "c1"));
      assertEquals(Location.ABSENT, a.locate(user));
    }

    @Test
    @DisplayName(
        "compares and deletes in one step, so a race with the next owner never removes his entry")
    void comparesAndDeletesAtOnce() {
      Member former = member("a");
      former.renew(SHORT);
      List<Address> groups =
          IntStream.range(0, 200).mapToObj(i -> Address.group(Names.unique("g"))).toList();
      groups.forEach(group -> former.register(group, former.nodeId()));
      elapse(BEYOND_SHORT);
      Member present = former.nextIncarnation();
      present.renew(LONG);

      for (Address group : groups) {
        Registration registration = registration(group, present.nodeId());
        List<Boolean> unused =
            Concurrently.each(
                2,
                i -> {
                  if (i == 0) {
                    former.unregister(registration);
                  } else {
                    present.register(registration, NO_LIMIT);
                  }
                  return true;
                });
      }

      for (Location location : present.registry.locate(groups)) {
        assertEquals(at(present), location);
      }
    }
  }

  @Nested
  @DisplayName("A limit")
  class Limits {
    @Test
    @DisplayName("that rejects writes nothing of what it refuses, and still names the other nodes")
    void rejects() {
      Member a = join("a");
      Member b = join("b");
      Address user = user();
      a.register(user, "c1");

      RegisterAnswer answer = b.register(registration(user, "c2"), rejecting(1));

      assertEquals(new RegisterAnswer(false, Set.of(a.nodeId()), List.of()), answer);
      assertEquals(at(a), b.locate(user));
      assertEquals(1, b.entries(user).size());
    }

    @Test
    @DisplayName("does not count an entry twice that its owner registers again")
    void acceptsTheOwnAgain() {
      Member a = join("a");
      Address user = user();
      assertTrue(a.register(registration(user, "c1"), rejecting(2)).accepted());
      assertTrue(a.register(registration(user, "c2"), rejecting(2)).accepted());

      assertTrue(a.register(registration(user, "c1"), rejecting(2)).accepted());
      RegisterAnswer again = a.register(registration(user, "c2"), displacing(2));

      assertEquals(new RegisterAnswer(true, Set.of(), List.of()), again);
      assertEquals(2, a.entries(user).size());
    }

    @Test
    @DisplayName("that was lowered does not refuse an owner what it owns already")
    void doesNotRefuseTheOwn() {
      Member a = join("a");
      Address user = user();
      a.register(user, "c1");
      a.register(user, "c2");

      assertTrue(a.register(registration(user, "c1"), rejecting(1)).accepted());

      assertEquals(2, a.entries(user).size());
    }

    @Test
    @DisplayName("is free again after unregistering")
    void isFreedByUnregister() {
      Member a = join("a");
      Address user = user();
      a.register(registration(user, "c1"), rejecting(1));

      a.unregister(registration(user, "c1"));

      assertTrue(a.register(registration(user, "c2"), rejecting(1)).accepted());
    }

    @Test
    @DisplayName("does not count entries that are not live")
    void doesNotCountTheDead() {
      Member a = member("a");
      Member b = join("b");
      Address user = user();
      a.renew(SHORT);
      a.register(registration(user, "c1"), rejecting(1));
      elapse(BEYOND_SHORT);

      assertEquals(
          new RegisterAnswer(true, Set.of(), List.of()),
          b.register(registration(user, "c2"), rejecting(1)));
    }

    @Test
    @DisplayName("holds within one batch, for each address by itself")
    void holdsWithinABatch() {
      Member a = join("a");
      Address one = user();
      Address two = user();

      List<RegisterAnswer> answers =
          a.register(
              List.of(
                  registration(one, "c1"),
                  registration(two, "c2"),
                  registration(one, "c3"),
                  registration(two, "c4")),
              rejecting(1));

      assertEquals(
          List.of(true, true, false, false),
          answers.stream().map(RegisterAnswer::accepted).toList());
    }

    @Test
    @DisplayName("does not hold for groups")
    void sparesGroups() {
      Member a = join("a");
      Member b = join("b");
      Address group = Address.group(Names.unique("g"));

      assertTrue(a.register(registration(group, a.nodeId()), rejecting(1)).accepted());
      assertTrue(b.register(registration(group, b.nodeId()), rejecting(1)).accepted());
      assertEquals(List.of(), a.register(registration(group, "c1"), displacing(1)).displaced());
      assertEquals(at(a, b), a.locate(group));
    }

    @Test
    @DisplayName("that displaces removes the oldest entry and names it and its owner")
    void displacesTheOldest() {
      Member a = join("a");
      Member b = join("b");
      Address user = user();
      Registration oldest = new Registration(user, "c2", 100, "tablet");
      Registration older = new Registration(user, "c1", 200, "phone");
      a.register(older, displacing(2));
      b.register(oldest, displacing(2));

      RegisterAnswer answer = a.register(new Registration(user, "c3", 300, "desk"), displacing(2));

      assertEquals(
          new RegisterAnswer(true, Set.of(), List.of(new RegistryEntry(b.identity, oldest))),
          answer);
      assertEquals(at(a), b.locate(user));
      assertEquals(Set.of("c1", "c3"), entryIds(b.entries(user)));
    }

    @Test
    @DisplayName("that was lowered displaces as many as are too many")
    void displacesSeveral() {
      Member a = join("a");
      Address user = user();
      for (int i = 0; i < 5; i++) {
        a.register(new Registration(user, "c" + i, 100 + i, ""), NO_LIMIT);
      }

      RegisterAnswer answer = a.register(new Registration(user, "c5", 105, ""), displacing(2));

      assertEquals(Set.of("c0", "c1", "c2", "c3"), entryIds(answer.displaced()));
      assertEquals(Set.of("c4", "c5"), entryIds(a.entries(user)));
    }

    @Test
    @DisplayName("that displaces refuses an entry that is older than all there may be")
    void refusesTheOldest() {
      Member a = join("a");
      Member b = join("b");
      Address user = user();
      Registration older = new Registration(user, "c1", 100, "");
      Registration newer = new Registration(user, "c2", 200, "");
      a.register(older, displacing(1));
      b.register(newer, displacing(1));

      RegisterAnswer again = a.register(older, displacing(1));

      assertEquals(new RegisterAnswer(false, Set.of(b.nodeId()), List.of()), again);
      assertEquals(Set.of("c2"), entryIds(b.entries(user)));
      // Two of three may stay: the one that is too old is not there, so nobody gives way to it.
      a.register(new Registration(user, "c3", 300, ""), displacing(2));
      assertFalse(a.register(older, displacing(2)).accepted());
      assertEquals(Set.of("c2", "c3"), entryIds(b.entries(user)));
    }

    @Test
    @DisplayName("that was lowered displaces no more for an entry that it refuses")
    void displacesNobodyForWhomItRefuses() {
      Member a = join("a");
      Address user = user();
      for (int i = 0; i < 3; i++) {
        a.register(new Registration(user, "c" + i, 100 + i, ""), NO_LIMIT);
      }

      RegisterAnswer answer = a.register(new Registration(user, "old", 99, ""), displacing(2));

      assertEquals(new RegisterAnswer(false, Set.of(), List.of()), answer);
      assertEquals(Set.of("c0", "c1", "c2"), entryIds(a.entries(user)));
    }

    @Test
    @DisplayName("is kept by fifty registrations at once from several nodes")
    void isKeptConcurrently() {
      List<Member> nodes = List.of(join("a"), join("b"), join("c"), join("d"), join("e"));
      Address user = user();

      List<RegisterAnswer> answers =
          Concurrently.each(
              50, i -> nodes.get(i % 5).register(registration(user, "c" + i), rejecting(7)));

      assertEquals(7, answers.stream().filter(RegisterAnswer::accepted).count());
      assertEquals(7, nodes.get(0).entries(user).size());
    }

    @Test
    @DisplayName("is kept by fifty displacing registrations at once, each displaced once")
    void displacesConcurrently() {
      List<Member> nodes = List.of(join("a"), join("b"), join("c"), join("d"), join("e"));
      Address user = user();

      List<RegisterAnswer> answers =
          Concurrently.each(
              50, i -> nodes.get(i % 5).register(registration(user, "c" + i), displacing(7)));

      assertTrue(answers.stream().allMatch(RegisterAnswer::accepted));
      List<RegistryEntry> displaced =
          answers.stream().flatMap(answer -> answer.displaced().stream()).toList();
      List<RegistryEntry> left = nodes.get(0).entries(user);
      assertEquals(7, left.size());
      assertEquals(43, displaced.size());
      Set<RegistryEntry> all = new HashSet<>(displaced);
      all.addAll(left);
      assertEquals(50, all.size());
    }

    @Test
    @DisplayName("is not used up by the same registration sent by two retries at once")
    void isNotUsedUpByRetries() {
      Member a = join("a");
      for (int round = 0; round < 50; round++) {
        Registration registration = registration(user(), "c1");

        List<RegisterAnswer> answers =
            Concurrently.each(2, i -> a.register(registration, rejecting(1)));

        assertTrue(answers.stream().allMatch(RegisterAnswer::accepted));
        assertEquals(1, a.entries(registration.address()).size());
      }
    }
  }

  @Nested
  @DisplayName("A node whose entries are not complete")
  class Incomplete {
    @Test
    @DisplayName("makes absent addresses and groups unknown, and not who is registered")
    void makesAbsenceUnknown() {
      Member a = join("a");
      Member b = join("b");
      Address user = user();
      Address group = Address.group(Names.unique("g"));
      b.register(user, "c1");
      b.register(group, "b");

      String epoch = a.renewIncomplete(LONG).epoch();
      assertEquals(Location.UNKNOWN, b.locate(user()));
      assertEquals(Location.UNKNOWN, b.locate(group));
      assertEquals(at(b), b.locate(user));

      a.renewCompleteIn(epoch);
      assertEquals(Location.ABSENT, b.locate(user()));
      assertEquals(at(b), b.locate(group));
    }

    @Test
    @DisplayName("is no longer waited for when it left")
    void ceasesWithItsLeave() {
      Member a = join("a");
      a.renewIncomplete(LONG);
      a.registry.leave(a.identity);
      assertEquals(Location.ABSENT, join("b").locate(user()));
    }

    @Test
    @DisplayName("is no longer waited for when its lease ran out")
    void ceasesWithItsLease() {
      Member a = join("a");
      Member b = join("b");
      Duration lease = Duration.ofSeconds(3);
      a.renewIncomplete(lease);
      assertEquals(Location.UNKNOWN, b.locate(user()));
      elapse(lease.plusMillis(500));
      assertEquals(Location.ABSENT, b.locate(user()));
    }

    @Test
    @DisplayName("takes the place of its former incarnation, whose entries are no longer live")
    void takesThePlaceOfItsFormerIncarnation() {
      Member former = join("a");
      Address user = user();
      former.register(user, "c1");
      Member present = former.nextIncarnation();
      Member b = join("b");

      LeaseAnswer answer = present.replace(former);

      assertEquals(present.identity.incarnation(), answer.holder());
      assertTrue(answer.members().contains(present.identity));
      assertFalse(answer.members().contains(former.identity));
      assertFalse(answer.lost().contains(former.nodeId()));
      assertEquals(Location.UNKNOWN, b.locate(user));
      present.register(user, "c1");
      assertEquals(at(present), b.locate(user));
      assertEquals(present.identity.incarnation(), present.replace(former).holder(), "repeated");
      assertEquals(present.identity.incarnation(), former.renew(LONG).holder());
      present.renewCompleteIn(answer.epoch());
      assertEquals(Location.ABSENT, b.locate(user()));
    }

    @Test
    @DisplayName("takes the place of no other incarnation than its former one")
    void takesNoOtherPlace() {
      Member holder = join("a");
      Member other = holder.nextIncarnation();
      Member third = holder.nextIncarnation();

      assertEquals(holder.identity.incarnation(), third.replace(other).holder());
      assertEquals(Location.ABSENT, holder.locate(user()), "it was not written");
    }

    @Test
    @DisplayName("never makes a user absent who is registered under one incarnation or the other")
    void isNeverAbsentInBetween() {
      Member b = join("b");
      Member a = join("a");
      Address user = user();
      a.register(user, "c1");
      AtomicBoolean done = new AtomicBoolean();
      List<List<Location>> seen =
          Concurrently.each(
              2, i -> i == 0 ? locationsUntil(done, b, user) : replaceOften(a, user, done));

      assertTrue(seen.get(0).contains(at(a)));
      assertFalse(seen.get(0).contains(Location.ABSENT));
    }

    private List<Location> locationsUntil(AtomicBoolean done, Member asker, Address user) {
      Set<Location> seen = new HashSet<>();
      do {
        seen.add(asker.locate(user));
      } while (!done.get());
      return List.copyOf(seen);
    }

    private List<Location> replaceOften(Member first, Address user, AtomicBoolean done) {
      try {
        Member former = first;
        for (int i = 0; i < 50; i++) {
          Member present = former.nextIncarnation();
          String epoch = present.replace(former).epoch();
          present.register(user, "c1");
          present.renewCompleteIn(epoch);
          former = present;
        }
      } finally {
        done.set(true);
      }
      return List.of();
    }
  }

  @Nested
  @DisplayName("Lost data")
  class Losses {
    @Test
    @DisplayName("shows as a new epoch")
    void changesTheEpoch() {
      Member a = join("a");
      String before = a.renew(LONG).epoch();

      loseData();

      String after = a.renew(LONG).epoch();
      assertNotEquals(before, after);
      assertEquals(after, join("b").renew(LONG).epoch());
    }

    @Test
    @DisplayName("makes absent addresses unknown until the grace period is over")
    void isUnknownForAWhile() {
      Member a = join("a");
      Address user = user();
      a.register(user, "c1");

      loseData();

      assertEquals(Location.UNKNOWN, a.locate(user));
      a.renew(LONG);
      assertEquals(Location.UNKNOWN, a.locate(user));
      assertEquals(Location.UNKNOWN, join("b").locate(user));
      awaitGraceOver(a);
      assertEquals(Location.ABSENT, a.locate(user));
    }

    @Test
    @DisplayName("makes the members of a group unknown until the grace period is over")
    void doesNotTakeSomeMembersForAll() {
      Member a = join("a");
      Member b = join("b");
      Address group = Address.group(Names.unique("g"));
      a.register(group, "a");
      b.register(group, "b");
      loseData();
      a.renew(LONG);

      a.register(group, "a");
      assertEquals(Location.UNKNOWN, a.locate(group));

      b.renew(LONG);
      b.register(group, "b");
      awaitGraceOver(a);
      assertEquals(at(a, b), a.locate(group));
    }

    @Test
    @DisplayName(
        "is not complete, also after the grace period, while a node has not registered again")
    void isNotCompleteByAnEarlierEpoch() {
      Member a = join("a");
      Member b = join("b");
      String before = a.renew(LONG).epoch();
      Address user = user();
      a.register(user, "c1");
      loseData();
      b.renew(LONG);
      awaitGraceOver(b);
      // Nothing to wait for yet, as this node's lease was lost, too.
      String after = a.renewCompleteIn(before).epoch();

      assertEquals(Location.UNKNOWN, b.locate(user));
      a.register(user, "c1");
      a.renewCompleteIn(after);
      assertEquals(at(a), b.locate(user));
      assertEquals(Location.ABSENT, b.locate(user()));
    }

    @Test
    @DisplayName("is known again for users who were registered again")
    void isWrittenAgain() {
      Member a = join("a");
      Address user = user();
      a.register(user, "c1");
      loseData();

      assertEquals(a.identity.incarnation(), a.renew(LONG).holder());
      a.register(user, "c1");

      assertEquals(
          List.of(at(a), Location.UNKNOWN), join("b").registry.locate(List.of(user, user())));
    }
  }

  @Nested
  @DisplayName("Many threads")
  class ManyThreads {
    @Test
    @DisplayName("may use one registry at once without mixing up answers")
    void mayShareIt() {
      Member a = join("a");
      AtomicLong wrong = new AtomicLong();

      List<Boolean> unused =
          Concurrently.each(
              16,
              i -> {
                for (int round = 0; round < 50; round++) {
                  Address mine = user();
                  a.register(mine, "c" + i);
                  List<Location> found = a.registry.locate(List.of(user(), mine));
                  wrong.addAndGet(found.equals(List.of(Location.ABSENT, at(a))) ? 0 : 1);
                  a.unregister(registration(mine, "c" + i));
                }
                return true;
              });

      assertEquals(0, wrong.get());
    }
  }

  private void awaitGraceOver(Member member) {
    Duration waited = Duration.ZERO;
    while (!member.locate(user()).known()) {
      assertTrue(waited.compareTo(Duration.ofMinutes(1)) < 0, "UNKNOWN for more than a minute");
      elapse(Duration.ofMillis(250));
      waited = waited.plusMillis(250);
    }
  }

  private Member join(String name) {
    Member member = member(name);
    LeaseAnswer answer = member.renew(LONG);
    assertEquals(member.identity.incarnation(), answer.holder());
    return member;
  }

  private Member member(String name) {
    return new Member(Names.unique(name), random.nextLong());
  }

  private static Address user() {
    return Address.user(Names.unique("user"));
  }

  private static Registration registration(Address address, String entry) {
    return new Registration(address, entry, 1_700_000_000_000L, "");
  }

  private static RegistrationLimit rejecting(int maxEntries) {
    return new RegistrationLimit(maxEntries, RegistrationLimit.Policy.REJECT_NEW);
  }

  private static RegistrationLimit displacing(int maxEntries) {
    return new RegistrationLimit(maxEntries, RegistrationLimit.Policy.DISPLACE_OLDEST);
  }

  private static Location at(Member... members) {
    return Location.at(List.of(members).stream().map(Member::nodeId).collect(Collectors.toSet()));
  }

  private static Set<String> entryIds(Collection<RegistryEntry> entries) {
    return entries.stream().map(entry -> entry.registration().entry()).collect(Collectors.toSet());
  }

  /** One node of a test. Remembers what it wrote, to take it away afterwards. */
  private final class Member {
    final NodeIdentity identity;
    final ConnectionRegistry registry;
    private final Set<Registration> written = ConcurrentHashMap.newKeySet();

    Member(String nodeId, long incarnation) {
      identity = NodeIdentity.of(nodeId, incarnation);
      registry = open(nodeId);
      members.add(this);
    }

    Member nextIncarnation() {
      return new Member(nodeId(), random.nextLong());
    }

    String nodeId() {
      return identity.nodeId();
    }

    LeaseAnswer renew(Duration lease) {
      return registry.renew(LeaseRequest.joining(identity, lease));
    }

    LeaseAnswer renewIncomplete(Duration lease) {
      return registry.renew(new LeaseRequest(identity, lease, false, null, null));
    }

    LeaseAnswer renewCompleteIn(String epoch) {
      return registry.renew(new LeaseRequest(identity, LONG, true, epoch, null));
    }

    LeaseAnswer replace(Member former) {
      String incarnation = former.identity.incarnation();
      return registry.renew(new LeaseRequest(identity, LONG, false, null, incarnation));
    }

    RegisterAnswer register(Address address, String entry) {
      return register(registration(address, entry), NO_LIMIT);
    }

    RegisterAnswer register(Registration registration, RegistrationLimit limit) {
      return register(List.of(registration), limit).get(0);
    }

    List<RegisterAnswer> register(List<Registration> batch, RegistrationLimit limit) {
      written.addAll(batch);
      List<RegisterAnswer> answers = registry.register(identity, batch, limit);
      assertEquals(batch.size(), answers.size());
      return answers;
    }

    void unregister(Registration registration) {
      registry.unregister(identity, List.of(registration));
    }

    Location locate(Address address) {
      return registry.locate(List.of(address)).get(0);
    }

    List<RegistryEntry> entries(Address address) {
      return registry.entries(List.of(address)).get(0);
    }

    void cleanUp() {
      registry.close();
      try (ConnectionRegistry cleaner = open(nodeId())) {
        cleaner.unregister(identity, List.copyOf(written));
        cleaner.leave(identity);
        cleaner.forget(nodeId());
      }
    }
  }
}
