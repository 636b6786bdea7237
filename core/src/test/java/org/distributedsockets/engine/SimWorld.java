package org.distributedsockets.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.ClientMessage;
import org.distributedsockets.Health;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.SendOptions;
import org.distributedsockets.Settings;
import org.distributedsockets.StartException;
import org.distributedsockets.memory.MemoryCluster;
import org.distributedsockets.metrics.Gauge;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.RegistryEntry;
import org.jspecify.annotations.Nullable;

/** A cluster, its clients and its applications, as one seed makes them. */
final class SimWorld {
  private static final long SECOND = 1_000_000_000L;
  static final Duration GRACE = Duration.ofSeconds(4);
  private static final Settings QUICK = settings(true, SimVariation.NONE);
  private static final Settings USUAL = settings(false, SimVariation.NONE);

  private static Settings settings(boolean quick, SimVariation variation) {
    Settings.Builder settings = quick ? quick() : usual();
    variation.change(settings);
    return settings.build();
  }

  private static Settings.Builder quick() {
    return Settings.builder()
        .set(NodeSettings.LEASE, Duration.ofSeconds(3))
        .set(NodeSettings.LEASE_RENEWAL, Duration.ofSeconds(1))
        .set(NodeSettings.START_TIMEOUT, Duration.ofSeconds(15))
        .set(NodeSettings.MESSAGE_LIFE, Duration.ofSeconds(20))
        .set(NodeSettings.REASSERT_INTERVAL, Duration.ofSeconds(20))
        .set(NodeSettings.PROBE_INTERVAL, Duration.ofSeconds(1))
        .set(NodeSettings.PROBE_DEADLINE, Duration.ofSeconds(1));
  }

  private static Settings.Builder usual() {
    return Settings.builder()
        .set(NodeSettings.MESSAGE_LIFE, Duration.ofSeconds(40))
        .set(NodeSettings.REASSERT_INTERVAL, Duration.ofSeconds(40));
  }

  static final List<String> NODES = List.of("n1", "n2", "n3");
  static final int USERS = 5;
  static final int GROUPS = 2;

  private final SimEvents events;
  private final SplittableRandom chance;
  private final SimVariation variation;
  private final Settings settings;
  private final long slackNanos;
  private final MemoryCluster cluster;
  private final ConnectionRegistry registry;
  private final SimOracle oracle;
  private final List<SimClient> clients = new ArrayList<>();
  private final List<SimClient> candidates = new ArrayList<>();
  private final List<SimProcess> processes = new ArrayList<>();

  /** By node id: the process that has it, or had it last. */
  private final Map<String, SimProcess> current = new LinkedHashMap<>();

  private int lastMessage;
  private int lastClient;
  private int broken;
  private long calmSinceNanos;
  private final List<Long> disturbances = new ArrayList<>();
  private long unboundUntilNanos;
  private final Map<String, Long> fullUntilNanos = new HashMap<>();
  private final Map<String, Long> adoptedNanos = new HashMap<>();
  private final Set<String> forgotten = new HashSet<>();
  private int failOvers;
  private boolean leasesLapsed;
  private long staleUntilNanos = Long.MIN_VALUE;
  private long forgotNanos = Long.MIN_VALUE;
  private final List<Long> forgettings = new ArrayList<>();
  private boolean quiet;

  /** Null in most worlds: watches make events of their own. */
  private @Nullable SimWatches watches;

  SimWorld(
      SimEvents events,
      SplittableRandom chance,
      boolean quick,
      long jitterNanos,
      SimVariation variation) {
    this.events = events;
    this.chance = chance;
    this.variation = variation;
    this.settings =
        !variation.equals(SimVariation.NONE) ? settings(quick, variation) : quick ? QUICK : USUAL;
    this.slackNanos = 20 * jitterNanos;
    this.cluster = new MemoryCluster(events, GRACE);
    this.registry = cluster.openRegistry("oracle", Duration.ofSeconds(1));
    this.oracle = new SimOracle(this);
    this.calmSinceNanos = events.nanoTime() + SECOND + slackNanos;
  }

  SimEvents events() {
    return events;
  }

  SplittableRandom chance() {
    return chance;
  }

  SimVariation variation() {
    return variation;
  }

  Settings settings() {
    return settings;
  }

  MemoryCluster cluster() {
    return cluster;
  }

  SimOracle oracle() {
    return oracle;
  }

  List<SimClient> clients() {
    return clients;
  }

  /** All that ever began a handshake. */
  List<SimClient> candidates() {
    return candidates;
  }

  List<String> nodeIds() {
    return NODES;
  }

  long now() {
    return events.nanoTime();
  }

  long outcomeWaitNanos() {
    return settings.get(NodeSettings.OUTCOME_WAIT).toNanos();
  }

  /** How long something that takes no time may take, because every thread is a little late. */
  long slackNanos() {
    return slackNanos;
  }

  boolean isRegistrySlow() {
    return registrySlow;
  }

  private boolean registrySlow;

  void registrySlow(boolean slow) {
    registrySlow = slow;
  }

  // ---- calm

  /** Something breaks. */
  void breaks() {
    broken++;
    disturbances.add(now());
  }

  /** It is whole again, but what it upset takes a while. */
  void mended() {
    broken--;
    long aftermath = settings.get(NodeSettings.LEASE).toNanos() * 3 + 15 * SECOND;
    calmSinceNanos = Math.max(calmSinceNanos, now() + aftermath);
  }

  void upset() {
    breaks();
    mended();
  }

  boolean isCalm() {
    return broken == 0 && now() >= calmSinceNanos;
  }

  /** Of a time that was calm: whether it stayed so. */
  boolean wasCalmUntil(long from, long until) {
    for (long at : disturbances) {
      if (at >= from && at <= until) {
        return false;
      }
    }
    return true;
  }

  void quiet() {
    quiet = true;
  }

  // ---- processes

  SimProcess start(String nodeId) {
    SimProcess process = new SimProcess(this, nodeId, processes.size(), chance.split());
    processes.add(process);
    current.put(nodeId, process);
    process.start();
    return process;
  }

  /** A second live process with the id of one that lives: it must not get in. */
  void startSecond(String nodeId) {
    SimProcess first = process(nodeId);
    SimProcess second = new SimProcess(this, nodeId, processes.size(), chance.split());
    processes.add(second);
    seconds.put(second, first);
    second.start();
  }

  private final Map<SimProcess, SimProcess> seconds = new LinkedHashMap<>();

  void started(SimProcess process, @Nullable Throwable failure) {
    SimProcess first = seconds.get(process);
    if (failure == null) {
      if (first != null) {
        boolean firstWasWell = !first.isDead() && !first.drains() && isCalm();
        if (firstWasWell) {
          oracle.fail(process + " runs beside " + first);
        }
        current.put(process.nodeId(), process);
      }
      if (watches != null && !process.isClosed()) {
        watches.begin(process);
      }
      return;
    }
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    if (!(cause instanceof StartException)) {
      oracle.fail("start of " + process, failure);
    }
    if (first == null && isCalm()) {
      oracle.fail("start of " + process + " in calm", failure);
    }
    events.at(process, events.jitter(), process::close);
  }

  void killed(SimProcess process) {
    upset();
    // It may not have written its lease again.
    long lastRenewal = process.lastSureOfRegistryNanos();
    long forgottenAt =
        Math.max(forgotNanos, adoptedNanos.getOrDefault(process.nodeId(), Long.MIN_VALUE));
    if (forgottenAt >= lastRenewal - settings.get(NodeSettings.LEASE).toNanos()) {
      forgotten.add(process.nodeId());
    }
    anotherTakesItsPlace(process);
  }

  void ended(SimProcess process) {
    upset();
    anotherTakesItsPlace(process);
    if (current.get(process.nodeId()) == process && !process.drains()) {
      events.at(null, SECOND + chance.nextLong(5 * SECOND), () -> restart(process.nodeId()));
    }
  }

  /** Where two of the same id ran, because the second found the first cut off. */
  private void anotherTakesItsPlace(SimProcess process) {
    for (SimProcess other : processes) {
      if (current.get(process.nodeId()) == process
          && other.nodeId().equals(process.nodeId())
          && other.isRunning()) {
        current.put(process.nodeId(), other);
      }
    }
  }

  /** Starts a node anew if it is down. */
  void restart(String nodeId) {
    boolean lives =
        processes.stream()
            .anyMatch(process -> process.nodeId().equals(nodeId) && !process.isDead());
    if (!lives) {
      start(nodeId);
    }
  }

  SimProcess process(String nodeId) {
    SimProcess process = current.get(nodeId);
    if (process == null) {
      throw new IllegalArgumentException(nodeId);
    }
    return process;
  }

  /** Whether no other live process has its id: such a one, let in by mistake, gets its messages. */
  boolean isAlone(SimProcess process) {
    return processes.stream()
        .noneMatch(
            other ->
                other != process && other.isRunning() && other.nodeId().equals(process.nodeId()));
  }

  List<SimProcess> processes() {
    return processes;
  }

  @Nullable SimProcess anyUsable() {
    List<SimProcess> usable = current.values().stream().filter(SimProcess::isUsable).toList();
    return usable.isEmpty() ? null : usable.get(chance.nextInt(usable.size()));
  }

  // ---- clients

  void connect(String user, SimProcess process) {
    int roll = quiet ? 0 : chance.nextInt(variation.smallLanes() ? 24 : 20);
    SimChannel.Manner manner =
        switch (roll) {
          case 16, 20 -> SimChannel.Manner.SLOW;
          case 17, 21, 22, 23 -> SimChannel.Manner.STALLED;
          case 18 -> SimChannel.Manner.FAILING;
          case 19 -> SimChannel.Manner.HALF_OPEN;
          default -> roll % 2 == 0 ? SimChannel.Manner.AT_ONCE : SimChannel.Manner.SOON;
        };
    SimClient client = new SimClient(this, ++lastClient, user, process, manner);
    events.at(
        process,
        events.jitter(),
        () -> {
          if (!process.isUsable()) {
            return;
          }
          if (variation.limits()) {
            candidates.add(client);
            events.threads().run(process, client::comesThroughTheHandshake);
          } else {
            clients.add(client);
            client.attach();
          }
        });
  }

  @Nullable SimClient anyClient() {
    List<SimClient> open =
        clients.stream().filter(client -> client.isOpen() && client.process().isUsable()).toList();
    return open.isEmpty() ? null : open.get(chance.nextInt(open.size()));
  }

  void reconnectLater(SimClient client, int code) {
    if (chance.nextInt(3) > 0 && !quiet) {
      events.at(
          null,
          chance.nextLong(2 * SECOND),
          () -> {
            SimProcess process = anyUsable();
            if (process != null) {
              connect(client.user(), process);
            }
          });
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the stage ends here
  void join(SimClient client, String group) {
    if (client.stays().containsKey(group)) {
      return;
    }
    SimClient.Stay stay = new SimClient.Stay();
    stay.joinAskedNanos = now();
    client.stays().put(group, stay);
    boolean calm = isCalm();
    events.note(client.number(), "%s joins %s", client, group);
    events.at(
        client.process(),
        events.jitter(),
        () -> {
          if (client.isOpen()) {
            client
                .connection()
                .join(group)
                .whenComplete(
                    (done, failure) -> {
                      if (failure == null) {
                        stay.joinedNanos = now();
                        stay.joinedCalmly = calm && isCalm();
                        events.note(client.number(), "%s joined %s", client, group);
                      }
                    });
          }
        });
  }

  /** Leaves for good: a client joins each group once at the most. */
  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the stage ends here
  void leave(SimClient client, String group) {
    SimClient.Stay stay = client.stays().get(group);
    if (stay == null
        || stay.joinedNanos == SimClient.NEVER
        || stay.leaveAskedNanos != SimClient.NEVER) {
      return;
    }
    stay.leaveAskedNanos = now();
    events.note(client.number(), "%s leaves %s", client, group);
    events.at(
        client.process(),
        events.jitter(),
        () -> {
          if (client.isOpen()) {
            client
                .connection()
                .leave(group)
                .whenComplete(
                    (done, failure) -> {
                      if (failure == null) {
                        stay.leftNanos = now();
                        events.note(client.number(), "%s left %s", client, group);
                      }
                    });
          }
        });
  }

  /** What is not a message: receipts and errors. */
  void answered(SimClient client, String text) {
    events.trace("%s reads %s", client, text);
  }

  // ---- sending

  /** The application on a node sends, from one of two threads. */
  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the stage ends in the oracle
  void send(SimProcess process, int thread, Address to, boolean awaited) {
    int number = ++lastMessage;
    String payload = variation.padded(Integer.toString(number), chance);
    events.at(
        process,
        0,
        () -> {
          if (!process.isUsable()) {
            return;
          }
          SimOracle.Sent sent =
              oracle.sending(number, to, process, process + "/" + thread, awaited, null);
          process
              .node()
              .send(to, payload, SendOptions.defaults().withAwaitRecipient(awaited))
              .whenComplete((outcome, failure) -> oracle.outcome(sent, outcome, failure));
        });
  }

  /** A client sends, with an id (then it wants a receipt) or without. */
  void say(SimClient client, Address to, boolean awaited) {
    int number = ++lastMessage;
    String target = to.kind() == Address.Kind.GROUP ? "group" : "to";
    String id = awaited ? ",\"id\":\"" + number + "\"" : "";
    client.says("{\"" + target + "\":\"" + to.name() + "\",\"body\":" + number + id + "}");
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the stage ends in the oracle
  CompletionStage<Outcome> forward(SimProcess process, ClientMessage message) {
    SimClient sender =
        clients.stream()
            .filter(client -> client.isAttached() && client.connection() == message.sender())
            .findFirst()
            .orElseThrow();
    SimOracle.Sent sent =
        oracle.sending(
            Integer.parseInt(message.payload()),
            message.to(),
            process,
            "c" + sender.number(),
            message.receiptWanted(),
            message.to().kind() == Address.Kind.GROUP ? sender : null);
    CompletionStage<Outcome> stage = message.forward();
    stage.whenComplete((outcome, failure) -> oracle.outcome(sent, outcome, failure));
    return stage;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the stage ends here
  void disconnect(SimProcess process, String user) {
    clients.stream().filter(client -> client.user().equals(user)).forEach(SimClient::mayEnd);
    events.at(
        process,
        0,
        () -> {
          if (process.isUsable()) {
            events.note(1, "%s disconnects %s", process, user);
            process
                .node()
                .disconnect(user, 4000, "go")
                .whenComplete(
                    (outcome, failure) -> {
                      events.note(2, "disconnect of %s ends %s", user, outcome);
                      if (failure != null) {
                        oracle.fail("disconnect", failure);
                      }
                    });
          }
        });
  }

  // ---- the quiet end

  /**
   * The registry forgets; so what it knew of dead nodes is gone, and unless a survivor saw such a
   * node as a member, nobody knows of its queue until it starts again.
   */
  void registryForgets() {
    failOvers++;
    forgotNanos = now();
    forgettings.add(forgotNanos);
    for (SimProcess process : current.values()) {
      if (process.isDead()) {
        forgotten.add(process.nodeId());
      }
    }
  }

  /** When it forgot for the first time since; never if it did not. */
  long firstForgottenSince(long nanos) {
    return forgettings.stream().filter(at -> at >= nanos).findFirst().orElse(SimClient.NEVER);
  }

  /**
   * The registry lost what was written lately, and what was removed is back. If nobody is told, the
   * slow pass repairs it.
   */
  void failsOver(boolean noticed) {
    Duration repair = noticed ? GRACE : settings.get(NodeSettings.REASSERT_INTERVAL).plusSeconds(1);
    staleUntilNanos = Math.max(staleUntilNanos, now() + repair.toNanos());
  }

  /** Whether the registry may have named what is not, or lacked what nobody missed, since. */
  boolean wasStaleSince(long nanos) {
    return staleUntilNanos >= nanos;
  }

  /** Of one node or of all; a lease that runs out is written again under the same incarnation. */
  void leasesAreNotRenewedFor(long nanos) {
    leasesLapsed |=
        nanos
            > settings
                .get(NodeSettings.LEASE)
                .minus(settings.get(NodeSettings.LEASE_RENEWAL).multipliedBy(2))
                .toNanos();
  }

  /** Rule 10 of DESIGN section 5 needs a survivor. */
  void leaveOneAlive() {
    if (processes.stream().allMatch(SimProcess::isDead)) {
      start(NODES.get(0));
    }
  }

  /** As whoever watches over processes does: one that says for long that it is down is ended. */
  void endTheDown() {
    for (SimProcess process : List.copyOf(processes)) {
      if (process.isUsable() && process.node().health().status() == Health.Status.DOWN) {
        process.kill();
      }
    }
  }

  /** A queue is, until a probe of its node finds out. */
  void unbound() {
    unboundUntilNanos = now() + 15 * SECOND;
  }

  boolean wasUnboundSince(long nanos) {
    return unboundUntilNanos >= nanos;
  }

  /** The queue of a node takes nothing for a while. */
  void full(String node, long durationNanos) {
    fullUntilNanos.merge(node, now() + durationNanos, Math::max);
  }

  boolean wasFullSince(String node, long nanos) {
    return fullUntilNanos.getOrDefault(node, Long.MIN_VALUE) >= nanos;
  }

  /** Its queue is emptied; then the registry is told to forget the node. */
  void adopted(String node) {
    adoptedNanos.put(node, now());
  }

  /** Whether a live node may have had neither a queue nor a lease, both taken from it by others. */
  boolean isMadeToLookDead(long sinceNanos) {
    return wasUnboundSince(sinceNanos) && forgotNanos >= sinceNanos;
  }

  /** What is not as it must be when nothing was broken for long; empty if all is well. */
  List<String> leftovers() {
    List<String> left = new ArrayList<>();
    for (SimProcess process : current.values()) {
      if (process.isDead()) {
        if (forgotten.contains(process.nodeId())) {
          oracle.queueDeleted(process.nodeId());
        } else if (cluster.queued(process.nodeId()) != null) {
          left.add("queue of dead " + process);
        }
      } else {
        leftoversOf(process, left);
      }
    }
    registryLeftovers(left);
    if (!oracle.allResolved()) {
      left.add("messages under way");
    }
    return left;
  }

  /** From now on each process that starts watches everybody. */
  void watch() {
    watches = new SimWatches(names("u", USERS), names("g", GROUPS));
  }

  private static List<String> names(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }

  /** The second of two fail-overs may leave ghosts, who are online to all. */
  private void watchLeftovers(SimProcess process, List<String> left) {
    if (watches != null && failOvers < 2) {
      left.addAll(watches.leftovers(process, this::usersOf));
    }
  }

  private Set<String> usersOf(Address address) {
    Set<String> users = new TreeSet<>();
    for (SimClient client : clients) {
      boolean there = client.isAttached() && !client.process().isDead() && isLocal(client);
      if (there && isOf(client, address)) {
        users.add(client.user());
      }
    }
    return users;
  }

  private static boolean isOf(SimClient client, Address address) {
    return address.kind() == Address.Kind.USER
        ? client.user().equals(address.name())
        : client.connection().groups().contains(address.name());
  }

  private void leftoversOf(SimProcess process, List<String> left) {
    watchLeftovers(process, left);
    Health health = process.node().health();
    if (health.status() != Health.Status.UP) {
      left.add(process + " is " + health);
    }
    for (Gauge gauge : List.of(Gauge.OUTBOX_BYTES, Gauge.LANE_BYTES, Gauge.PENDING_SENDS)) {
      if (process.gauge(gauge) != 0) {
        left.add(process + " " + gauge + " " + process.gauge(gauge));
      }
    }
    List<byte[]> frames = cluster.queued(process.nodeId());
    if (frames == null || !frames.isEmpty() || !cluster.isBound(process.nodeId())) {
      left.add(
          "queue of "
              + process
              + " holds "
              + (frames == null
                  ? "nothing, is gone"
                  : frames.stream().map(SimOracle::describe).toList()));
    }
  }

  private void registryLeftovers(List<String> left) {
    List<Address> addresses = new ArrayList<>();
    for (int i = 0; i < USERS; i++) {
      addresses.add(Address.user("u" + i));
    }
    for (int i = 0; i < GROUPS; i++) {
      addresses.add(Address.group("g" + i));
    }
    List<List<RegistryEntry>> found = registry.entries(addresses);
    for (int i = 0; i < addresses.size(); i++) {
      Set<String> registered = new TreeSet<>();
      for (RegistryEntry entry : found.get(i)) {
        registered.add(entry.registration().entry() + "@" + entry.owner().nodeId());
      }
      Set<String> live = live(addresses.get(i));
      // Those of nodes without a lease did not count when others came, and count again with it.
      int limit = SimVariation.CONNECTIONS_PER_USER;
      if (addresses.get(i).kind() == Address.Kind.USER
          && variation.limits()
          && failOvers == 0
          && !leasesLapsed
          && registered.size() > limit) {
        left.add(
            addresses.get(i) + " has " + registered.size() + " connections, may have " + limit);
      }
      // The second of two fail-overs may undo the repeated removal, too.
      boolean ghostsMayBe = failOvers > 1 && registered.containsAll(live);
      if (!registered.equals(live) && !ghostsMayBe) {
        left.add(addresses.get(i) + " is registered " + registered + ", lives " + live);
      }
    }
  }

  private Set<String> live(Address address) {
    Set<String> live = new HashSet<>();
    for (SimClient client : clients) {
      if (!client.isAttached() || client.process().isDead() || !isLocal(client)) {
        continue;
      }
      String node = client.process().nodeId();
      if (address.kind() == Address.Kind.USER) {
        if (client.user().equals(address.name())) {
          live.add(client.connection().id() + "@" + node);
        }
      } else if (client.connection().groups().contains(address.name())) {
        live.add(node + "@" + node);
      }
    }
    return live;
  }

  private static boolean isLocal(SimClient client) {
    return client.process().node().localConnections().contains(client.connection());
  }

  void stop() {
    events.threads().kill(null);
  }
}
