package org.distributedsockets.routing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.distributedsockets.spi.Envelope;

/**
 * Envelopes that came back, in the order they were first accepted. Two returns of one message, from
 * two nodes, become one. Guarded by its owner.
 */
final class Returned {
  /** By incarnation, in the order of their first return; within one, by sequence. */
  private final Map<Long, TreeMap<Long, Envelope>> byIncarnation = new LinkedHashMap<>();

  void add(Envelope envelope) {
    byIncarnation
        .computeIfAbsent(envelope.id().incarnation(), incarnation -> new TreeMap<>())
        .merge(envelope.id().sequence(), envelope, Returned::merged);
  }

  private static Envelope merged(Envelope former, Envelope latter) {
    Envelope older = former.attempt() <= latter.attempt() ? former : latter;
    return older
        .dispatched(union(former.sentTo(), latter.sentTo()), latter.answerWanted(), latter.ask())
        .withReturns(
            union(former.returnedBy(), latter.returnedBy()),
            union(former.alsoAt(), latter.alsoAt()));
  }

  private static Set<String> union(Set<String> a, Set<String> b) {
    Set<String> both = new HashSet<>(a);
    both.addAll(b);
    return both;
  }

  boolean isEmpty() {
    return byIncarnation.isEmpty();
  }

  /** Whether there is an envelope for which the way has no new node, but some that returned it. */
  boolean onlyTo(Set<String> way) {
    return all().stream()
        .anyMatch(
            envelope ->
                envelope.sentTo().containsAll(way)
                    && way.stream().anyMatch(envelope.returnedBy()::contains));
  }

  /** The most that one of them was returned. */
  int attempts() {
    return all().stream().mapToInt(Envelope::attempt).max().orElse(1);
  }

  Set<String> alsoAt() {
    Set<String> nodes = new HashSet<>();
    all().forEach(envelope -> nodes.addAll(envelope.alsoAt()));
    return nodes;
  }

  List<Envelope> takeAll() {
    List<Envelope> all = all();
    byIncarnation.clear();
    return all;
  }

  private List<Envelope> all() {
    List<Envelope> all = new ArrayList<>();
    byIncarnation.values().forEach(envelopes -> all.addAll(envelopes.values()));
    return all;
  }
}
