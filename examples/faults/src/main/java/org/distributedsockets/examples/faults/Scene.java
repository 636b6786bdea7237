package org.distributedsockets.examples.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.distributedsockets.examples.chat.testkit.ClientLoop;

/** A cluster under traffic, as a fault finds it. For one thread. */
final class Scene {
  private final FaultCluster cluster;
  private final Traffic traffic;
  private final ClientLoop loop;
  private final Ledger ledger;
  private final Random random;
  private final List<String> findings = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private long mended = System.nanoTime();

  Scene(FaultCluster cluster, Traffic traffic, ClientLoop loop, Ledger ledger, Random random) {
    this.cluster = cluster;
    this.traffic = traffic;
    this.loop = loop;
    this.ledger = ledger;
    this.random = random;
  }

  FaultCluster cluster() {
    return cluster;
  }

  FaultNode node(String id) {
    return cluster.node(id);
  }

  Traffic traffic() {
    return traffic;
  }

  ClientLoop loop() {
    return loop;
  }

  Ledger ledger() {
    return ledger;
  }

  Random random() {
    return random;
  }

  /** Lets traffic go on. */
  void pass(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** From now on everybody should become reachable again. */
  void mended() {
    mended = System.nanoTime();
  }

  long mendedAt() {
    return mended;
  }

  /** What happens to the sockets of a node meanwhile is not held against the cluster. */
  void excusing(String node, Duration after, Row.Fault fault) throws Exception {
    loop.run(() -> ledger.excuse(node));
    fault.happen(this);
    long until = System.nanoTime() + after.toNanos();
    loop.run(() -> ledger.excuseUntil(node, until));
  }

  /** Waits for something, and says how long it took, in milliseconds; at the most for a while. */
  long await(String what, Duration limit, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > limit.toNanos()) {
        problem("not within " + limit.toSeconds() + " s: " + what);
        break;
      }
      pass(Duration.ofMillis(20));
    }
    return (System.nanoTime() - start) / 1_000_000;
  }

  /** Something that was measured, for people. */
  void found(String finding) {
    findings.add(finding);
  }

  List<String> findings() {
    return findings;
  }

  /** Something that should not be. */
  void problem(String text) {
    problems.add(text);
  }

  List<String> problems() {
    return problems;
  }
}
