package org.distributedsockets.examples.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A user who wants to be connected, like a good application: whose connection ends comes back after
 * a moment, to a node that a load balancer would choose. For the clients' thread.
 */
final class Person {
  private static final int LEAST_PAUSE_MILLIS = 50;
  private static final int PAUSES_MILLIS = 200;

  private final String name;
  private final List<String> groups;
  private final ClientLoop loop;
  private final Ledger ledger;
  private final Random random;
  private final Habits habits;
  private final Supplier<FaultNode> balancer;
  private final Map<Device, Client> open = new HashMap<>();
  private final Map<Device, Integer> owed = new HashMap<>();
  private final List<Device> retiring = new ArrayList<>();
  private @Nullable Device current;
  private boolean connecting;
  private boolean gone;
  private boolean wasHere;

  /**
   * What distinguishes one user from another.
   *
   * @param manners how his clients behave
   * @param comesBack whether he connects again when his first connection ends
   * @param direct whether he passes the proxy by, where thousands would be too many
   */
  record Habits(Client.Manners manners, boolean comesBack, boolean direct) {
    static final Habits GOOD = new Habits(Client.Manners.GOOD, true, false);
  }

  /**
   * Makes one who is not connected.
   *
   * @param balancer chooses a node
   */
  Person(
      String name,
      List<String> groups,
      Habits habits,
      ClientLoop loop,
      Ledger ledger,
      Random random,
      Supplier<FaultNode> balancer) {
    this.name = name;
    this.groups = groups;
    this.habits = habits;
    this.loop = loop;
    this.ledger = ledger;
    this.random = random;
    this.balancer = balancer;
  }

  String name() {
    return name;
  }

  List<String> groups() {
    return groups;
  }

  @Nullable Device current() {
    return current;
  }

  /** Connects to a node. */
  void connect(FaultNode node) {
    connecting = true;
    try {
      Attempt attempt = new Attempt(node.id());
      int port = habits.direct ? node.port() : node.clientPort();
      attempt.client = new Client(loop, port, name, habits.manners, attempt);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a message with a receipt, if connected; to a group only once its member. */
  void send(String to) {
    send(to, "");
  }

  /** Sends a message that carries some text. */
  void send(String to, String text) {
    Device from = current;
    if (from == null || (groups.contains(to) && from.since(to) == Device.NEVER)) {
      return;
    }
    Client client = Objects.requireNonNull(open.get(from));
    int number = ledger.sent(from, to).number();
    owed.merge(from, 1, Integer::sum);
    client.send(
        "{\"%s\":\"%s\",\"body\":\"%d%s\",\"id\":\"%d\"}"
            .formatted(groups.contains(to) ? "group" : "to", to, number, text, number));
  }

  /** Moves to another node: connects there first, or leaves here first. */
  void hop(FaultNode node, boolean connectFirst) {
    Device leaving = current;
    if (leaving == null || connecting) {
      return;
    }
    if (connectFirst) {
      connect(node);
    } else {
      current = null;
      retire(leaving);
    }
  }

  /** Closes a connection once all its receipts are there. */
  private void retire(Device device) {
    retiring.add(device);
    closeIfSettled(device);
  }

  private void closeIfSettled(Device device) {
    Client client = open.get(device);
    if (client != null && retiring.contains(device) && owed.getOrDefault(device, 0) == 0) {
      device.leave(System.nanoTime());
      client.close();
    }
  }

  /** Leaves for good, in good order. */
  void leave() {
    gone = true;
    List.copyOf(open.values()).forEach(Client::close);
  }

  /** Breaks off and comes back. */
  void breakOff() {
    List.copyOf(open.values()).forEach(Client::abort);
  }

  boolean isGone() {
    return open.isEmpty() && !connecting;
  }

  private void reconnect() {
    if ((habits.comesBack || !wasHere) && !gone && current == null && !connecting) {
      connecting = true;
      loop.later(LEAST_PAUSE_MILLIS + random.nextInt(PAUSES_MILLIS), () -> connect(balancer.get()));
    }
  }

  /** One attempt to be connected, and the connection that comes of it. */
  private final class Attempt implements Client.Listener {
    private final String node;
    private @Nullable Client client;
    private @Nullable Device device;

    Attempt(String node) {
      this.node = node;
    }

    @Override
    public void opened() {
      Client opened = client;
      if (opened == null) {
        throw new IllegalStateException("opened before it was made");
      }
      connecting = false;
      wasHere = true;
      Device before = current;
      Device fresh = ledger.opened(name, node, habits.manners != Client.Manners.DEAF);
      device = fresh;
      open.put(fresh, opened);
      current = fresh;
      for (String group : groups) {
        opened.send("{\"join\":\"" + group + "\",\"id\":\"join " + group + "\"}");
      }
      if (before != null) {
        retire(before);
      }
      if (gone) {
        opened.close();
      }
    }

    @Override
    public void text(String message) {
      Device at = device;
      if (at == null) {
        throw new IllegalStateException("a message before the connection");
      }
      Letter answered = ledger.received(at, message);
      if (answered != null) {
        owed.merge(at, -1, Integer::sum);
        closeIfSettled(at);
      }
    }

    @Override
    public void closed(int code) {
      Device at = device;
      if (at == null) {
        ledger.gaveUp(name);
        connecting = false;
        reconnect();
        return;
      }
      at.close(System.nanoTime(), code);
      open.remove(at);
      owed.remove(at);
      retiring.remove(at);
      if (at == current) {
        current = null;
      }
      reconnect();
    }
  }
}
