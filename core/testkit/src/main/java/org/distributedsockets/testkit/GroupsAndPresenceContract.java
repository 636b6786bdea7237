package org.distributedsockets.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.distributedsockets.Address;
import org.distributedsockets.Admission;
import org.distributedsockets.Authenticator;
import org.distributedsockets.Census;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Connection;
import org.distributedsockets.ConnectionInfo;
import org.distributedsockets.ConnectionLimitPolicy;
import org.distributedsockets.ConnectionListener;
import org.distributedsockets.Handshake;
import org.distributedsockets.Members;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.PresenceListener;
import org.distributedsockets.PresenceWatch;
import org.distributedsockets.Reply;
import org.distributedsockets.Reply.Status;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.SocketNodeBuilder;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Groups, presence, control and requests as an application meets them: two nodes that hold clients
 * and one that holds none, in one process. Inherit it, and give them a registry and a bus of yours.
 */
@Timeout(120)
public abstract class GroupsAndPresenceContract {
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final String cluster = Names.unique("groups");
  private final List<SocketNode> nodes = new ArrayList<>();
  private final List<String> listened = new CopyOnWriteArrayList<>();
  private SocketNode n1;
  private SocketNode n2;
  private SocketNode sender;

  /** A client that keeps what it gets. */
  private static final class Channel implements WebSocketChannel {
    final List<String> texts = new CopyOnWriteArrayList<>();
    volatile int closeCode;

    @Override
    public void send(String text, Consumer<@Nullable Throwable> done) {
      texts.add(text);
      done.accept(null);
    }

    @Override
    public void ping() {}

    @Override
    public void close(int code, String reason) {
      closeCode = code;
    }

    @Override
    public boolean isOpen() {
      return closeCode == 0;
    }
  }

  /**
   * Chooses what joins the nodes of a test.
   *
   * @param node the builder of one of them; to be given the registry and the bus under test
   * @param settings its settings, to be added to
   * @param cluster a name that no other test has
   */
  protected abstract void join(SocketNodeBuilder node, Settings.Builder settings, String cluster);

  @BeforeEach
  final void start() {
    n1 = node("n1", builder -> builder);
    n2 = node("n2", builder -> builder);
    sender = node("sender", SocketNodeBuilder::withoutConnections);
  }

  private SocketNode node(String name, UnaryOperator<SocketNodeBuilder> change) {
    return node(name, change, settings -> {});
  }

  private SocketNode node(
      String name, UnaryOperator<SocketNodeBuilder> change, Consumer<Settings.Builder> more) {
    Settings.Builder settings =
        Settings.builder()
            .set(NodeSettings.LEASE, Duration.ofSeconds(2))
            .set(NodeSettings.LEASE_RENEWAL, Duration.ofMillis(500))
            .set(NodeSettings.PRESENCE_INTERVAL, Duration.ofMillis(200))
            .set(NodeSettings.PRESENCE_GRACE, GRACE);
    more.accept(settings);
    SocketNodeBuilder builder =
        SocketNode.builder()
            .nodeId(name + "-" + cluster)
            .authenticator(handshake -> Authenticator.accept(handshake.query("u").get(0)))
            .errorListener((what, cause) -> {})
            .requestListener(
                (connection, request) ->
                    CompletableFuture.completedFuture(
                        "[\"" + connection.user() + "\"," + request.payload() + "]"))
            .connectionListener(new Listener());
    join(builder, settings, cluster);
    SocketNode node = change.apply(builder.settings(settings.build())).build();
    nodes.add(node);
    node.start();
    return node;
  }

  private final class Listener implements ConnectionListener {
    @Override
    public void onConnected(Connection connection) {
      listened.add(connection.user() + " connected");
    }

    @Override
    public void onDisconnected(Connection connection, int code) {
      listened.add(connection.user() + " disconnected");
    }

    @Override
    public void onJoined(Connection connection, String group) {
      listened.add(connection.user() + " joined " + group);
    }

    @Override
    public void onLeft(Connection connection, String group) {
      listened.add(connection.user() + " left " + group);
    }
  }

  @AfterEach
  final void close() {
    nodes.forEach(SocketNode::close);
  }

  private static <T> T get(CompletionStage<T> stage) {
    return Eventually.result("an answer", stage);
  }

  private void awaitOnline(String user, int connections) {
    Eventually.holds(
        user + " to have " + connections,
        () -> get(sender.connections(user)).size() == connections);
  }

  // ---- groups

  @Test
  void listsAndCountsTheMembersOfAGroupFromAnyNode() {
    Connection alice = n1.attach(new Channel(), "alice", Map.of("device", "phone")).connection();
    Connection bob = n2.attach(new Channel(), "bob", Map.of()).connection();
    Connection bob2 = n2.attach(new Channel(), "bob", Map.of()).connection();
    for (Connection connection : List.of(alice, bob, bob2)) {
      get(connection.join("room"));
    }
    Members members = get(sender.members("room"));
    assertEquals(Set.of(), members.silentNodes());
    Map<String, ConnectionInfo> byId =
        members.connections().stream().collect(Collectors.toMap(ConnectionInfo::id, info -> info));
    assertEquals(Set.of(alice.id(), bob.id(), bob2.id()), byId.keySet());
    assertEquals(
        new ConnectionInfo(alice.id(), "alice", n1.id(), alice.since(), Map.of("device", "phone")),
        byId.get(alice.id()));
    Census count = get(sender.count(Address.group("room")));
    assertEquals(
        Map.of(n1.id(), new Census.Count(1, 1), n2.id(), new Census.Count(2, 1)), count.nodes());
    assertEquals(3, count.connections());
    get(bob.leave("room"));
    get(alice.leave("room"));
    assertEquals(
        Map.of(n2.id(), new Census.Count(1, 1)), get(sender.count(Address.group("room"))).nodes());
    assertEquals(new Census(Map.of(), Set.of()), get(n1.count(Address.group("nothing"))));
  }

  @Test
  void countsAllConnectionsNodeByNode() {
    n1.attach(new Channel(), "alice", Map.of());
    n1.attach(new Channel(), "alice", Map.of());
    n2.attach(new Channel(), "alice", Map.of());
    Eventually.holds(
        "all members are known", () -> get(n1.count(Address.everyone())).nodes().size() == 3);
    assertEquals(
        Map.of(
            n1.id(), new Census.Count(2, 1),
            n2.id(), new Census.Count(1, 1),
            sender.id(), new Census.Count(0, 0)),
        get(n1.count(Address.everyone())).nodes());
  }

  @Test
  void namesNodesThatAreSilent() {
    get(n2.attach(new Channel(), "bob", Map.of()).connection().join("room"));
    n2.close();
    Census count = get(n1.count(Address.group("room")));
    // Either its lease ran out already, or it is missing by name.
    assertEquals(Map.of(), count.nodes());
    assertTrue(Set.of(Set.of(), Set.of(n2.id())).contains(count.silentNodes()));
  }

  @Test
  void tellsOfJoinsAndLeavesInTheirOrder() {
    ClientSession session = n1.attach(new Channel(), "alice", Map.of());
    get(session.connection().join("a"));
    get(session.connection().join("a"));
    get(session.connection().join("b"));
    get(session.connection().leave("a"));
    session.closed(1001);
    Eventually.holds("the end is told", () -> listened.contains("alice disconnected"));
    assertEquals(
        List.of(
            "alice connected",
            "alice joined a",
            "alice joined b",
            "alice left a",
            "alice left b",
            "alice disconnected"),
        listened);
  }

  @Test
  void aJoinHoldsFromItsReceiptOnAndALeaveToo() {
    Channel channel = new Channel();
    Connection alice = n1.attach(channel, "alice", Map.of()).connection();
    for (int round = 0; round < 50; round++) {
      get(alice.join("room"));
      assertEquals(Outcome.delivered(1), get(n2.send(Address.group("room"), "" + round)));
      get(alice.leave("room"));
      assertEquals(Outcome.offline(), get(n2.send(Address.group("room"), "\"late\"")));
    }
    assertEquals(
        IntStream.range(0, 50).mapToObj(i -> "{\"group\":\"room\",\"body\":" + i + "}").toList(),
        channel.texts);
  }

  // ---- presence

  @Test
  void tellsWhoOfManyIsOnlineInOneCall() {
    n1.attach(new Channel(), "u1", Map.of());
    n2.attach(new Channel(), "u500", Map.of());
    awaitOnline("u1", 1);
    awaitOnline("u500", 1);
    List<String> users = IntStream.range(0, 1_000).mapToObj(i -> "u" + i).toList();
    assertEquals(Set.of("u1", "u500"), get(sender.online(users)));
    assertEquals(Set.of(), get(sender.online(List.of())));
    assertThrows(IllegalArgumentException.class, () -> sender.online(List.of("")));
  }

  @Test
  void tellsOfAThousandWhoAreOnline() {
    List<String> users = IntStream.range(0, 1_000).mapToObj(i -> "u" + i).toList();
    List<ClientSession> sessions = new ArrayList<>();
    for (int i = 0; i < users.size(); i++) {
      sessions.add((i % 2 == 0 ? n1 : n2).attach(new Channel(), users.get(i), Map.of()));
    }
    Set<String> expected = new HashSet<>(users);
    Eventually.holds("all online", () -> get(sender.online(users)).equals(expected));
    sessions.get(7).closed(1001);
    expected.remove("u7");
    Eventually.holds("one gone", () -> get(sender.online(users)).equals(expected));
    assertEquals(expected, get(n1.online(users)));
  }

  @Test
  void watchesUsersThroughReloadsAndACrash() {
    Map<String, Boolean> known = new ConcurrentHashMap<>();
    List<String> told = new CopyOnWriteArrayList<>();
    PresenceListener listener =
        online -> {
          // In this order: whoever waits for what is known may then look at what was told.
          told.add(new TreeMap<>(online).toString());
          known.putAll(online);
        };
    PresenceWatch watch = sender.watch(List.of("alice", "bob"), listener);
    Eventually.holds("both are told of", () -> known.size() == 2);
    assertEquals(Map.of("alice", false, "bob", false), known);
    ClientSession alice = n1.attach(new Channel(), "alice", Map.of());
    n2.attach(new Channel(), "bob", Map.of());
    Eventually.holds("both are online", () -> known.equals(Map.of("alice", true, "bob", true)));
    told.clear();
    // A reload, on another node.
    alice.closed(1001);
    alice = n2.attach(new Channel(), "alice", Map.of());
    awaitOnline("alice", 1);
    alice.closed(1001);
    Eventually.holds("alice is offline", () -> known.equals(Map.of("alice", false, "bob", true)));
    assertEquals(List.of("{alice=false}"), told);
    // As a crash: nothing is unregistered, only the lease ends.
    n2.close();
    Eventually.holds("bob is offline", () -> known.equals(Map.of("alice", false, "bob", false)));
    watch.close();
  }

  @Test
  void watchesAGroup() {
    Map<String, Boolean> known = new ConcurrentHashMap<>();
    get(n1.attach(new Channel(), "alice", Map.of()).connection().join("room"));
    Connection bob = n2.attach(new Channel(), "bob", Map.of()).connection();
    get(bob.join("room"));
    PresenceWatch watch = sender.watchGroup("room", known::putAll);
    Eventually.holds("both are in", () -> known.equals(Map.of("alice", true, "bob", true)));
    get(bob.leave("room"));
    Eventually.holds("bob is out", () -> known.equals(Map.of("alice", true, "bob", false)));
    get(bob.join("room"));
    Eventually.holds("bob is back", () -> known.equals(Map.of("alice", true, "bob", true)));
    watch.close();
    assertThrows(
        IllegalArgumentException.class, () -> sender.watch(Set.of(), online -> known.clear()));
  }

  @Test
  void watchesAGroupThroughACrash() {
    Map<String, Boolean> known = new ConcurrentHashMap<>();
    get(n1.attach(new Channel(), "alice", Map.of()).connection().join("room"));
    get(n2.attach(new Channel(), "alice", Map.of()).connection().join("room"));
    get(n2.attach(new Channel(), "bob", Map.of()).connection().join("room"));
    sender.watchGroup("room", known::putAll);
    Eventually.holds("both are in", () -> known.equals(Map.of("alice", true, "bob", true)));
    // As a crash: nothing is unregistered, only the lease ends.
    n2.close();
    Eventually.holds("bob is out", () -> known.equals(Map.of("alice", true, "bob", false)));
    assertEquals(
        Map.of(n1.id(), new Census.Count(1, 1)), get(sender.count(Address.group("room"))).nodes());
  }

  // ---- control

  @Test
  void disconnectsOneConnectionAnywhere() {
    Channel one = new Channel();
    Channel two = new Channel();
    n1.attach(one, "bob", Map.of());
    Connection second = n2.attach(two, "bob", Map.of()).connection();
    awaitOnline("bob", 2);
    Eventually.holds(
        "it is closed",
        () ->
            get(sender.disconnectConnection(second.id(), CloseCode.DISCONNECTED, "go"))
                .equals(Outcome.delivered(1)));
    Eventually.holds("closed", () -> two.closeCode == CloseCode.DISCONNECTED);
    assertEquals(0, one.closeCode);
    awaitOnline("bob", 1);
    assertEquals(
        Outcome.offline(),
        get(sender.disconnectConnection(second.id(), CloseCode.DISCONNECTED, "go")));
  }

  @Test
  void neverLetsMoreInThanTheLimit() {
    hundredAtOnce(ConnectionLimitPolicy.REJECT_NEW, 5);
  }

  @Test
  void closesTheOldestBeyondTheLimit() {
    hundredAtOnce(ConnectionLimitPolicy.CLOSE_OLDEST, 5);
  }

  @Test
  void theLastOneWins() {
    hundredAtOnce(ConnectionLimitPolicy.CLOSE_OLDEST, 1);
  }

  /** A hundred handshakes of one user at three nodes at the same moment. */
  private void hundredAtOnce(ConnectionLimitPolicy policy, int most) {
    List<SocketNode> limited = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      limited.add(
          node(
              "limited" + i,
              builder -> builder,
              settings ->
                  settings
                      .set(NodeSettings.MAX_CONNECTIONS_PER_USER, most)
                      .set(NodeSettings.CONNECTION_LIMIT_POLICY, policy)
                      .set(NodeSettings.REGISTRATION_WAIT, Duration.ofSeconds(10))));
    }
    List<Channel> open = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger refused = new AtomicInteger();
    List<CompletableFuture<Void>> handshakes = new ArrayList<>();
    java.util.concurrent.ExecutorService threads =
        java.util.concurrent.Executors.newFixedThreadPool(30);
    try {
      for (int i = 0; i < 100; i++) {
        SocketNode node = limited.get(i % 3);
        handshakes.add(
            CompletableFuture.runAsync(
                () -> {
                  Handshake handshake =
                      new Handshake(
                          "http://a", "/ws", Map.of("u", List.of("bob")), Map.of(), "127.0.0.1");
                  if (node.admit(handshake) instanceof Admission.Admitted admitted) {
                    Channel channel = new Channel();
                    open.add(channel);
                    admitted.session().opened(channel);
                  } else {
                    refused.incrementAndGet();
                  }
                },
                threads));
      }
      int mostSeen = 0;
      CompletableFuture<Void> all =
          CompletableFuture.allOf(handshakes.toArray(new CompletableFuture<?>[0]));
      while (!all.isDone()) {
        mostSeen = Math.max(mostSeen, get(sender.connections("bob")).size());
      }
      all.join();
      assertTrue(mostSeen <= most, "registered at one time: " + mostSeen);
    } finally {
      threads.shutdown();
    }
    Eventually.holds(
        "as many are open as may be",
        () -> open.stream().filter(channel -> channel.closeCode == 0).count() == most);
    assertEquals(most, get(sender.connections("bob")).size());
    if (policy == ConnectionLimitPolicy.REJECT_NEW) {
      assertEquals(most, open.size());
    } else {
      assertEquals(100, open.size() + refused.get(), "refused is who is older than who is in");
      assertTrue(
          open.stream().allMatch(c -> c.closeCode == 0 || c.closeCode == CloseCode.REPLACED));
    }
  }

  // ---- requests

  @Test
  void asksAUserAnywhere() {
    n2.attach(new Channel(), "bob", Map.of());
    awaitOnline("bob", 1);
    assertEquals(
        Reply.answered("[\"bob\",{\"q\":1}]"),
        get(sender.request("bob", "{\"q\":1}", Duration.ofSeconds(10))));
    assertEquals(
        Reply.failed(Status.OFFLINE, null),
        get(sender.request("nobody", "1", Duration.ofSeconds(10))));
    assertThrows(
        IllegalArgumentException.class, () -> sender.request("bob", "{", Duration.ofSeconds(1)));
    assertThrows(
        IllegalArgumentException.class, () -> sender.request("bob", "1", Duration.ofDays(2)));
  }

  @Test
  void asksAllConnectionsOfAUserWhereverTheyAre() {
    n1.attach(new Channel(), "bob", Map.of());
    ClientSession second = n2.attach(new Channel(), "bob", Map.of());
    awaitOnline("bob", 2);
    for (SocketNode node : List.of(n1, n2, sender)) {
      assertEquals(
          Reply.answered("[\"bob\",2]"), get(node.request("bob", "2", Duration.ofSeconds(10))));
    }
    second.closed(1001);
    n1.close();
    Eventually.holds(
        "nobody left to ask",
        () ->
            get(sender.request("bob", "3", Duration.ofSeconds(1)))
                .equals(Reply.failed(Status.OFFLINE, null)));
  }

  @Test
  void asksAClientOfTheSubprotocol() {
    Handshake handshake =
        new Handshake(
            "http://a",
            "/ws",
            Map.of("u", List.of("bob")),
            Map.of("Sec-WebSocket-Protocol", List.of("other, distributed-sockets.v1")),
            "127.0.0.1");
    Channel channel = new Channel();
    Admission.Admitted admitted = (Admission.Admitted) n2.admit(handshake);
    assertEquals("distributed-sockets.v1", admitted.subprotocol());
    ClientSession session = admitted.session();
    session.opened(channel);
    assertTrue(channel.texts.get(0).startsWith("{\"hello\":\"distributed-sockets.v1\""));
    awaitOnline("bob", 1);
    CompletionStage<Reply> reply = n1.request("bob", "[1]", Duration.ofSeconds(10));
    Eventually.holds("the request arrives", () -> channel.texts.size() == 2);
    String name = channel.texts.get(1).replaceFirst("^\\{\"request\":\"([^\"]+)\".*$", "$1");
    session.text("{\"reply\":\"" + name + "\",\"body\":{\"a\":2}}", true);
    assertEquals(Reply.answered("{\"a\":2}"), get(reply));
    CompletionStage<Reply> refused = n1.request("bob", "[2]", Duration.ofSeconds(10));
    Eventually.holds("the request arrives", () -> channel.texts.size() == 3);
    name = channel.texts.get(2).replaceFirst("^\\{\"request\":\"([^\"]+)\".*$", "$1");
    session.text("{\"refuse\":\"" + name + "\"}", true);
    assertEquals(Reply.failed(Status.REFUSED, null), get(refused));
    assertEquals(
        Reply.failed(Status.TIMED_OUT, null),
        get(n1.request("bob", "[3]", Duration.ofMillis(200))));
  }

  // ---- a sender

  @Test
  void aSenderHoldsNoConnections() {
    assertThrows(IllegalStateException.class, () -> sender.attach(new Channel(), "bob", Map.of()));
    Admission admission =
        sender.admit(new Handshake("http://a", "/ws", Map.of(), Map.of(), "127.0.0.1"));
    assertEquals(new Admission.Refused(503, "takes no connections", 0), admission);
    Channel channel = new Channel();
    n1.attach(channel, "bob", Map.of());
    awaitOnline("bob", 1);
    assertEquals(Outcome.delivered(1), get(sender.send(Address.user("bob"), "1")));
    assertEquals(Outcome.delivered(1), get(sender.disconnect("bob", CloseCode.DISCONNECTED, "go")));
    Eventually.holds("closed", () -> !channel.isOpen());
    // Closing comes before the registry knows.
    awaitOnline("bob", 0);
    assertFalse(get(sender.isOnline("bob")));
  }
}
