package org.distributedsockets.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.distributedsockets.Admission;
import org.distributedsockets.Connection;
import org.distributedsockets.Handshake;
import org.distributedsockets.spi.ClientSession;
import org.jspecify.annotations.Nullable;

/** One device of a user, connected to one process until it ends. */
final class SimClient {
  static final long NEVER = Long.MAX_VALUE;

  /**
   * From when to when it is a member of a group for sure; outside {@code from..until} it may be.
   */
  static final class Stay {
    long joinAskedNanos;
    long joinedNanos = NEVER;
    long leaveAskedNanos = NEVER;
    long leftNanos = NEVER;
    boolean joinedCalmly;
    boolean leftCalmly;
  }

  private final SimWorld world;
  private final int number;
  private final String user;
  private final SimProcess process;
  private final SimChannel.Manner manner;
  private final SimChannel channel;
  private final SimEvents.Line frames = new SimEvents.Line();
  private final Map<String, Stay> stays = new HashMap<>();
  private long askedNanos;
  private long attachedNanos;
  private @Nullable ClientSession session;
  private long endNanos = NEVER;
  private long mayEndNanos = NEVER;
  private boolean firstOfUser;
  private boolean attachedCalmly;

  SimClient(SimWorld world, int number, String user, SimProcess process, SimChannel.Manner manner) {
    this.world = world;
    this.number = number;
    this.user = user;
    this.process = process;
    this.manner = manner;
    this.channel = new SimChannel(world, this, manner);
    this.attachedNanos = NEVER;
  }

  void attach() {
    comes();
    session = process.node().attach(channel, user, Map.of());
    world.events().note(number, "%s attached to %s", this, process);
  }

  private void comes() {
    attachedNanos = world.now();
    firstOfUser =
        world.clients().stream()
            .noneMatch(other -> other.user.equals(user) && other.isOpen() && other != this);
    attachedCalmly = world.isCalm();
  }

  /** Its thread waits for the registration. The upgrade takes a moment, or fails. */
  void comesThroughTheHandshake() {
    boolean calm = world.isCalm();
    askedNanos = world.now();
    if (world.variation().displaces()) {
      world.clients().stream().filter(other -> other.user.equals(user)).forEach(SimClient::mayEnd);
    }
    Admission admission =
        process
            .node()
            .admit(
                new Handshake(
                    "http://sim", "/ws", Map.of("user", List.of(user)), Map.of(), "192.0.2.1"));
    world.events().note(number, "%s: %s", this, admission);
    world.oracle().admitted(this, admission, calm && world.isCalm());
    if (admission instanceof Admission.Admitted admitted) {
      long upgrade = world.events().jitter();
      world.events().at(process, upgrade, () -> upgraded(admitted.session()));
    } else {
      ends();
    }
  }

  private void upgraded(ClientSession admitted) {
    if (!process.isUsable() || world.chance().nextInt(20) == 0) {
      ends();
      admitted.closed(1006);
      return;
    }
    comes();
    session = admitted;
    world.clients().add(this);
    world.events().note(number, "%s comes to %s", this, process);
    admitted.opened(channel);
  }

  String user() {
    return user;
  }

  int number() {
    return number;
  }

  SimProcess process() {
    return process;
  }

  SimChannel.Manner manner() {
    return manner;
  }

  Map<String, Stay> stays() {
    return stays;
  }

  boolean isOpen() {
    return endNanos == NEVER;
  }

  /** When it began to end, or that it may have. */
  long endNanos() {
    return endNanos;
  }

  /** When its handshake began. */
  long askedNanos() {
    return askedNanos;
  }

  long attachedNanos() {
    return attachedNanos;
  }

  boolean isFirstOfUser() {
    return firstOfUser;
  }

  boolean isAttachedCalmly() {
    return attachedCalmly;
  }

  Connection connection() {
    return requireSession().connection();
  }

  private ClientSession requireSession() {
    ClientSession present = session;
    if (present == null) {
      throw new IllegalStateException("not attached");
    }
    return present;
  }

  boolean isAttached() {
    return session != null;
  }

  /** From now on nothing is owed to it. */
  void ends() {
    endNanos = Math.min(endNanos, world.now());
  }

  /** Somebody asked for its end. */
  void mayEnd() {
    if (isOpen()) {
      mayEndNanos = Math.min(mayEndNanos, world.now());
    }
  }

  /** Whether it was there and wanted to stay until a time. */
  boolean staysUntil(long nanos) {
    return endNanos > nanos && mayEndNanos > nanos;
  }

  void received(String text) {
    world.oracle().received(this, text);
  }

  void says(String text) {
    world
        .events()
        .inLine(
            frames,
            process,
            () -> {
              if (isOpen()) {
                requireSession().text(text, true);
              }
            });
  }

  void pong() {
    if (isOpen()) {
      requireSession().pong();
    }
  }

  /** The client goes away. */
  void leaves() {
    if (isOpen() && session != null) {
      ends();
      world.events().note(number, "%s leaves %s", this, process);
      world
          .events()
          .at(
              process,
              world.events().jitter(),
              () -> {
                channel.end();
                requireSession().closed(1006);
              });
    }
  }

  void closedByServer(int code) {
    world.oracle().closedByServer(this, code);
    ends();
    world.events().note(number, "%s closed by %s with %d", this, process, code);
    world.events().at(process, world.events().jitter(), () -> requireSession().closed(code));
    world.reconnectLater(this, code);
  }

  @Override
  public String toString() {
    return "c" + number + "(" + user + "@" + process + "," + manner + ")";
  }
}
