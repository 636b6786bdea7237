package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.PresenceWatch;
import org.distributedsockets.engine.Questions.Holding;
import org.distributedsockets.engine.wire.Item.Held;
import org.distributedsockets.spi.Location;
import org.junit.jupiter.api.Test;

/** With an interval of 5 s, a grace of 10 s, 2,000 look-ups a second and a beat of one second. */
class PresenceTest {
  private static final Address BOB = Address.user("bob");
  private static final Address ROOM = Address.group("room");
  private static final Location AT_N2 = Location.at(Set.of("n2"));

  private final ManualRuntime manual = new ManualRuntime();
  private final RecordingErrors errors = new RecordingErrors();
  private final Map<Address, Location> locations = new HashMap<>();
  private final Map<String, Holding> holdings = new HashMap<>();
  private final Set<Address> here = new HashSet<>();
  private final List<Integer> lookups = new ArrayList<>();
  private final List<String> questions = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final Presence presence =
      new Presence(
          "n1",
          new Sources(),
          manual.runtime(),
          errors,
          Duration.ofSeconds(5).toNanos(),
          Duration.ofSeconds(10).toNanos(),
          2_000,
          25_000);

  private final class Sources implements Presence.Sources {
    @Override
    public CompletableFuture<List<Location>> locate(List<Address> addresses) {
      lookups.add(addresses.size());
      return CompletableFuture.completedFuture(
          addresses.stream().map(a -> locations.getOrDefault(a, Location.ABSENT)).toList());
    }

    @Override
    public CompletableFuture<Map<String, Holding>> users(
        Set<String> nodes, Address group, Map<String, Long> known) {
      questions.add(nodes + " " + new TreeMap<>(known));
      Map<String, Holding> answers = new HashMap<>(holdings);
      answers.keySet().retainAll(nodes);
      answers.replaceAll(
          (node, holding) ->
              Long.valueOf(holding.version()).equals(known.get(node))
                  ? new Holding(
                      holding.version(), holding.connections(), holding.users(), List.of())
                  : holding);
      return CompletableFuture.completedFuture(answers);
    }

    @Override
    public boolean isHere(Address address) {
      return here.contains(address);
    }
  }

  private static Holding holding(long version, String... users) {
    return new Holding(
        version,
        users.length,
        users.length,
        java.util.Arrays.stream(users).map(user -> new Held(user, "", 0, "")).toList());
  }

  private void tell(Map<String, Boolean> online) {
    told.add(new TreeMap<>(online).toString());
  }

  private PresenceWatch watch(Address... addresses) {
    PresenceWatch watch = presence.watch(List.of(addresses), this::tell);
    seconds(1);
    return watch;
  }

  private void seconds(int count) {
    for (int i = 0; i < count; i++) {
      manual.live(Duration.ofSeconds(1));
      presence.run();
      manual.runAll();
    }
  }

  private List<String> takeTold() {
    List<String> taken = List.copyOf(told);
    told.clear();
    return taken;
  }

  @Test
  void tellsFirstWhatIsTheCase() {
    locations.put(BOB, AT_N2);
    watch(BOB, Address.user("carol"));
    assertEquals(List.of("{bob=true, carol=false}"), takeTold());
    seconds(60);
    assertEquals(List.of(), takeTold());
  }

  @Test
  void tellsWhoComesWithinAnInterval() {
    watch(BOB);
    assertEquals(List.of("{bob=false}"), takeTold());
    locations.put(BOB, AT_N2);
    seconds(5);
    assertEquals(List.of("{bob=true}"), takeTold());
  }

  @Test
  void tellsWhoComesHereAtOnceWhateverTheRegistrySays() {
    watch(BOB);
    takeTold();
    locations.put(BOB, Location.UNKNOWN);
    here.add(BOB);
    presence.changedHere(BOB);
    manual.live(Duration.ofMillis(100));
    assertEquals(List.of("{bob=true}"), takeTold());
  }

  @Test
  void tellsWhoIsGoneAfterTheGraceAndNotBefore() {
    locations.put(BOB, AT_N2);
    watch(BOB);
    takeTold();
    locations.put(BOB, Location.ABSENT);
    seconds(10);
    assertEquals(List.of(), takeTold());
    seconds(6);
    assertEquals(List.of("{bob=false}"), takeTold());
  }

  @Test
  void aReloadIsNoOffline() {
    locations.put(BOB, AT_N2);
    watch(BOB);
    takeTold();
    for (int reload = 0; reload < 5; reload++) {
      locations.put(BOB, Location.ABSENT);
      seconds(9);
      locations.put(BOB, Location.at(Set.of("n3")));
      seconds(6);
    }
    assertEquals(List.of(), takeTold());
  }

  @Test
  void whatNobodyCanSayChangesNothing() {
    locations.put(BOB, AT_N2);
    watch(BOB);
    takeTold();
    locations.put(BOB, Location.UNKNOWN);
    seconds(120);
    assertEquals(List.of(), takeTold());
    locations.put(BOB, Location.ABSENT);
    seconds(17);
    assertEquals(List.of("{bob=false}"), takeTold());
  }

  @Test
  void aSecondWatchIsToldWhatIsKnownAndSharesTheLookUps() {
    locations.put(BOB, AT_N2);
    watch(BOB);
    takeTold();
    lookups.clear();
    PresenceWatch second = watch(BOB);
    assertEquals(List.of("{bob=true}"), takeTold());
    seconds(10);
    assertTrue(lookups.stream().mapToInt(Integer::intValue).sum() <= 3, lookups::toString);
    second.close();
    locations.put(BOB, Location.ABSENT);
    seconds(20);
    assertEquals(List.of("{bob=false}"), takeTold());
  }

  @Test
  void closingEndsTheLookUps() {
    PresenceWatch watch = watch(BOB);
    takeTold();
    lookups.clear();
    watch.close();
    locations.put(BOB, AT_N2);
    seconds(20);
    assertEquals(List.of(), lookups);
    assertEquals(List.of(), told);
    assertEquals(0, presence.watchedCount());
  }

  @Test
  void tellsWhoIsInAGroup() {
    locations.put(ROOM, Location.at(Set.of("n2", "n3")));
    holdings.put("n2", holding(1, "alice", "bob"));
    holdings.put("n3", holding(1, "bob"));
    watch(ROOM);
    assertEquals(List.of("{alice=true, bob=true}"), takeTold());
    holdings.put("n2", holding(2, "carol"));
    seconds(5);
    assertEquals(List.of("{carol=true}"), takeTold());
    seconds(11);
    assertEquals(List.of("{alice=false}"), takeTold());
  }

  @Test
  void asksNodesOnlyForWhatChanged() {
    locations.put(ROOM, Location.at(Set.of("n2")));
    holdings.put("n2", holding(8, "alice"));
    watch(ROOM);
    questions.clear();
    seconds(5);
    assertEquals(List.of("[n2] {n2=8}"), questions);
  }

  @Test
  void aSilentNodeIsBelievedUntilTheRegistryDeniesIt() {
    locations.put(ROOM, AT_N2);
    holdings.put("n2", holding(1, "alice"));
    watch(ROOM);
    takeTold();
    holdings.clear();
    seconds(60);
    assertEquals(List.of(), takeTold());
    locations.put(ROOM, Location.UNKNOWN);
    seconds(60);
    assertEquals(List.of(), takeTold());
    locations.put(ROOM, Location.ABSENT);
    seconds(17);
    assertEquals(List.of("{alice=false}"), takeTold());
  }

  @Test
  void aBusyGroupIsLookedUpOnceASecond() {
    locations.put(ROOM, AT_N2);
    watch(ROOM);
    questions.clear();
    for (int i = 0; i < 500; i++) {
      presence.changedHere(ROOM);
      manual.live(Duration.ofMillis(10));
    }
    assertTrue(questions.size() >= 4 && questions.size() <= 6, questions::toString);
    seconds(2);
    int soFar = questions.size();
    presence.changedHere(ROOM);
    manual.live(Duration.ofMillis(60));
    assertEquals(soFar + 1, questions.size(), "after a while of quiet at once again");
  }

  @Test
  void whoComesBackIntoAGroupIsToldOfAgain() {
    locations.put(ROOM, AT_N2);
    holdings.put("n2", holding(1, "alice"));
    watch(ROOM);
    holdings.put("n2", holding(2));
    seconds(17);
    holdings.put("n2", holding(3, "alice"));
    seconds(6);
    assertEquals(List.of("{alice=true}", "{alice=false}", "{alice=true}"), takeTold());
  }

  @Test
  void looksUpNoMoreThanTheRateWhenANodeDiesWithAll() {
    List<Address> users = IntStream.range(0, 10_000).mapToObj(i -> Address.user("u" + i)).toList();
    users.forEach(user -> locations.put(user, AT_N2));
    watch(users.toArray(new Address[0]));
    seconds(10);
    assertEquals(10_000, told.stream().mapToInt(PresenceTest::count).sum());
    told.clear();
    lookups.clear();
    locations.clear();
    int before = 0;
    for (int second = 0; second < 25; second++) {
      seconds(1);
      int sum = lookups.stream().mapToInt(Integer::intValue).sum();
      assertTrue(sum - before <= 2_000, "in one second " + (sum - before));
      before = sum;
    }
    // As few calls as batches, each with many, and everybody once.
    assertEquals(10_000, told.stream().mapToInt(PresenceTest::count).sum());
    assertTrue(told.size() <= 40, "calls " + told.size());
  }

  private static int count(String call) {
    return call.split(",", -1).length;
  }

  @Test
  void nobodyStarvesAboveTheRate() {
    List<Address> users = IntStream.range(0, 25_000).mapToObj(i -> Address.user("u" + i)).toList();
    watch(users.toArray(new Address[0]));
    seconds(13);
    told.clear();
    users.forEach(user -> locations.put(user, AT_N2));
    seconds(14);
    assertEquals(25_000, told.stream().mapToInt(PresenceTest::count).sum());
  }

  @Test
  void refusesToWatchTooMany() {
    List<Address> tooMany =
        IntStream.range(0, 25_001).mapToObj(i -> Address.user("u" + i)).toList();
    assertThrows(IllegalStateException.class, () -> presence.watch(tooMany, this::tell));
    assertEquals(0, presence.watchedCount());
  }

  @Test
  void aListenerThatThrowsIsToldTheNextChange() {
    PresenceWatch watch =
        presence.watch(
            List.of(BOB),
            online -> {
              tell(online);
              throw new IllegalStateException("no");
            });
    seconds(1);
    locations.put(BOB, AT_N2);
    seconds(5);
    assertEquals(List.of("{bob=false}", "{bob=true}"), takeTold());
    assertEquals(List.of("a presence listener threw", "a presence listener threw"), errors.lines);
    watch.close();
  }
}
