package org.distributedsockets.redis;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.distributedsockets.Address;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryEntry;
import org.distributedsockets.spi.RegistryException;
import org.distributedsockets.spi.SpiContext;
import org.distributedsockets.spi.TimeSource;

/**
 * The registry on Redis; {@link RedisKeys} draws what it stores. Each call sends one batch, which
 * is one round trip to each server it needs; a limit that may be reached takes a second one.
 * Thread-safe; every method blocks for the operation timeout at most.
 */
final class RedisConnectionRegistry implements ConnectionRegistry {
  /** An entry that its owner did not write again for so long may go if the owner is gone, too. */
  private static final Duration SWEEP_AGE = Duration.ofHours(1);

  /** How long the trace of a lost node that nobody forgets is kept; its queue lives for a day. */
  private static final Duration TRACE_AGE = Duration.ofDays(7);

  private static final Duration SHORTEST_KEY_LIFE = Duration.ofDays(1);

  /** How far the clocks of the servers of a Cluster may be apart. */
  private static final long CLUSTER_SKEW_MILLIS = 250;

  /** What one script writes to at the most: no other client of Redis waits long. */
  private static final int ADDRESSES_PER_SCRIPT = 16;

  private static final int ACCEPTED = 1;
  private static final int TOO_LATE = -1;

  private final RedisLink link;
  private final RedisKeys keys;
  private final TimeSource time;
  private final Duration grace;
  private final String keyLifeMillis;
  private final SecureRandom random = new SecureRandom();

  private final WriteCount writes = new WriteCount();

  private volatile RedisClock clock = RedisClock.UNKNOWN;
  private volatile String epoch = "";

  RedisConnectionRegistry(SpiContext context, RedisClients clients) {
    this.time = context.time();
    this.keys = new RedisKeys(context.settings().get(RedisSettings.KEY_PREFIX));
    this.grace = context.settings().get(RedisSettings.GRACE);
    // Every registration is written again within the interval.
    Duration twice = context.settings().get(NodeSettings.REASSERT_INTERVAL).multipliedBy(2);
    Duration life = twice.compareTo(SHORTEST_KEY_LIFE) > 0 ? twice : SHORTEST_KEY_LIFE;
    this.keyLifeMillis = Long.toString(life.toMillis());
    this.link =
        new RedisLink(
            clients,
            context.nodeId(),
            context.settings().get(RedisSettings.POOL_SIZE),
            time,
            context.operationTimeout());
  }

  /** Asks once. */
  void check() {
    link.call(session -> locate(session, List.of()));
  }

  @Override
  public LeaseAnswer renew(LeaseRequest request) {
    NodeIdentity self = request.self();
    byte[] name = new byte[8];
    random.nextBytes(name);
    List<String> args =
        List.of(
            self.nodeId(),
            self.incarnation(),
            Long.toString(request.duration().toMillis()),
            HexFormat.of().formatHex(name),
            Long.toString(TRACE_AGE.toMillis()),
            Long.toString(writes.expected()),
            epoch,
            request.complete() ? "1" : "0",
            Objects.requireNonNullElse(request.epoch(), ""),
            Objects.requireNonNullElse(request.former(), ""));
    return link.call(
        session -> {
          long sentNanos = time.nanoTime();
          Object reply =
              run(session, RedisCommand.script(RedisScript.RENEW, keys.membership(), args));
          LeaseTable table = new LeaseTable(reply);
          clock = new RedisClock(table.nowMillis(), sentNanos, true);
          writes.restart(Reply.number(Reply.list(reply).get(3)));
          epoch = table.epochName();
          return table.answer(self);
        });
  }

  @Override
  public void leave(NodeIdentity self) {
    writes.restart(0);
    changeLeases(RedisScript.LEAVE, self.nodeId(), self.incarnation());
  }

  @Override
  public void forget(String nodeId) {
    changeLeases(RedisScript.FORGET, nodeId);
  }

  private void changeLeases(RedisScript script, String... args) {
    List<String> arguments = List.of(args);
    link.call(
        session ->
            run(
                session,
                RedisCommand.script(script, List.of(keys.leases(), keys.writes()), arguments)));
  }

  private static Object run(RedisSession session, RedisCommand<Object> command) {
    session.run(List.of(command));
    return command.result();
  }

  @Override
  public List<RegisterAnswer> register(
      NodeIdentity self, List<Registration> batch, RegistrationLimit limit) {
    return batch.isEmpty()
        ? List.of()
        : link.call(session -> register(session, self, batch, limit));
  }

  private List<RegisterAnswer> register(
      RedisSession session, NodeIdentity self, List<Registration> batch, RegistrationLimit limit) {
    Map<Address, AddressBatch> byAddress = new LinkedHashMap<>();
    for (int i = 0; i < batch.size(); i++) {
      byAddress.computeIfAbsent(batch.get(i).address(), AddressBatch::new).add(i, batch.get(i));
    }
    List<AddressBatch> open = List.copyOf(byAddress.values());
    LeaseTable leases = send(session, self, open, limit, "", 0);
    open = open.stream().filter(AddressBatch::isOpen).toList();
    if (open.stream().anyMatch(AddressBatch::wasTooLate)) {
      // This call is waited for, so the clock of Redis jumped; now it is known.
      leases = send(session, self, open, limit, "", 0);
      open = open.stream().filter(AddressBatch::isOpen).toList();
    }
    if (!open.isEmpty()) {
      // These may be at their limit, unless some of what they have is not live.
      long readAt = leases.nowMillis();
      if (session.mode() == RedisMode.CLUSTER) {
        readAt -= CLUSTER_SKEW_MILLIS;
      }
      leases = send(session, self, open, limit, separated(leases.liveOwners()), readAt);
    }
    if (byAddress.values().stream().anyMatch(AddressBatch::isOpen)) {
      throw new RegistryException("the clock of Redis jumps", true, null);
    }
    RegisterAnswer[] answers = new RegisterAnswer[batch.size()];
    for (AddressBatch part : byAddress.values()) {
      part.answer(self, leases, answers);
    }
    sweep(session, byAddress.values(), leases);
    return Arrays.asList(answers);
  }

  private static String separated(Set<String> owners) {
    return owners.stream().collect(Collectors.joining(",", ",", ","));
  }

  /** Sends what is open of each part, and reads the leases in the same round trip. */
  private LeaseTable send(
      RedisSession session,
      NodeIdentity self,
      List<AddressBatch> open,
      RegistrationLimit limit,
      String liveOwners,
      long readAtMillis) {
    List<RedisCommand<?>> commands = new ArrayList<>();
    RedisCommand<Object> leases =
        RedisCommand.script(RedisScript.LEASES, keys.cluster(), List.of());
    commands.add(leases);
    List<RedisCommand<Object>> scripts = new ArrayList<>();
    // In a Cluster each server has a clock of its own, so there only the caller's wait ends it.
    long tooLateMillis =
        session.mode() == RedisMode.CLUSTER ? 0 : clock.millisAt(session.deadline().atNanos());
    List<List<AddressBatch>> groups = groups(session, open);
    for (List<AddressBatch> group : groups) {
      List<String> args = new ArrayList<>();
      args.add(StoredEntry.owner(self));
      args.add(keyLifeMillis);
      args.add(Long.toString(tooLateMillis));
      args.add(limit.policy() == RegistrationLimit.Policy.REJECT_NEW ? "reject" : "displace");
      args.add(liveOwners);
      args.add(Long.toString(readAtMillis));
      args.add(Long.toString(staleBeforeMillis()));
      group.forEach(part -> part.addOpen(limit, args));
      RedisCommand<Object> script =
          RedisCommand.script(
              RedisScript.REGISTER,
              group.stream().map(part -> keys.entries(part.address)).toList(),
              args);
      scripts.add(script);
      commands.add(script);
    }
    long sentNanos = time.nanoTime();
    runCounted(session, self, commands);
    LeaseTable table = new LeaseTable(leases.result());
    clock = new RedisClock(table.nowMillis(), sentNanos, true);
    for (int i = 0; i < groups.size(); i++) {
      List<Object> results = Reply.list(scripts.get(i).result());
      for (int j = 0; j < groups.get(i).size(); j++) {
        groups.get(i).get(j).take(results.get(j));
      }
    }
    return table;
  }

  /** In a Cluster the keys of one script are on one server. */
  private static <T> List<List<T>> groups(RedisSession session, List<T> all) {
    int size = session.mode() == RedisMode.CLUSTER ? 1 : ADDRESSES_PER_SCRIPT;
    List<List<T>> groups = new ArrayList<>();
    for (int from = 0; from < all.size(); from += size) {
      groups.add(all.subList(from, Math.min(all.size(), from + size)));
    }
    return groups;
  }

  /** Sends writes. In a Cluster each server fails over alone, so that one count says nothing. */
  private void runCounted(
      RedisSession session, NodeIdentity self, List<? extends RedisCommand<?>> commands) {
    if (session.mode() == RedisMode.CLUSTER) {
      session.run(commands);
      return;
    }
    long confirmedBefore = writes.confirmed();
    RedisCommand<Long> count = RedisCommand.increment(keys.writes(), self.nodeId());
    List<RedisCommand<?>> counted = new ArrayList<>(commands);
    counted.add(count);
    session.run(counted);
    writes.take(count.result(), confirmedBefore);
  }

  private long staleBeforeMillis() {
    return clock.isKnown() ? clock.millisAt(time.nanoTime()) - SWEEP_AGE.toMillis() : 0;
  }

  /** Removes entries of nodes that are long gone, where some were seen. */
  private void sweep(RedisSession session, Iterable<AddressBatch> parts, LeaseTable leases) {
    List<RedisCommand<Object>> sweeps = new ArrayList<>();
    for (AddressBatch part : parts) {
      List<String> gone =
          part.staleOwners().stream()
              .filter(owner -> !leases.isLive(owner) && !leases.livedWithin(owner, SWEEP_AGE))
              .toList();
      if (!gone.isEmpty()) {
        List<String> args = new ArrayList<>();
        args.add(Long.toString(leases.nowMillis() - SWEEP_AGE.toMillis()));
        args.addAll(gone);
        sweeps.add(
            RedisCommand.script(RedisScript.SWEEP, List.of(keys.entries(part.address)), args));
      }
    }
    session.run(sweeps);
  }

  @Override
  public void unregister(NodeIdentity self, List<Registration> batch) {
    if (batch.isEmpty()) {
      return;
    }
    Map<Address, List<String>> fields = new LinkedHashMap<>();
    for (Registration registration : batch) {
      fields
          .computeIfAbsent(registration.address(), address -> new ArrayList<>())
          .add(StoredEntry.field(self, registration.entry()));
    }
    link.call(
        session -> {
          List<RedisCommand<?>> commands = new ArrayList<>();
          groups(session, List.copyOf(fields.keySet()))
              .forEach(group -> commands.add(removal(group, fields)));
          runCounted(session, self, commands);
          return commands.size();
        });
  }

  private RedisCommand<Object> removal(List<Address> group, Map<Address, List<String>> fields) {
    List<String> args = new ArrayList<>();
    for (Address address : group) {
      List<String> owned = Objects.requireNonNull(fields.get(address));
      args.add(Integer.toString(owned.size()));
      args.addAll(owned);
    }
    return RedisCommand.script(
        RedisScript.UNREGISTER, group.stream().map(keys::entries).toList(), args);
  }

  @Override
  public List<Location> locate(List<Address> addresses) {
    return addresses.isEmpty() ? List.of() : link.call(session -> locate(session, addresses));
  }

  private List<Location> locate(RedisSession session, List<Address> addresses) {
    List<RedisCommand<Set<String>>> questions =
        addresses.stream().map(address -> RedisCommand.fields(keys.entries(address))).toList();
    LeaseTable leases = withLeases(session, questions);
    boolean trustworthy = leases.isTrustworthy(grace);
    List<Location> locations = new ArrayList<>(addresses.size());
    for (int i = 0; i < addresses.size(); i++) {
      Set<String> nodes = new HashSet<>();
      for (String field : questions.get(i).result()) {
        String owner = StoredEntry.ownerOf(field);
        if (leases.isLive(owner)) {
          nodes.add(StoredEntry.nodeOf(owner));
        }
      }
      locations.add(Location.at(nodes).believed(addresses.get(i), trustworthy));
    }
    return locations;
  }

  @Override
  public List<List<RegistryEntry>> entries(List<Address> addresses) {
    return addresses.isEmpty() ? List.of() : link.call(session -> entries(session, addresses));
  }

  private List<List<RegistryEntry>> entries(RedisSession session, List<Address> addresses) {
    List<RedisCommand<Map<String, String>>> questions =
        addresses.stream()
            .map(address -> RedisCommand.fieldsAndValues(keys.entries(address)))
            .toList();
    LeaseTable leases = withLeases(session, questions);
    List<List<RegistryEntry>> answers = new ArrayList<>(addresses.size());
    for (int i = 0; i < addresses.size(); i++) {
      Address address = addresses.get(i);
      answers.add(
          questions.get(i).result().entrySet().stream()
              .filter(entry -> leases.isLive(StoredEntry.ownerOf(entry.getKey())))
              .map(entry -> StoredEntry.read(address, entry.getKey(), entry.getValue()))
              .toList());
    }
    return answers;
  }

  /** Sends questions, and reads in the same round trip which owners are live. */
  private LeaseTable withLeases(RedisSession session, List<? extends RedisCommand<?>> questions) {
    RedisCommand<Object> leases =
        RedisCommand.script(RedisScript.LEASES, keys.cluster(), List.of());
    List<RedisCommand<?>> commands = new ArrayList<>();
    commands.add(leases);
    commands.addAll(questions);
    session.run(commands);
    return new LeaseTable(leases.result());
  }

  @Override
  public void close() {
    link.close();
  }

  /** What of a batch concerns one address, which is one script's work, and how far it got. */
  private static final class AddressBatch {
    private final Address address;
    private final List<Integer> positions = new ArrayList<>();
    private final List<Registration> registrations = new ArrayList<>();
    private final List<Boolean> accepted = new ArrayList<>();

    /** By position among the registrations here, what gave way to it. */
    private final Map<Integer, List<RegistryEntry>> displaced = new LinkedHashMap<>();

    private List<String> owners = List.of();
    private List<String> staleOwners = List.of();
    private boolean tooLate;

    AddressBatch(Address address) {
      this.address = address;
    }

    void add(int position, Registration registration) {
      positions.add(position);
      registrations.add(registration);
    }

    boolean isOpen() {
      return accepted.size() < registrations.size();
    }

    boolean wasTooLate() {
      return tooLate;
    }

    List<String> staleOwners() {
      return staleOwners;
    }

    void addOpen(RegistrationLimit limit, List<String> args) {
      boolean limited =
          address.kind() == Address.Kind.USER && limit.maxEntries() != Integer.MAX_VALUE;
      List<Registration> open = registrations.subList(accepted.size(), registrations.size());
      args.add(Integer.toString(limited ? limit.maxEntries() : 0));
      args.add(Integer.toString(open.size()));
      for (Registration registration : open) {
        args.add(registration.entry());
        args.add(Long.toString(registration.sinceMillis()));
        args.add(registration.metadata());
      }
    }

    /** Reads what {@code register.lua} returns. */
    void take(Object reply) {
      List<Object> parts = Reply.list(reply);
      List<Object> answers = Reply.list(parts.get(0));
      tooLate = !answers.isEmpty() && Reply.number(answers.get(0)) == TOO_LATE;
      if (tooLate) {
        return;
      }
      int offset = accepted.size();
      answers.forEach(answer -> accepted.add(Reply.number(answer) == ACCEPTED));
      List<Object> gaveWay = Reply.list(parts.get(1));
      for (int i = 0; i < gaveWay.size(); i += 3) {
        int position = offset + (int) Reply.number(gaveWay.get(i));
        displaced
            .computeIfAbsent(position, p -> new ArrayList<>())
            .add(
                StoredEntry.read(
                    address, Reply.text(gaveWay.get(i + 1)), Reply.text(gaveWay.get(i + 2))));
      }
      owners = Reply.texts(parts.get(2));
      staleOwners = Reply.texts(parts.get(3));
    }

    void answer(NodeIdentity self, LeaseTable leases, RegisterAnswer[] answers) {
      Set<String> otherNodes =
          owners.stream()
              .filter(leases::isLive)
              .map(StoredEntry::nodeOf)
              .filter(node -> !node.equals(self.nodeId()))
              .collect(Collectors.toUnmodifiableSet());
      for (int i = 0; i < registrations.size(); i++) {
        answers[positions.get(i)] =
            new RegisterAnswer(accepted.get(i), otherNodes, displaced.getOrDefault(i, List.of()));
      }
    }
  }

  /**
   * The clock of Redis at one moment of ours.
   *
   * @param millis its time
   * @param atNanos ours, when it was asked
   * @param isKnown whether it was asked at all
   */
  private record RedisClock(long millis, long atNanos, boolean isKnown) {
    static final RedisClock UNKNOWN = new RedisClock(0, 0, false);

    /** Its time at a moment of ours, 0 if not known. */
    long millisAt(long nanos) {
      return isKnown ? millis + (nanos - atNanos) / 1_000_000 : 0;
    }
  }
}
