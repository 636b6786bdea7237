package org.distributedsockets.examples.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.distributedsockets.examples.chat.testkit.ClientLoop;
import org.distributedsockets.examples.faults.Person.Habits;
import org.distributedsockets.testkit.Eventually;

/**
 * Users on all nodes who write to each other and to their rooms, each message with a receipt, and
 * who move from node to node in groups. The seed decides who does what. For any thread.
 */
final class Traffic {
  /** Messages a second, rooms counted once. */
  static final int RATE = 250;

  private static final int USERS = 24;
  private static final int ROOM_SIZE = 6;
  private static final int TO_ROOMS_PERCENT = 10;
  private static final int HOPPERS = 3;
  private static final long HOP_MILLIS = 1_000;
  private static final long PACE_MILLIS = 4;

  /** New connections that a node is asked for at one time while nothing is wrong. */
  private static final int AT_ONCE = 100;

  private final FaultCluster cluster;
  private final ClientLoop loop;
  private final Ledger ledger;
  private final Random random;
  private final List<Person> people = new ArrayList<>();
  private boolean writing;
  private long begun;
  private long written;

  Traffic(FaultCluster cluster, ClientLoop loop, Ledger ledger, long seed) {
    this.cluster = cluster;
    this.loop = loop;
    this.ledger = ledger;
    this.random = new Random(seed);
  }

  /** Connects everybody and begins. */
  void start() {
    loop.run(
        () -> {
          for (int i = 0; i < USERS; i++) {
            people.add(person("u" + i, List.of("room" + i / ROOM_SIZE)));
          }
        });
    awaitConnected();
    loop.run(
        () -> {
          writing = true;
          begun = System.nanoTime();
          write();
          loop.later(HOP_MILLIS, this::hop);
        });
  }

  private Person person(String name, List<String> groups) {
    Person person = new Person(name, groups, Habits.GOOD, loop, ledger, random, this::anyNode);
    person.connect(cluster.nodes().get(people.size() % cluster.nodes().size()));
    return person;
  }

  /**
   * More users, who write when they are told to and leave with all others; waits until they are
   * connected.
   */
  List<Person> join(String prefix, int count, Habits habits, FaultNode node) {
    List<Person> more =
        loop.call(
            () ->
                IntStream.range(0, count)
                    .mapToObj(
                        i ->
                            new Person(
                                prefix + i, List.of(), habits, loop, ledger, random, this::anyNode))
                    .toList());
    for (int i = 0; i < count; i += AT_ONCE) {
      List<Person> next = more.subList(i, Math.min(count, i + AT_ONCE));
      loop.run(() -> next.forEach(person -> person.connect(node)));
      Eventually.holds(
          "more users connected",
          () -> loop.call(() -> next.stream().allMatch(person -> person.current() != null)));
    }
    loop.run(() -> people.addAll(more));
    return more;
  }

  private void awaitConnected() {
    Eventually.holds(
        "everybody connected and in his rooms",
        () ->
            loop.call(
                () ->
                    people.stream()
                        .allMatch(
                            person -> {
                              Device at = person.current();
                              return at != null
                                  && person.groups().stream()
                                      .allMatch(group -> at.since(group) != Device.NEVER);
                            })));
  }

  private FaultNode anyNode() {
    List<FaultNode> serving = cluster.nodes().stream().filter(FaultNode::serving).toList();
    List<FaultNode> choice = serving.isEmpty() ? cluster.nodes() : serving;
    return choice.get(random.nextInt(choice.size()));
  }

  private void write() {
    if (!writing) {
      return;
    }
    long due = (System.nanoTime() - begun) * RATE / 1_000_000_000L;
    for (; written < due; written++) {
      Person from = people.get(random.nextInt(USERS));
      boolean toRoom = random.nextInt(100) < TO_ROOMS_PERCENT;
      from.send(toRoom ? from.groups().get(0) : someoneElsewhere(from));
    }
    loop.later(PACE_MILLIS, this::write);
  }

  /** Somebody whose connection is at another node, as far as one is found. */
  private String someoneElsewhere(Person from) {
    Person to = people.get(random.nextInt(USERS));
    Device at = from.current();
    for (int i = 0; i < USERS; i++) {
      Device there = to.current();
      if (to != from && (at == null || there == null || !at.node().equals(there.node()))) {
        return to.name();
      }
      to = people.get(random.nextInt(USERS));
    }
    return to.name();
  }

  /** Asks for somebody; says whether the last answer to such a question was that he is offline. */
  boolean isOffline(String name) {
    return loop.call(
        () -> {
          List<Letter> asked =
              ledger.letters().stream().filter(letter -> letter.to().equals(name)).toList();
          people.get(1).send(name);
          return asked.stream().anyMatch(letter -> letter.is("offline"));
        });
  }

  /** Sends each of many one message, at a pace, and says after how many ms all had it. */
  long reachAll(List<String> names, Scene scene) {
    int first = loop.call(() -> ledger.letters().size());
    Set<String> wanted = Set.copyOf(names);
    for (int i = 0; i < names.size(); i += AT_ONCE) {
      List<String> next = names.subList(i, Math.min(names.size(), i + AT_ONCE));
      loop.run(() -> next.forEach(name -> people.get(random.nextInt(USERS)).send(name)));
      scene.pass(Duration.ofMillis(50));
    }
    return scene.await(
        "everybody reached",
        Duration.ofSeconds(60),
        () ->
            loop.call(
                () ->
                    ledger.letters().stream()
                        .skip(first)
                        .filter(letter -> wanted.contains(letter.to()))
                        .noneMatch(letter -> letter.arrivals().isEmpty())));
  }

  private void hop() {
    if (!writing) {
      return;
    }
    FaultNode node = anyNode();
    boolean connectFirst = random.nextBoolean();
    int first = random.nextInt(USERS);
    for (int i = 0; i < HOPPERS; i++) {
      people.get((first + i) % USERS).hop(node, connectFirst);
    }
    loop.later(HOP_MILLIS, this::hop);
  }

  /** Ends writing and moving. */
  void stop() {
    loop.run(() -> writing = false);
  }

  /** How many live connections each user has on each node, as the users know it. */
  Map<String, Integer> connected() {
    return loop.call(
        () -> {
          Map<String, Integer> counts = new TreeMap<>();
          for (Device device : ledger.devices()) {
            if (device.isOpen()) {
              counts.merge(device.user() + "@" + device.node(), 1, Integer::sum);
            }
          }
          return counts;
        });
  }

  /** Everybody leaves in good order. */
  void leave() {
    loop.run(() -> people.forEach(Person::leave));
    Eventually.holds(
        "everybody to be gone", () -> loop.call(() -> people.stream().allMatch(Person::isGone)));
  }
}
