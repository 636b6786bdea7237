package org.distributedsockets.examples.benchmarks.load;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.distributedsockets.examples.chat.testkit.ClientLoop;

/**
 * A group with many members on all servers, and one more on some servers who writes to it: the next
 * broadcast goes once an earlier one reached everybody.
 */
final class BroadcastLoad extends Load {
  private static final String GROUP = "room";
  private static final int CONNECT_AT_ONCE = 200;

  private final LoadPlan plan;
  private final ClientLoop loop;
  private final Meter meter;
  private final List<Member> members = new ArrayList<>();
  private final List<Peer> senders = new ArrayList<>();
  private final Map<Long, Integer> missing = new HashMap<>();
  private final Letter letter;
  private int joined;
  private boolean stopped;
  private long sent;
  private long refused;

  BroadcastLoad(LoadPlan plan, ClientLoop loop) {
    this.plan = plan;
    this.loop = loop;
    this.meter = new Meter(plan.processes());
    this.letter = new Letter(plan.dialect().toGroup(GROUP, Letter.body(plan.bodyBytes())));
  }

  @Override
  void start() {
    for (int i = 0; i < CONNECT_AT_ONCE; i++) {
      connectNext();
    }
  }

  private void connectNext() {
    int number = members.size() + senders.size();
    int port = plan.ports().get(number % plan.ports().size());
    if (senders.size() < plan.senders()) {
      senders.add(join(port, "s" + number, utf8 -> {}));
    } else if (members.size() < plan.users()) {
      Member member = new Member();
      members.add(member);
      join(port, "m" + number, member::arrived);
    }
  }

  /** Joins, and waits for the receipt; what comes then is for the member. */
  private Peer join(int port, String name, java.util.function.Consumer<ByteBuffer> mail) {
    Peer[] peer = new Peer[1];
    boolean[] in = new boolean[1];
    peer[0] =
        new Peer(
                loop,
                port,
                plan.dialect(),
                name,
                utf8 -> {
                  if (in[0]) {
                    mail.accept(utf8);
                  } else {
                    in[0] = true;
                    joined++;
                    connectNext();
                  }
                })
            .then(() -> peer[0].send(plan.dialect().join(GROUP)), () -> refused++);
    return peer[0];
  }

  @Override
  boolean ready() {
    return joined == plan.users() + plan.senders();
  }

  @Override
  void go() {
    for (int i = 0; i < plan.window(); i++) {
      send();
    }
  }

  private void send() {
    missing.put(sent, members.size());
    for (Peer sender : senders) {
      sender.send(letter.with(sent, System.nanoTime()));
    }
    sent++;
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
    return missing.isEmpty();
  }

  @Override
  LoadResult result() {
    return meter.result(
        sent,
        members.stream().mapToLong(member -> member.arrivals.lost(sent)).sum(),
        members.stream().mapToLong(member -> member.arrivals.doubled()).sum(),
        members.stream().mapToLong(member -> member.arrivals.outOfOrder()).sum(),
        refused);
  }

  private final class Member {
    private final Arrivals arrivals = new Arrivals();

    private void arrived(ByteBuffer utf8) {
      int mark = Letter.find(utf8);
      if (mark < 0) {
        refused++;
        return;
      }
      long number = Letter.number(utf8, mark);
      long before = arrivals.distinct();
      arrivals.arrived(number);
      meter.done(Letter.nanos(utf8, mark));
      if (arrivals.distinct() > before
          && missing.merge(number, -1, Integer::sum) == 0
          && missing.remove(number) != null
          && !stopped) {
        send();
      }
    }
  }
}
