package org.distributedsockets.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A random schedule of joins, leaves, messages, reconnects, crashes and restarts over the nodes of
 * a cluster, and what must be true of it: from the receipt of a join on each message to the group
 * arrives, after the receipt of a leave none does, and who watches the group is told the truth
 * within {@link Eventually#BOUND}, which is a grace of 10 s and 20 s more. The clients speak the
 * subprotocol. One seed gives one schedule, though not one timing. For one thread.
 */
public final class GroupSchedule {
  private static final String[] GROUPS = {"red", "blue"};
  private static final int CLIENTS = 9;
  private static final Pattern RECEIPT =
      Pattern.compile("\\{\"receipt\":\"([a-z]+)(\\d+)\",\"status\":\"([a-z]+)\".*");
  private static final Pattern MESSAGE =
      Pattern.compile("\\{\"from\":\"[^\"]*\",\"group\":\"([^\"]*)\",\"body\":(\\d+)\\}");
  private static final Pattern PRESENCE =
      Pattern.compile(
          "\\{\"presence\":\\{\"group\":\"([^\"]*)\",\"online\":\\[(.*)],\"offline\":\\[(.*)]}}");
  private static final Pattern NAME = Pattern.compile("\"([^\"]*)\"");

  /** What the schedule is played on. */
  public interface Cluster {
    /**
     * Connects a client of the subprotocol.
     *
     * @param node the number of a node that runs, from 0
     * @param user who it is
     * @param frames told of each frame, one at a time
     * @return the way to the server
     * @throws Exception if the node refuses
     */
    Socket connect(int node, String user, Consumer<String> frames) throws Exception;

    /**
     * Ends a node without a word, and with it its clients.
     *
     * @param node its number
     * @throws Exception if it does not end
     */
    void kill(int node) throws Exception;

    /**
     * Starts a node that was killed, and waits until it is ready.
     *
     * @param node its number
     * @throws Exception if it does not start
     */
    void start(int node) throws Exception;
  }

  /** A client's way to its server. */
  public interface Socket extends AutoCloseable {
    /**
     * Sends a text frame.
     *
     * @param frame the text
     */
    void send(String frame);

    @Override
    void close();
  }

  /** One message to a group. */
  private static final class Sent {
    final int number;
    final String group;
    final Client from;
    final int node;

    /** Who were members when it left, by their receipts. */
    final Set<Client> due;

    /** Whether its node said that it was taken. */
    volatile boolean delivered;

    volatile boolean answered;

    /** Nobody can say any more what became of it. */
    volatile boolean lost;

    Sent(int number, String group, Client from, Set<Client> due) {
      this.number = number;
      this.group = group;
      this.from = from;
      this.node = from.node;
      this.due = due;
    }
  }

  /** One connection of one user. */
  private static final class Client {
    final String user;
    final int node;
    final Map<String, String> memberships = new ConcurrentHashMap<>();
    final Map<Integer, String> answers = new ConcurrentHashMap<>();
    final Map<Integer, Sent> sends = new ConcurrentHashMap<>();
    final Set<Integer> got = ConcurrentHashMap.newKeySet();
    final Map<String, Set<String>> online = new ConcurrentHashMap<>();
    final List<String> faults = new CopyOnWriteArrayList<>();
    private @Nullable Socket socket;

    Client(String user, int node) {
      this.user = user;
      this.node = node;
    }

    void connect(Cluster cluster) throws Exception {
      socket = cluster.connect(node, user, this::frame);
    }

    void send(String frame) {
      Objects.requireNonNull(socket).send(frame);
    }

    void close() {
      Objects.requireNonNull(socket).close();
    }

    Set<String> online(String group) {
      return online.getOrDefault(group, Set.of());
    }

    boolean isMember(String group) {
      return "joined".equals(memberships.get(group));
    }

    void frame(String frame) {
      Matcher receipt = RECEIPT.matcher(frame);
      Matcher message = MESSAGE.matcher(frame);
      Matcher presence = PRESENCE.matcher(frame);
      if (receipt.matches()) {
        int number = Integer.parseInt(receipt.group(2));
        Sent sent = receipt.group(1).equals("m") ? sends.get(number) : null;
        if (sent != null) {
          sent.delivered = receipt.group(3).equals("delivered");
          sent.answered = true;
        } else {
          answers.put(number, receipt.group(3));
        }
      } else if (message.matches()) {
        got.add(Integer.parseInt(message.group(2)));
        if ("left".equals(memberships.get(message.group(1)))) {
          faults.add(user + " got " + frame + " after the receipt of its leave");
        }
      } else if (presence.matches()) {
        Set<String> users =
            online.computeIfAbsent(presence.group(1), group -> ConcurrentHashMap.newKeySet());
        NAME.matcher(presence.group(2)).results().forEach(name -> users.add(name.group(1)));
        NAME.matcher(presence.group(3)).results().forEach(name -> users.remove(name.group(1)));
      } else if (!frame.startsWith("{\"hello\"")) {
        faults.add(user + " got " + frame);
      }
    }
  }

  private final Cluster cluster;
  private final Random random;
  private final boolean[] runs;
  private final List<Client> clients = new ArrayList<>();
  private final ConcurrentLinkedQueue<Sent> underWay = new ConcurrentLinkedQueue<>();
  private final AtomicInteger lastNumber = new AtomicInteger();
  private final List<Client> gone = new ArrayList<>();
  private int users;
  private int messages;
  private int kills;
  private int memberships;

  private GroupSchedule(Cluster cluster, int nodes, long seed) {
    this.cluster = cluster;
    this.random = new Random(seed);
    this.runs = new boolean[nodes];
    Arrays.fill(runs, true);
  }

  /**
   * Plays a schedule and checks it.
   *
   * @param cluster what it is played on; all nodes run
   * @param nodes how many these are
   * @param seed chooses the schedule
   * @param steps how long it is
   * @param mostKills how often a node may be killed; some time later it is started again
   * @return what happened, in one line
   * @throws Exception if the cluster does not do what it is told
   * @throws AssertionError if a rule is broken; names the seed
   */
  public static String play(Cluster cluster, int nodes, long seed, int steps, int mostKills)
      throws Exception {
    GroupSchedule schedule = new GroupSchedule(cluster, nodes, seed);
    try {
      for (int step = 0; step < steps; step++) {
        boolean kill =
            schedule.kills < mostKills && step > (schedule.kills + 1) * steps / (mostKills + 2);
        schedule.step(kill);
      }
      schedule.settle();
      schedule.presenceIsTrue();
    } catch (AssertionError e) {
      throw new AssertionError("SEED=" + seed + " " + e.getMessage(), e);
    } finally {
      schedule.clients.forEach(Client::close);
    }
    return String.format(
        "seed %d: %d messages, %d joins and leaves, %d clients, %d kills",
        seed, schedule.messages, schedule.memberships, schedule.users, schedule.kills);
  }

  private void step(boolean kill) throws Exception {
    noFaults();
    if (kill) {
      killAndStart();
    } else if (clients.size() < CLIENTS) {
      connect();
    } else {
      Client client = clients.get(random.nextInt(clients.size()));
      String group = GROUPS[random.nextInt(GROUPS.length)];
      int choice = random.nextInt(20);
      if (choice == 0) {
        disconnect(client);
      } else if (choice < 4 && client.isMember(group)) {
        leave(client, group);
      } else if (client.isMember(group)) {
        send(client, group);
      } else {
        join(client, group);
      }
    }
  }

  private void connect() throws Exception {
    List<Integer> running = new ArrayList<>();
    for (int node = 0; node < runs.length; node++) {
      if (runs[node]) {
        running.add(node);
      }
    }
    Client client = new Client("member" + users++, running.get(random.nextInt(running.size())));
    client.connect(cluster);
    clients.add(client);
  }

  private void disconnect(Client client) {
    arrived(client);
    clients.remove(client);
    gone.add(client);
    client.close();
  }

  private void join(Client client, String group) {
    memberships++;
    client.memberships.put(group, "joining");
    ask(client, "join", group);
    client.memberships.put(group, "joined");
    client.online.put(group, ConcurrentHashMap.newKeySet());
    client.send("{\"watch_group\":\"" + group + "\"}");
  }

  private void leave(Client client, String group) {
    memberships++;
    // What it has to get must be there first: from the leave on it need not come.
    arrived(client);
    client.memberships.put(group, "leaving");
    ask(client, "leave", group);
    client.memberships.put(group, "left");
    client.online.remove(group);
  }

  private void ask(Client client, String verb, String group) {
    int number = lastNumber.incrementAndGet();
    client.send("{\"" + verb + "\":\"" + group + "\",\"id\":\"q" + number + "\"}");
    Eventually.holds(
        client.user + " to be answered its " + verb, () -> client.answers.containsKey(number));
    if (!"ok".equals(client.answers.get(number))) {
      throw new AssertionError(client.user + ": " + verb + " " + client.answers.get(number));
    }
  }

  private void send(Client client, String group) {
    messages++;
    Set<Client> due = new HashSet<>(clients);
    due.removeIf(other -> other == client || !other.isMember(group));
    Sent sent = new Sent(lastNumber.incrementAndGet(), group, client, due);
    underWay.add(sent);
    client.sends.put(sent.number, sent);
    client.send(
        "{\"group\":\""
            + group
            + "\",\"body\":"
            + sent.number
            + ",\"id\":\"m"
            + sent.number
            + "\"}");
  }

  private void killAndStart() throws Exception {
    kills++;
    int node = random.nextInt(runs.length);
    runs[node] = false;
    // What its clients sent may have died with it, and what its clients have to get, too.
    underWay.stream().filter(sent -> sent.node == node).forEach(sent -> sent.lost = true);
    List<Client> lost = clients.stream().filter(client -> client.node == node).toList();
    clients.removeAll(lost);
    gone.addAll(lost);
    underWay.forEach(sent -> sent.due.removeAll(lost));
    cluster.kill(node);
    for (int i = 0; i < 30; i++) {
      step(false);
    }
    settle();
    presenceIsTrue();
    cluster.start(node);
    runs[node] = true;
  }

  /** Waits until one client has all that it must get. */
  private void arrived(Client client) {
    for (Sent sent : underWay) {
      if (sent.due.contains(client)) {
        Eventually.holds(
            () -> missing(client, sent),
            () ->
                sent.lost
                    || (sent.answered && !sent.delivered)
                    || client.got.contains(sent.number));
        sent.due.remove(client);
      }
    }
  }

  private static String missing(Client client, Sent sent) {
    return String.format(
        "%s on node %d to get %d, sent to %s by %s on node %d, %s",
        client.user,
        client.node,
        sent.number,
        sent.group,
        sent.from.user,
        sent.node,
        sent.answered ? "delivered" : "unanswered");
  }

  /** Waits until all have all that they must get. */
  private void settle() {
    clients.forEach(this::arrived);
    underWay.removeIf(sent -> sent.due.isEmpty() && (sent.lost || sent.answered));
    noFaults();
  }

  /** Waits until every member that watches a group sees exactly those who are in it. */
  private void presenceIsTrue() {
    for (String group : GROUPS) {
      Set<String> truth = new TreeSet<>();
      clients.stream().filter(c -> c.isMember(group)).forEach(c -> truth.add(c.user));
      for (Client client : clients) {
        if (client.isMember(group)) {
          Eventually.holds(
              () ->
                  String.format(
                      "%s on node %d to see %s in %s, not %s",
                      client.user, client.node, truth, group, new TreeSet<>(client.online(group))),
              () -> client.online(group).equals(truth));
        }
      }
    }
  }

  private void noFaults() {
    Map<String, List<String>> faults = new TreeMap<>();
    for (List<Client> some : List.of(clients, gone)) {
      some.stream()
          .filter(client -> !client.faults.isEmpty())
          .forEach(client -> faults.put(client.user, client.faults));
    }
    if (!faults.isEmpty()) {
      throw new AssertionError(faults.toString());
    }
  }
}
