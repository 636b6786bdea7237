package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import org.distributedsockets.Address;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.Item.AnswerItem;
import org.distributedsockets.engine.wire.Item.Detail;
import org.distributedsockets.engine.wire.Item.Held;
import org.distributedsockets.engine.wire.Item.QuestionItem;

/**
 * Asks nodes which connections of an address they hold, and answers when asked. An answer that does
 * not come in time is missing: one node that is slow or dead does not fail the others' answers.
 * Thread-safe; nothing blocks.
 */
final class Questions {
  private static final int MAX_OPEN = 100_000;

  /** What a node may list in one answer; more is as good as silence. */
  private static final int MAX_HELD = 1_000_000;

  private static final int PAGE = 500;

  /**
   * What one node holds.
   *
   * @param version changes with each change
   * @param connections the connections
   * @param users their distinct users
   * @param held the list, if it was asked for and the version was not known
   */
  record Holding(long version, int connections, int users, List<Held> held) {}

  private static final class Open {
    final CompletableFuture<Map<String, Holding>> result = new CompletableFuture<>();

    // Guarded by "this".
    final Map<String, Holding> answers = new TreeMap<>();
    final Map<String, Set<Held>> pages = new LinkedHashMap<>();
    final Set<String> missing;

    Open(Collection<String> nodes) {
      missing = new HashSet<>(nodes);
    }

    boolean add(String from, AnswerItem item) {
      synchronized (this) {
        if (!missing.contains(from)) {
          return false;
        }
        Set<Held> held = pages.computeIfAbsent(from, node -> new LinkedHashSet<>());
        held.addAll(item.held());
        if (held.size() > MAX_HELD) {
          pages.remove(from);
          return missing.remove(from) && missing.isEmpty();
        }
        if (!item.last()) {
          return false;
        }
        answers.put(
            from, new Holding(item.version(), item.connections(), item.users(), List.copyOf(held)));
        missing.remove(from);
        return missing.isEmpty();
      }
    }

    synchronized boolean silent(String node) {
      return missing.remove(node) && missing.isEmpty();
    }

    void complete() {
      Map<String, Holding> soFar;
      synchronized (this) {
        soFar = new TreeMap<>(answers);
      }
      result.complete(soFar);
    }
  }

  private final String self;
  private final LocalConnections local;
  private final BiPredicate<String, Item> out;
  private final NodeRuntime runtime;
  private final long waitNanos;
  private final ConcurrentMap<Long, Open> open = new ConcurrentHashMap<>();
  private final AtomicLong lastToken = new AtomicLong();

  /**
   * Makes one.
   *
   * @param out offers an item to a node; false if it is not taken
   */
  Questions(
      String self,
      LocalConnections local,
      BiPredicate<String, Item> out,
      NodeRuntime runtime,
      long waitNanos) {
    this.self = self;
    this.local = local;
    this.out = out;
    this.runtime = runtime;
    this.waitNanos = waitNanos;
  }

  /**
   * Asks nodes.
   *
   * @param known by node the version of what the caller knows already
   * @return what each node that answered holds; never completes exceptionally
   */
  CompletableFuture<Map<String, Holding>> ask(
      Set<String> nodes, Address about, Detail detail, Map<String, Long> known) {
    Open question = new Open(nodes);
    if (nodes.isEmpty() || open.size() >= MAX_OPEN) {
      question.complete();
      return question.result;
    }
    long token = lastToken.incrementAndGet();
    open.put(token, question);
    for (String node : new TreeSet<>(nodes)) {
      QuestionItem item = new QuestionItem(token, about, detail, known.getOrDefault(node, 0L));
      if (node.equals(self)) {
        answers(item).forEach(answer -> onAnswer(self, answer));
      } else if (!out.test(node, item)) {
        onUnroutable(node, item);
      }
    }
    if (open.containsKey(token)) {
      runtime.timers().schedule(waitNanos, () -> end(token));
    }
    return question.result;
  }

  private void end(long token) {
    Open question = open.remove(token);
    if (question != null) {
      question.complete();
    }
  }

  /** Nobody will answer there. */
  void onUnroutable(String node, QuestionItem item) {
    Open question = open.get(item.token());
    if (question != null && question.silent(node)) {
      end(item.token());
    }
  }

  void onAnswer(String from, AnswerItem item) {
    Open question = open.get(item.token());
    if (question != null && question.add(from, item)) {
      end(item.token());
    }
  }

  /** Answers a question; what does not fit into the outbox is not said, and counts as silence. */
  void onQuestion(String from, QuestionItem item) {
    for (AnswerItem answer : answers(item)) {
      if (!out.test(from, answer)) {
        return;
      }
    }
  }

  private List<AnswerItem> answers(QuestionItem item) {
    // Before the members, so that what changes meanwhile is listed again the next time.
    long version = local.membersVersion(item.about());
    Collection<ClientConnection> members = local.members(item.about());
    Set<String> users = new LinkedHashSet<>();
    List<Held> held = new ArrayList<>();
    boolean listed = item.detail() != Detail.COUNT && item.knownVersion() != version;
    int connections = 0;
    for (ClientConnection connection : members) {
      connections++;
      boolean newUser = users.add(connection.user());
      if (listed && item.detail() == Detail.CONNECTIONS) {
        held.add(connection.held());
      } else if (listed && newUser) {
        held.add(new Held(connection.user(), "", 0, ""));
      }
    }
    List<AnswerItem> pages = new ArrayList<>();
    for (int from = 0; from == 0 || from < held.size(); from += PAGE) {
      int to = Math.min(from + PAGE, held.size());
      pages.add(
          new AnswerItem(
              item.token(),
              to == held.size(),
              version,
              connections,
              users.size(),
              held.subList(from, to)));
    }
    return pages;
  }

  /** Nobody shall wait for an answer that cannot come any more. */
  void close() {
    open.keySet().forEach(this::end);
  }
}
