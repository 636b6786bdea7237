package org.distributedsockets.examples.benchmarks.load;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.distributedsockets.examples.chat.testkit.ClientLoop;

/**
 * Pairs of which one writes to the other. In a closed loop each pair has a window: a message that
 * arrived, or whose receipt came, lets the next one go. In an open loop messages are due at a fixed
 * rate, whatever becomes of those before, and latency counts from when one was due.
 */
final class PairsLoad extends Load {
  private static final byte[] DELIVERED =
      "\"delivered\"".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private static final int CONNECT_AT_ONCE = 50;

  private final LoadPlan plan;
  private final ClientLoop loop;
  private final Meter meter;
  private final List<Pair> pairs = new ArrayList<>();
  private boolean stopped;
  private long refused;
  private long dueNanos;
  private int turn;

  PairsLoad(LoadPlan plan, ClientLoop loop) {
    this.plan = plan;
    this.loop = loop;
    this.meter = new Meter(plan.processes());
  }

  @Override
  void start() {
    for (int i = 0; i < CONNECT_AT_ONCE; i++) {
      connectNext();
    }
  }

  private void connectNext() {
    if (pairs.size() < plan.users()) {
      pairs.add(new Pair(pairs.size()));
    }
  }

  @Override
  boolean ready() {
    return pairs.size() == plan.users()
        && pairs.stream().allMatch(pair -> pair.sender.isReady() && pair.receiver.isReady());
  }

  @Override
  void go() {
    if (plan.window() > 0) {
      pairs.forEach(Pair::fillWindow);
    } else {
      dueNanos = System.nanoTime();
      sendDue();
    }
  }

  private void sendDue() {
    if (stopped) {
      return;
    }
    long interval = 1_000_000_000L / plan.rate();
    for (long now = System.nanoTime(); dueNanos <= now; dueNanos += interval) {
      meter.begun(dueNanos, now);
      pairs.get(turn).send(dueNanos);
      turn = (turn + 1) % pairs.size();
    }
    loop.at(dueNanos, this::sendDue);
  }

  @Override
  void begin() {
    meter.begin();
  }

  @Override
  void stop() {
    stopped = true;
    meter.end();
  }

  @Override
  boolean quiet() {
    return pairs.size() == plan.users() && pairs.stream().allMatch(Pair::isQuiet);
  }

  @Override
  LoadResult result() {
    return meter.result(
        sum(pair -> pair.sent),
        sum(pair -> pair.arrivals.lost(pair.sent)),
        sum(pair -> pair.arrivals.doubled()),
        sum(pair -> pair.arrivals.outOfOrder()),
        refused);
  }

  private long sum(ToLongFunction<Pair> count) {
    return pairs.stream().mapToLong(count).sum();
  }

  private final class Pair {
    private final Peer sender;
    private final Peer receiver;
    private final Letter letter;
    private final Arrivals arrivals = new Arrivals();
    private long sent;
    private long answered;

    Pair(int number) {
      List<Integer> ports = plan.ports();
      String receiverName = "r" + number;
      letter =
          new Letter(
              plan.dialect()
                  .direct(
                      receiverName,
                      Letter.body(plan.bodyBytes()),
                      plan.receipts() ? Letter.RECEIPT : ""));
      receiver =
          new Peer(loop, ports.get(ports.size() - 1), plan.dialect(), receiverName, this::arrived);
      sender =
          new Peer(loop, ports.get(0), plan.dialect(), "s" + number, this::answered)
              .then(PairsLoad.this::connectNext, () -> {});
    }

    void fillWindow() {
      for (int i = 0; i < plan.window(); i++) {
        send(System.nanoTime());
      }
    }

    void send(long due) {
      sender.send(letter.with(sent, due));
      sent++;
    }

    private void sendNext() {
      if (plan.window() > 0 && !stopped) {
        send(System.nanoTime());
      }
    }

    private void arrived(ByteBuffer utf8) {
      int mark = Letter.find(utf8);
      if (mark < 0) {
        refused++;
        return;
      }
      arrivals.arrived(Letter.number(utf8, mark));
      meter.done(Letter.nanos(utf8, mark));
      if (!plan.receipts()) {
        sendNext();
      }
    }

    /** What the server says to a sender: a receipt, if he asked for it, or an error. */
    private void answered(ByteBuffer utf8) {
      if (plan.receipts() && contains(utf8, DELIVERED)) {
        answered++;
        sendNext();
      } else {
        refused++;
      }
    }

    boolean isQuiet() {
      return arrivals.lost(sent) == 0 && (!plan.receipts() || answered == sent);
    }
  }

  private static boolean contains(ByteBuffer utf8, byte[] part) {
    for (int i = utf8.position(); i <= utf8.limit() - part.length; i++) {
      int length = 0;
      while (length < part.length && utf8.get(i + length) == part[length]) {
        length++;
      }
      if (length == part.length) {
        return true;
      }
    }
    return false;
  }
}
