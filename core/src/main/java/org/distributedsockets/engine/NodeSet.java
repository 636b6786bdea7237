package org.distributedsockets.engine;

import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/**
 * A set of node ids that is small, changes seldom and is handed on often: most messages know of one
 * node, and all their sets share one object then. For one thread at a time.
 */
final class NodeSet {
  private Set<String> nodes;

  NodeSet(Set<String> nodes) {
    this.nodes = Set.copyOf(nodes);
  }

  NodeSet() {
    this(Set.of());
  }

  /** What it holds now, unchangeable. In no order. */
  Set<String> now() {
    return nodes;
  }

  boolean isEmpty() {
    return nodes.isEmpty();
  }

  boolean contains(String node) {
    return nodes.contains(node);
  }

  boolean isDisjointFrom(Set<String> others) {
    return nodes.isEmpty() || Collections.disjoint(nodes, others);
  }

  /** Returns whether it was not there. */
  boolean add(String node) {
    return !nodes.contains(node) && addAll(Set.of(node));
  }

  /** Returns whether something was not there. */
  boolean addAll(Set<String> more) {
    if (nodes.isEmpty()) {
      nodes = Set.copyOf(more);
      return !more.isEmpty();
    }
    if (nodes.containsAll(more)) {
      return false;
    }
    Set<String> all = new HashSet<>(nodes);
    all.addAll(more);
    nodes = Set.copyOf(all);
    return true;
  }

  /** Returns whether it was there. */
  boolean remove(String node) {
    return removeAll(Set.of(node));
  }

  /** Returns whether something was there. */
  boolean removeAll(Set<String> fewer) {
    if (isDisjointFrom(fewer)) {
      return false;
    }
    if (fewer.containsAll(nodes)) {
      nodes = Set.of();
    } else {
      Set<String> rest = new HashSet<>(nodes);
      rest.removeAll(fewer);
      nodes = Set.copyOf(rest);
    }
    return true;
  }
}
