package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.Address;
import org.distributedsockets.engine.wire.Item.ProbeItem;
import org.distributedsockets.metrics.MetricsListener;
import org.junit.jupiter.api.Test;

class ProberTest {
  private static final Address BOB = Address.user("bob");

  private static final long WITHIN = Duration.ofSeconds(15).toNanos();

  private final ManualRuntime manual = new ManualRuntime();
  private final List<String> targets = new ArrayList<>();
  private final List<ProbeItem> probes = new ArrayList<>();
  private int unbound;
  private final Prober prober =
      new Prober(
          "n1",
          (node, probe) -> {
            targets.add(node);
            probes.add(probe);
          },
          manual.runtime(),
          MetricsListener.NONE,
          () -> unbound++,
          5_000_000_000L);

  private ProbeItem last() {
    return probes.get(probes.size() - 1);
  }

  private static ProbeItem echo(ProbeItem probe) {
    return new ProbeItem(probe.token(), true);
  }

  @Test
  void isNotGoodBeforeTheFirstProbeCameBack() {
    assertFalse(prober.isGood(WITHIN));
    prober.probeSelf();
    assertFalse(prober.isGood(WITHIN));
    assertEquals(0, prober.goodForNanos());
  }

  @Test
  void isGoodFromTheFirstProbeThatCameBackWhileTheyKeepComing() {
    for (int i = 0; i < 4; i++) {
      prober.probeSelf();
      prober.onOwnProbe(last());
      assertTrue(prober.isGood(WITHIN));
      assertEquals(Duration.ofSeconds(5L * i).toNanos(), prober.goodForNanos());
      manual.pass(Duration.ofSeconds(5));
    }
    assertEquals(List.of("n1", "n1", "n1", "n1"), targets);
  }

  @Test
  void isNotGoodWhenNoneCameBackInTimeAndBeginsAnew() {
    prober.probeSelf();
    prober.onOwnProbe(last());
    manual.pass(Duration.ofNanos(WITHIN));
    assertTrue(prober.isGood(WITHIN));
    manual.pass(Duration.ofNanos(1));
    assertFalse(prober.isGood(WITHIN));
    assertEquals(0, prober.goodForNanos());
    prober.probeSelf();
    prober.onOwnProbe(last());
    assertTrue(prober.isGood(WITHIN));
    assertEquals(0, prober.goodForNanos());
  }

  @Test
  void anOldProbeOrAForeignOneIsNoSignOfLife() {
    prober.probeSelf();
    ProbeItem old = last();
    manual.pass(Duration.ofSeconds(5));
    prober.probeSelf();
    prober.onOwnProbe(old);
    prober.onOwnProbe(new ProbeItem(old.token() + 17, false));
    assertFalse(prober.isGood(WITHIN));
  }

  @Test
  void aProbeUnderWayIsWaitedFor() {
    prober.probeSelf();
    ProbeItem slow = last();
    manual.pass(Duration.ofSeconds(4));
    prober.probeSelf();
    assertEquals(1, targets.size());
    prober.onOwnProbe(slow);
    assertTrue(prober.isGood(WITHIN));
    prober.probeSelf();
    assertEquals(2, targets.size());
  }

  @Test
  void aFenceCompletesWhenTheEchoOfThatNodeArrives() {
    CompletableFuture<Boolean> fence = prober.fence("n2", BOB);
    assertEquals(List.of("n2"), targets);
    prober.onEcho("n3", echo(last()));
    prober.onEcho("n2", new ProbeItem(last().token() + 1, true));
    assertFalse(fence.isDone());
    prober.onEcho("n2", echo(last()));
    assertTrue(fence.join());
    prober.onEcho("n2", echo(last()));
  }

  @Test
  void aFenceOfANodeThatIsGoneSaysSo() {
    CompletableFuture<Boolean> fence = prober.fence("n2", BOB);
    prober.onUnroutable("n2", last());
    assertFalse(fence.join());
    prober.onEcho("n2", echo(last()));
    assertFalse(fence.join());
  }

  @Test
  void fencesAreToldApart() {
    CompletableFuture<Boolean> first = prober.fence("n2", BOB);
    CompletableFuture<Boolean> second = prober.fence("n2", BOB);
    prober.onEcho("n2", echo(last()));
    assertFalse(first.isDone());
    assertTrue(second.isDone());
  }

  @Test
  void forgetsFencesThatAreTooOld() {
    CompletableFuture<Boolean> old = prober.fence("n2", BOB);
    ProbeItem oldProbe = last();
    manual.pass(Duration.ofSeconds(1));
    CompletableFuture<Boolean> young = prober.fence("n2", BOB);
    prober.forgetOlderThan(Duration.ofMillis(999).toNanos());
    prober.onEcho("n2", echo(oldProbe));
    prober.onEcho("n2", echo(last()));
    assertFalse(old.isDone());
    assertTrue(young.isDone());
  }

  @Test
  void anUnroutableProbeOfItsOwnSaysThatTheQueueIsUnbound() {
    prober.probeSelf();
    prober.onUnroutable("n1", last());
    assertEquals(1, unbound);
  }
}
