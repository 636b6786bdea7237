package org.distributedsockets.engine;

import java.time.Duration;
import java.util.SplittableRandom;
import org.distributedsockets.Address;
import org.distributedsockets.memory.BusFaults;
import org.distributedsockets.memory.RegistryFaults;

/** What happens in a simulation and when, drawn from its seed. */
final class SimSchedule {
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private final SimWorld world;
  private final SplittableRandom chance;
  private final BusFaults bus;
  private final RegistryFaults registry;
  private final int actions;
  private final long meanPauseNanos;
  private final int faultPercent;

  SimSchedule(SimWorld world, SplittableRandom chance, int actions, long meanPauseNanos) {
    this.world = world;
    this.chance = chance;
    this.bus = world.cluster().busFaults();
    this.registry = world.cluster().registryFaults();
    this.actions = actions;
    this.meanPauseNanos = meanPauseNanos;
    int[] percents = {0, 3, 8, 20};
    this.faultPercent = percents[chance.nextInt(percents.length)];
  }

  /** Runs it; then everything is mended. */
  void run() {
    SimWorld.NODES.forEach(world::start);
    let(SECOND + chance.nextLong(SECOND));
    for (int i = 0; i < 4 + chance.nextInt(6); i++) {
      connectSomebody();
    }
    for (int i = 0; i < actions; i++) {
      let(
          chance.nextInt(4) == 0
              ? chance.nextLong(2 * MILLI)
              : chance.nextLong(2 * meanPauseNanos));
      if (chance.nextInt(100) < faultPercent) {
        breakSomething();
      } else {
        doSomething();
      }
    }
    mendAll();
  }

  private void let(long nanos) {
    world.events().runUntil(world.now() + nanos);
  }

  private void after(long nanos, Runnable action) {
    world.events().at(null, nanos, action);
  }

  private String node() {
    return SimWorld.NODES.get(chance.nextInt(SimWorld.NODES.size()));
  }

  private String user() {
    return "u" + chance.nextInt(SimWorld.USERS);
  }

  private String group() {
    return "g" + chance.nextInt(SimWorld.GROUPS);
  }

  // ---- what clients and applications do

  private void doSomething() {
    switch (chance.nextInt(20)) {
      case 0, 1 -> connectSomebody();
      case 2 -> withClient(SimClient::leaves);
      case 3, 4 -> withClient(this::move);
      case 5 -> withClient(client -> world.join(client, group()));
      case 6 -> withClient(client -> world.leave(client, group()));
      case 7, 8, 9, 10 -> send(Address.user(user()));
      case 11 -> burst();
      case 12, 13 -> send(Address.group(group()));
      case 14 -> send(Address.everyone());
      case 15, 16, 17 -> withClient(client -> world.say(client, Address.user(user()), flip()));
      case 18 -> withClient(this::sayToGroup);
      default -> {
        SimProcess process = world.anyUsable();
        if (process != null && chance.nextInt(4) == 0) {
          world.disconnect(process, user());
        }
      }
    }
  }

  private boolean flip() {
    return chance.nextInt(2) == 0;
  }

  private interface WithClient {
    void act(SimClient client);
  }

  private void withClient(WithClient action) {
    SimClient client = world.anyClient();
    if (client != null) {
      action.act(client);
    }
  }

  private void connectSomebody() {
    SimProcess process = world.anyUsable();
    if (process != null) {
      world.connect(user(), process);
    }
  }

  /** A client moves: the new connection first and the old one late, or the old one first. */
  private void move(SimClient client) {
    SimProcess process = world.anyUsable();
    if (process == null) {
      return;
    }
    if (flip()) {
      world.connect(client.user(), process);
      after(chance.nextLong(flip() ? 5 * MILLI : 3 * SECOND), client::leaves);
    } else {
      client.leaves();
      after(
          chance.nextLong(flip() ? 5 * MILLI : 3 * SECOND),
          () -> {
            if (process.isUsable()) {
              world.connect(client.user(), process);
            }
          });
    }
    if (flip()) {
      for (int i = 0; i < 5; i++) {
        SimProcess sender = world.anyUsable();
        if (sender != null) {
          int thread = chance.nextInt(2);
          boolean awaited = flip();
          after(
              chance.nextLong(10 * MILLI),
              () -> world.send(sender, thread, Address.user(client.user()), awaited));
        }
      }
    }
  }

  private void sayToGroup(SimClient client) {
    for (String group : client.stays().keySet()) {
      world.say(client, Address.group(group), flip());
    }
  }

  private void send(Address to) {
    SimProcess process = world.anyUsable();
    if (process != null) {
      world.send(process, chance.nextInt(2), to, flip());
    }
  }

  private void burst() {
    SimProcess process = world.anyUsable();
    if (process == null) {
      return;
    }
    Address to = chance.nextInt(4) == 0 ? Address.group(group()) : Address.user(user());
    int thread = chance.nextInt(2);
    long spread = chance.nextInt(3) == 0 ? 2 * SECOND : 20 * MILLI;
    for (int i = 0; i < 8; i++) {
      boolean awaited = flip();
      after(chance.nextLong(spread), () -> world.send(process, thread, to, awaited));
    }
  }

  // ---- what breaks

  private void breakSomething() {
    String node = node();
    long duration = chance.nextInt(3) == 0 ? chance.nextLong(12 * SECOND) : chance.nextLong(SECOND);
    switch (chance.nextInt(20)) {
      case 0, 1 -> cut(node, duration);
      case 2 -> fault("bus away", duration, () -> bus.goAway(taken()), bus::comeBack);
      case 3 -> fault("blocks " + node, duration, () -> bus.block(node), () -> bus.unblock(node));
      case 4 -> fill(node, duration);
      case 5 -> fault("unbinds " + node, 0, () -> unbind(node), () -> {});
      case 6 -> fault("deletes the queue of " + node, 0, () -> deleteQueue(node), () -> {});
      case 7 -> delay(node, duration);
      case 8 -> {
        world.leasesAreNotRenewedFor(duration);
        fault("registry away", duration, registry::goAway, registry::comeBack);
      }
      case 9 -> slowRegistry(duration);
      case 10 -> fault("registry cleared", 0, this::clearRegistry, () -> {});
      case 11 -> {
        world.leasesAreNotRenewedFor(duration);
        fault(
            "registry away for " + node, duration, () -> registry.cutOff(node), registry::comeBack);
      }
      case 12 -> failOver(duration);
      case 13 ->
          fault(
              "loses answers",
              duration,
              () -> registry.loseNextAnswers(1 + chance.nextInt(4)),
              () -> registry.loseNextAnswers(0));
      case 14 -> kill(node);
      case 15 -> freeze(node, chance.nextLong(2 * SECOND), false);
      case 16 -> freeze(node, 2 * SECOND + chance.nextLong(20 * SECOND), false);
      case 17 -> freeze(node, chance.nextLong(20 * SECOND), true);
      case 18 -> drain(node);
      default -> {
        if (world.process(node).isRunning()) {
          world.events().note(0, "a second %s", node);
          world.upset();
          world.startSecond(node);
        }
      }
    }
  }

  private void fault(String name, long duration, Runnable begin, Runnable end) {
    world.events().note(0, "fault: %s for %.3f s", name, duration / 1e9);
    world.breaks();
    begin.run();
    after(
        duration,
        () -> {
          world.events().note(0, "mended: %s", name);
          end.run();
          world.mended();
        });
  }

  /** A connection that breaks takes the first frames and no later one. */
  private java.util.function.Predicate<byte[]> taken() {
    boolean[] still = {flip()};
    return frame -> still[0] &= chance.nextInt(4) > 0;
  }

  private void cut(String node, long duration) {
    fault(
        "connection of " + node + " cut",
        duration,
        () -> bus.cut(node, Duration.ofNanos(duration), taken()),
        () -> {});
  }

  private void fill(String node, long duration) {
    world.full(node, duration);
    fault("fills " + node, duration, () -> bus.fill(node), () -> bus.drain(node));
  }

  private void unbind(String node) {
    world.unbound();
    bus.dropBinding(node);
  }

  private void deleteQueue(String node) {
    world.oracle().queueDeleted(node);
    bus.deleteQueue(node);
  }

  private void delay(String node, long duration) {
    Duration delay = Duration.ofMillis(1 + chance.nextInt(700));
    fault(
        "what " + node + " publishes takes " + delay,
        duration,
        () -> bus.delay(node, delay),
        () -> bus.delay(node, Duration.ZERO));
  }

  private void slowRegistry(long duration) {
    Duration delay = Duration.ofMillis(1 + chance.nextInt(flip() ? 20 : 3_000));
    fault(
        "registry answers after " + delay,
        duration,
        () -> {
          registry.answerAfter(delay);
          world.registrySlow(true);
        },
        () -> {
          registry.answerAfter(Duration.ZERO);
          world.registrySlow(false);
        });
  }

  private void clearRegistry() {
    world.registryForgets();
    registry.clear();
  }

  private void failOver(long duration) {
    fault(
        "replica lags",
        duration,
        registry::stopReplicating,
        () -> {
          world.events().note(0, "fails over");
          world.registryForgets();
          boolean noticed = flip();
          world.failsOver(noticed);
          if (noticed) {
            registry.failOver();
          } else {
            registry.failOverUnnoticed();
          }
        });
  }

  private void kill(String node) {
    SimProcess process = world.process(node);
    if (process.isDead()) {
      return;
    }
    world.upset();
    process.kill();
    world.upset();
    if (chance.nextInt(4) > 0) {
      long pause = flip() ? chance.nextLong(SECOND) : chance.nextLong(30 * SECOND);
      after(pause, () -> world.restart(node));
    }
  }

  /** The broker gives up on a frozen process after a while; then its queue is free. */
  private void freeze(String node, long duration, boolean killedAtTheEnd) {
    SimProcess process = world.process(node);
    if (!process.isRunning() || process.isFrozen()) {
      return;
    }
    long heartbeats = 3 * SECOND + chance.nextLong(6 * SECOND);
    world.leasesAreNotRenewedFor(duration);
    world.breaks();
    process.freeze();
    if (duration > heartbeats) {
      after(
          heartbeats,
          () -> {
            if (process.isFrozen()) {
              bus.cut(node, Duration.ofNanos(duration - heartbeats + MILLI), taken());
            }
          });
    }
    after(
        duration,
        () -> {
          if (killedAtTheEnd) {
            process.kill();
            after(chance.nextLong(10 * SECOND), () -> world.restart(node));
          } else {
            process.thaw();
          }
          world.mended();
        });
  }

  private void drain(String node) {
    SimProcess process = world.process(node);
    if (!process.isUsable()) {
      return;
    }
    world.upset();
    process.drain(flip() ? 20 * SECOND : 3 * SECOND);
    long pause = chance.nextLong(20 * SECOND);
    after(pause, () -> restartOnceDead(process));
  }

  private void restartOnceDead(SimProcess process) {
    if (process.isDead()) {
      world.restart(process.nodeId());
    } else {
      after(SECOND, () -> restartOnceDead(process));
    }
  }

  // ---- the end

  private void mendAll() {
    world.events().note(0, "quiet");
    world.quiet();
    for (SimProcess process : world.processes()) {
      process.thaw();
    }
    for (String node : SimWorld.NODES) {
      bus.unblock(node);
      bus.drain(node);
      bus.delay(node, Duration.ZERO);
    }
    bus.comeBack();
    registry.comeBack();
    registry.loseNextAnswers(0);
    registry.answerAfter(Duration.ZERO);
    world.registrySlow(false);
    after(40 * SECOND, world::leaveOneAlive);
  }
}
