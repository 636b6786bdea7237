package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.Admission;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Message;
import org.distributedsockets.Outcome;
import org.distributedsockets.engine.wire.Batch;
import org.distributedsockets.engine.wire.BatchDecoder;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.Item.MessageItem;
import org.distributedsockets.engine.wire.Item.ReturnItem;
import org.distributedsockets.engine.wire.MalformedBatchException;
import org.distributedsockets.metrics.Gauge;
import org.distributedsockets.spi.Envelope;
import org.jspecify.annotations.Nullable;

/**
 * Knows what was sent, what became of it, and what DESIGN sections 5 and 6 allow. Payloads are
 * numbers, so that each message is recognized wherever it turns up.
 */
final class SimOracle {
  private static final long SECOND = 1_000_000_000L;

  /** How long a message that was sent in calm may take at the most. */
  static final long CALM_DELIVERY_NANOS = 3 * SECOND;

  /** A message that the application or a client sent. */
  static final class Sent {
    final int number;
    final Address to;
    final SimProcess origin;
    final String sender;
    final long atNanos;
    final boolean awaited;
    final boolean calmly;
    final @Nullable SimClient except;

    /** Healthy devices that were there long enough when it was sent. */
    final List<SimClient> owedTo = new ArrayList<>();

    /** Whether anybody was there, or may have been, when it was sent. */
    boolean somebody;

    /** Whether one of them may hold up the count (DESIGN section 6: with the count so far). */
    boolean somebodySlow;

    final List<SimClient> got = new ArrayList<>();

    /** When its origin had last asked the registry who is a member. */
    final long originRenewedNanos;

    /** Who was there when it ended as OFFLINE. */
    final List<SimClient> calledOffline = new ArrayList<>(0);

    @Nullable Outcome outcome;
    long outcomeNanos;
    int gotAtOutcome;
    int hooks;
    @Nullable Outcome hookOutcome;

    /**
     * The only copies were in the memory of a process that ended, or in a queue deleted by hand.
     */
    boolean memoryLost;

    /** Another process got a frame with it that one had got before and not acknowledged. */
    boolean handedOver;

    boolean adopted;

    /** Nodes that were merely asked about it. */
    boolean asked;

    boolean cameBack;

    /** There may have been no room left for it in an outbox. */
    boolean crowded;

    final Set<String> returnedBy = new HashSet<>(4);

    /** Nodes that sent it back to its origin, be it as news of others. */
    final Set<String> sentBackBy = new HashSet<>(2);

    /** Its origin sent it on when it had come back; an older copy does not know of that. */
    boolean sentAgain;

    /** It came back to another process with the id of the one it is from, which lives. */
    boolean readByNamesake;

    /** Processes that it came back to. */
    final Set<SimProcess> actors = new HashSet<>(2);

    Sent(
        int number,
        Address to,
        SimProcess origin,
        String sender,
        long atNanos,
        boolean awaited,
        boolean calmly,
        @Nullable SimClient except) {
      this.number = number;
      this.to = to;
      this.origin = origin;
      this.sender = sender;
      this.atNanos = atNanos;
      this.awaited = awaited;
      this.calmly = calmly;
      this.except = except;
      SimRegistry registry = origin.registry();
      this.originRenewedNanos = registry == null ? Long.MIN_VALUE : registry.renewedNanos();
    }

    boolean isResolved() {
      return !got.isEmpty()
          || hooks > 0
          || (outcome != null && outcome.status() == Outcome.Status.REJECTED);
    }

    @Override
    public String toString() {
      return "m"
          + number
          + " from "
          + sender
          + " to "
          + to.kind()
          + " "
          + to.name()
          + (awaited ? " awaited" : "")
          + " (outcome "
          + outcome
          + ", got by "
          + got
          + ", hooks "
          + hooks
          + ")";
    }
  }

  private final SimWorld world;
  private final List<Sent> sent = new ArrayList<>();
  private final Map<Integer, Sent> byNumber = new HashMap<>();
  private final List<String> failures = new ArrayList<>();
  private final IdentityHashMap<byte[], SimProcess> handed = new IdentityHashMap<>();

  /** By sender, address and receiving client: the newest message that arrived. */
  private final Map<String, Sent> newest = new HashMap<>();

  private int doubles;

  SimOracle(SimWorld world) {
    this.world = world;
  }

  List<Sent> sent() {
    return sent;
  }

  List<String> failures() {
    return failures;
  }

  /** Doubled messages that rule 9 of DESIGN section 5 allows. */
  int doubles() {
    return doubles;
  }

  void fail(String what) {
    world.events().note(failures.size(), "FAILED: %s", what);
    failures.add(String.format("%.4f %s", world.events().sinceStartNanos() / 1e9, what));
  }

  void fail(String what, Throwable cause) {
    java.io.StringWriter text = new java.io.StringWriter();
    cause.printStackTrace(new java.io.PrintWriter(text));
    fail(what + ": " + text);
  }

  // ---- sending

  Sent sending(
      int number,
      Address to,
      SimProcess origin,
      String sender,
      boolean awaited,
      @Nullable SimClient except) {
    Sent message =
        new Sent(number, to, origin, sender, world.now(), awaited, world.isCalm(), except);
    sent.add(message);
    byNumber.put(number, message);
    for (SimClient client : world.clients()) {
      noteAddressee(message, client);
    }
    world
        .events()
        .note(message.number, "%s sends %s%s", origin, message, message.calmly ? " calmly" : "");
    return message;
  }

  private void noteAddressee(Sent message, SimClient client) {
    if (client == message.except || !client.isAttached()) {
      return;
    }
    long now = world.now();
    boolean mayBe = now - SimClient.NEVER < 0 && isMaybeAddressed(message, client, now);
    message.somebody |= mayBe;
    message.somebodySlow |= mayBe && !client.manner().isHealthy();
    if (mayBe
        && client.isOpen()
        && client.manner().isHealthy()
        && client.process().isUsable()
        && world.isAlone(client.process())
        && isSurelyAddressed(message, client, now)) {
      message.owedTo.add(client);
    }
  }

  private boolean isMaybeAddressed(Sent message, SimClient client, long now) {
    boolean mayBeOpen = client.isOpen() || now - client.endNanos() < 30 * SECOND;
    return mayBeOpen
        && switch (message.to.kind()) {
          case EVERYONE -> true;
          case USER -> client.user().equals(message.to.name());
          case GROUP -> client.stays().containsKey(message.to.name());
        };
  }

  /** DESIGN section 5 rule 6: a first connection at once, a further one after 100 ms. */
  private boolean isSurelyAddressed(Sent message, SimClient client, long now) {
    long known = world.slackNanos() + (client.isFirstOfUser() ? 0 : 100_000_000L);
    switch (message.to.kind()) {
      case USER -> {
        return client.isAttachedCalmly() && now - client.attachedNanos() >= known;
      }
      case GROUP -> {
        SimClient.Stay stay = client.stays().get(message.to.name());
        return stay != null
            && stay.joinedCalmly
            && stay.joinedNanos <= now
            && stay.leaveAskedNanos == SimClient.NEVER;
      }
      default -> {
        return now - client.attachedNanos() >= world.slackNanos();
      }
    }
  }

  void outcome(Sent message, @Nullable Outcome outcome, @Nullable Throwable failure) {
    if (message.origin.isDead()) {
      return;
    }
    world.events().note(message.number, "m%d ends %s %s", message.number, outcome, failure);
    if (failure != null) {
      fail("the stage of " + message + " failed", failure);
      return;
    }
    message.outcome = outcome;
    message.outcomeNanos = world.now();
    message.gotAtOutcome = message.got.size();
    long due =
        Math.max(message.atNanos + world.outcomeWaitNanos(), message.origin.thawedNanos())
            + SECOND
            + world.slackNanos();
    if (world.now() > due) {
      fail("late outcome of " + message);
    }
    if (outcome != null && outcome.status() == Outcome.Status.OFFLINE) {
      checkOffline(message);
    }
  }

  /** DESIGN section 6: OFFLINE is said by those who can know it. */
  private void checkOffline(Sent message) {
    for (SimClient client : world.clients()) {
      if (wasThere(message, client) && couldBeKnown(message, client)) {
        message.calledOffline.add(client);
      }
    }
  }

  /** Whether an addressee was connected, and known to be registered, while a message was sent. */
  private boolean wasThere(Sent message, SimClient client) {
    boolean addressed =
        client != message.except
            && client.isAttached()
            && client.manner().isHealthy()
            && client.staysUntil(world.now())
            && client.attachedNanos() <= message.atNanos;
    SimRegistry registry = client.process().registry();
    if (!addressed || registry == null) {
      return false;
    }
    return switch (message.to.kind()) {
      case EVERYONE -> true;
      case USER ->
          client.user().equals(message.to.name())
              && registry.registeredNanos(message.to, client.connection().id()) <= message.atNanos;
      case GROUP -> {
        SimClient.Stay stay = client.stays().get(message.to.name());
        yield stay != null
            && stay.joinedNanos <= message.atNanos
            && stay.leaveAskedNanos == SimClient.NEVER
            && registry.registeredNanos(message.to, client.process().nodeId()) <= message.atNanos;
      }
    };
  }

  /**
   * Whether the registry, or his node, could tell: his node's lease did not run out, the registry
   * lacks nothing that it lost without anybody noticing, no other process answers in his node's
   * name, and who asked could know that his node is there.
   */
  private boolean couldBeKnown(Sent message, SimClient client) {
    SimProcess process = client.process();
    if (process == message.origin) {
      return true;
    }
    SimRegistry registry = process.registry();
    SimRegistry asker = message.origin.registry();
    return registry != null
        && asker != null
        && registry.hadItsLeaseSince(message.atNanos)
        && !world.wasStaleSince(message.atNanos)
        && world.isAlone(process)
        && !registry.isUnknownTo(asker, message.originRenewedNanos);
  }

  // ---- arriving

  /** A client read a text. */
  void received(SimClient client, String text) {
    int body = text.lastIndexOf("\"body\":");
    if (body < 0) {
      world.answered(client, text);
      return;
    }
    Sent message = numbered(text.substring(body + 7, text.length() - 1));
    world.events().note(message.number, "%s got m%d", client, message.number);
    checkAddressee(client, message);
    if (message.got.contains(client)) {
      if (message.handedOver) {
        doubles++;
      } else {
        fail(client + " got twice " + message);
      }
      return;
    }
    message.got.add(client);
    checkOrder(client, message);
  }

  /** It was under way to a client that is gone: the lane learns late or never what became of it. */
  void heldByLane(String text) {
    int body = text.lastIndexOf("\"body\":");
    if (body >= 0) {
      numbered(text.substring(body + 7, text.length() - 1)).somebodySlow = true;
    }
  }

  private void checkAddressee(SimClient client, Sent message) {
    boolean right =
        client != message.except
            && switch (message.to.kind()) {
              case EVERYONE -> true;
              case USER -> client.user().equals(message.to.name());
              case GROUP -> mayBeMember(client, message);
            };
    if (!right) {
      fail(client + " got what is not for it: " + message);
    }
  }

  /** After a leave was done none that is sent later arrives. */
  private static boolean mayBeMember(SimClient client, Sent message) {
    SimClient.Stay stay = client.stays().get(message.to.name());
    return stay != null && message.atNanos <= stay.leftNanos;
  }

  /**
   * DESIGN section 5 rule 8, per address: from one sender to one receiver. The named exceptions:
   * after adoption, and after a hold timed out. One more: what the lane of a slow client held until
   * that client ended (rule 7: unsent entries become RETURNs) comes back behind every fence. And
   * another: see {@link #cameTooEarly}. And one for operators: while a queue is unbound by hand,
   * returns do not reach it, and fences take its node for gone. So they do with a node that drains:
   * what it sends back after it unbound its queue may come late. A queue that is full for a moment
   * refuses one of the batches under way and takes the next (docs/decisions/0005). The router that
   * asks all nodes holds nothing.
   */
  private void checkOrder(SimClient client, Sent message) {
    String key =
        message.sender + ">" + message.to.kind() + message.to.name() + ">" + client.number();
    Sent former = newest.get(key);
    if (former == null || former.number < message.number) {
      newest.put(key, message);
      return;
    }
    SimRouter router = message.origin.router();
    boolean timedOut = router != null && router.timedOutSince(message.to, message.atNanos);
    boolean unbound =
        world.wasUnboundSince(message.atNanos)
            || (router != null
                && message.sentBackBy.stream()
                    .anyMatch(node -> router.foundGoneSince(node, message.atNanos)));
    boolean full = world.wasFullSince(client.process().nodeId(), message.atNanos);
    if (!timedOut
        && !unbound
        && !full
        && !(message.cameBack && world.variation().asksAll())
        && !cameTooEarly(client, message)
        && !message.somebodySlow
        && !heldBySlowLane(message)
        && !message.adopted
        && !former.adopted
        && !message.handedOver) {
      fail(client + " got m" + former.number + " before " + message);
    }
  }

  /** A client that was slow when it was delivered there, and is gone since. */
  private boolean heldBySlowLane(Sent message) {
    return world.clients().stream()
        .anyMatch(
            client ->
                !client.manner().isHealthy()
                    && client.endNanos() >= message.atNanos
                    && isMaybeAddressed(message, client, world.now()));
  }

  /**
   * It was at the client's node, or everywhere, before the client was, and found nobody. A newer
   * one that arrives just behind the client cannot know of it. A connection that was not there yet
   * is no receiver in the sense of rule 8.
   */
  private static boolean cameTooEarly(SimClient client, Sent message) {
    SimClient.Stay stay = client.stays().get(message.to.name());
    boolean joinedLater =
        message.to.kind() == Address.Kind.GROUP
            && stay != null
            && message.atNanos < stay.joinAskedNanos;
    boolean wasThere =
        message.asked
            || message.returnedBy.contains(client.process().nodeId())
            || (joinedLater && message.origin == client.process());
    return (joinedLater || message.atNanos < client.attachedNanos()) && wasThere;
  }

  void returned(SimProcess process, Envelope envelope) {
    if (envelope.action() == Envelope.Action.DELIVER) {
      Sent message = numbered(envelope.payload());
      message.cameBack = true;
      message.actors.add(process);
      // To act in the place of an origin that is gone is to adopt.
      message.adopted |= process != message.origin;
      message.returnedBy.addAll(envelope.returnedBy());
    }
  }

  void asked(Envelope envelope) {
    if (envelope.action() == Envelope.Action.DELIVER) {
      numbered(envelope.payload()).asked = true;
    }
  }

  void undeliverable(SimProcess process, Message told, Outcome outcome) {
    Sent message = numbered(told.payload());
    world.events().note(message.number, "%s hook: m%d %s", process, message.number, outcome);
    message.hooks++;
    Outcome former = message.hookOutcome;
    message.hookOutcome = outcome;
    boolean uncertain = // it may still arrive
        outcome.status() == Outcome.Status.UNAVAILABLE
            || (former != null && former.status() == Outcome.Status.UNAVAILABLE);
    boolean knowledgeDied = message.sentAgain && message.origin.isDead();
    if (message.hooks > 1 && !message.handedOver && !uncertain && !knowledgeDied) {
      fail("hook called again for " + message);
    }
  }

  // ---- frames

  /** A frame of a queue reached the memory of a process. */
  void handedTo(SimProcess process, String queue, byte[] frame) {
    SimProcess former = handed.putIfAbsent(frame, process);
    if (world.events().isTraced()) {
      world.events().trace("%s reads in queue %s: %s", process, queue, describe(frame));
    }
    if (former != null && former != process) {
      messagesIn(frame, message -> message.handedOver = true);
    }
    if (!queue.equals(process.nodeId())) {
      messagesIn(frame, message -> message.adopted = true);
    } else if (process.isLaterThanTheFirst()) {
      messagesIn(frame, message -> noteRestart(message, process));
    }
    returnsIn(frame, returned -> noteActor(returned, process));
  }

  private void noteActor(ReturnItem returned, SimProcess process) {
    Sent message = numbered(returned.envelope().payload());
    message.sentBackBy.add(returned.by());
    message.actors.add(process);
    message.readByNamesake |=
        process != message.origin
            && process.nodeId().equals(message.origin.nodeId())
            && !message.origin.isDead();
  }

  /** A message goes its way: into the lanes of its node, or into its outbox. */
  void dispatched(SimProcess process, Envelope envelope, Set<String> nodes) {
    if (envelope.action() == Envelope.Action.DELIVER && envelope.attempt() > 0) {
      Sent message = numbered(envelope.payload());
      message.sentAgain |= message.origin == process;
    }
    boolean leaves = nodes.size() > (nodes.contains(process.nodeId()) ? 1 : 0);
    if (envelope.action() == Envelope.Action.DELIVER && leaves && hasLittleRoom(process)) {
      numbered(envelope.payload()).crowded = true;
    }
  }

  private boolean hasLittleRoom(SimProcess process) {
    return world.variation().smallOutbox()
        && process.gauge(Gauge.OUTBOX_BYTES)
            > SimVariation.OUTBOX_TARGET_BYTES - SimVariation.OUTBOX_RESERVE_BYTES;
  }

  /**
   * The limits hold, and nobody is refused below them. A user's former clients count until their
   * removal has reached the registry; where the oldest gives way only who came with others does.
   */
  void admitted(SimClient client, Admission admission, boolean calmly) {
    int here = client.process().node().localConnections().size();
    if (here > SimVariation.CONNECTIONS_PER_NODE) {
      fail(client + " is one too many: " + here);
    }
    if (admission instanceof Admission.Refused refused && calmly) {
      long ofUser =
          world.candidates().stream()
              .filter(other -> other != client && other.user().equals(client.user()))
              .filter(other -> world.now() - other.endNanos() < SECOND || other.isOpen())
              .filter(
                  other ->
                      !world.variation().displaces()
                          || other.askedNanos() > client.askedNanos() - SECOND)
              .count();
      boolean right =
          refused.status() == 429
              ? ofUser >= SimVariation.CONNECTIONS_PER_USER
              : refused.status() == 503 && here >= SimVariation.CONNECTIONS_PER_NODE;
      if (!right) {
        fail(client + " is refused: " + refused);
      }
    }
  }

  /** Rule 7 of DESIGN section 5: a slow client costs its own lane only. */
  void closedByServer(SimClient client, int code) {
    if (code == CloseCode.TOO_SLOW
        && client.manner().isHealthy()
        && !world.variation().smallLanes()) {
      fail(client + " is closed for being slow");
    }
  }

  /** The node it waited for died and came back: as late as after an adoption. */
  private static void noteRestart(Sent message, SimProcess process) {
    message.adopted |= process.startedNanos() > message.atNanos;
  }

  static String describe(byte[] frame) {
    try {
      Batch batch = BatchDecoder.decode(frame);
      StringBuilder text = new StringBuilder(batch.from() + " #" + batch.number());
      for (Item item : batch.items()) {
        if (item instanceof MessageItem message) {
          text.append(" MESSAGE(")
              .append(message.envelope().payload().strip())
              .append(" sentTo=")
              .append(message.envelope().sentTo())
              .append(message.envelope().ask() ? " ask" : "")
              .append(")");
        } else if (item instanceof ReturnItem returned) {
          text.append(" RETURN(")
              .append(returned.envelope().payload().strip())
              .append(" ")
              .append(returned.by())
              .append(" ")
              .append(returned.cause())
              .append(" ")
              .append(returned.alsoAt())
              .append(")");
        } else {
          text.append(" ").append(item);
        }
      }
      return text.toString();
    } catch (MalformedBatchException e) {
      return "?";
    }
  }

  private void messagesIn(byte[] frame, Consumer<Sent> action) {
    envelopesIn(frame, envelope -> action.accept(numbered(envelope.payload())));
  }

  private void returnsIn(byte[] frame, Consumer<ReturnItem> action) {
    itemsIn(
        frame,
        item -> {
          if (item instanceof ReturnItem returned) {
            ifToDeliver(returned.envelope(), envelope -> action.accept(returned));
          }
        });
  }

  private void envelopesIn(byte[] frame, Consumer<Envelope> action) {
    itemsIn(
        frame,
        item -> {
          if (item instanceof MessageItem message) {
            ifToDeliver(message.envelope(), action);
          } else if (item instanceof ReturnItem returned) {
            ifToDeliver(returned.envelope(), action);
          }
        });
  }

  private static void ifToDeliver(Envelope envelope, Consumer<Envelope> action) {
    if (envelope.action() == Envelope.Action.DELIVER) {
      action.accept(envelope);
    }
  }

  private void itemsIn(byte[] frame, Consumer<Item> action) {
    try {
      BatchDecoder.decode(frame).items().forEach(action);
    } catch (MalformedBatchException e) {
      fail("a frame that cannot be read", e);
    }
  }

  /** What nodes are merely asked about is still held by its origin alone. */
  private void noteHeld(Envelope envelope, Set<Sent> held) {
    Sent message = numbered(envelope.payload());
    if (!envelope.ask()) {
      held.add(message);
    }
  }

  private Sent numbered(String payload) {
    Sent message = byNumber.get(Integer.valueOf(payload.strip()));
    if (message == null) {
      throw new IllegalStateException("nobody sent " + payload);
    }
    return message;
  }

  void adopted(SimProcess by, String node) {
    world.adopted(node);
    world.events().note(0, "%s adopts the queue of %s", by, node);
  }

  /**
   * A process ended, and its memory with it: what it had accepted, or acted for in the place of the
   * origin, and no queue holds is lost (DESIGN section 5 rule 9 promises nothing before the bus
   * holds a message). If the origin lives and only looked dead, what another node returned to the
   * one that acted for it is lost although a queue holds a further copy: when that comes back the
   * origin takes the silence of the other node for success.
   */
  void memoryLost(SimProcess process) {
    Set<Sent> held = new HashSet<>();
    queuedEnvelopes(envelope -> noteHeld(envelope, held));
    for (Sent message : sent) {
      boolean actedForTheLiving =
          message.actors.contains(process) && message.origin != process && !message.origin.isDead();
      boolean knewOfIt = message.origin == process || message.actors.contains(process);
      if (knewOfIt && !message.isResolved() && (actedForTheLiving || !held.contains(message))) {
        message.memoryLost = true;
      }
    }
  }

  private void queuedEnvelopes(Consumer<Envelope> action) {
    for (String node : world.nodeIds()) {
      List<byte[]> frames = world.cluster().queued(node);
      if (frames != null) {
        frames.forEach(frame -> envelopesIn(frame, action));
      }
    }
  }

  /** An operator deletes a queue, with what is in it. Fences take its node for gone meanwhile. */
  void queueDeleted(String node) {
    world.unbound();
    List<byte[]> frames = world.cluster().queued(node);
    if (frames != null) {
      frames.forEach(
          frame ->
              messagesIn(
                  frame,
                  message -> {
                    message.memoryLost = true;
                  }));
    }
  }

  // ---- the end

  boolean allResolved() {
    for (Sent message : sent) {
      if (!message.isResolved() && !message.memoryLost) {
        return false;
      }
      if (message.outcome == null && !message.origin.isDead()) {
        return false;
      }
    }
    return true;
  }

  void checkAll() {
    sent.forEach(this::check);
  }

  private void check(Sent message) {
    if (!message.isResolved() && !message.memoryLost) {
      fail("lost without a word: " + message);
    }
    Outcome outcome = message.outcome;
    if (outcome == null) {
      if (!message.origin.isDead() || message.origin.hasExited()) {
        fail("no outcome: " + message);
      }
    } else {
      checkOutcome(message, outcome);
    }
    if (message.hooks > 0 && !message.got.isEmpty() && !mayBeBoth(message)) {
      fail("hook called for what arrived: " + message + " " + message.hookOutcome);
    }
    if (message.calmly
        && !message.crowded
        && world.wasCalmUntil(message.atNanos, message.atNanos + CALM_DELIVERY_NANOS)) {
      checkCalm(message);
    }
  }

  /**
   * UNAVAILABLE is not "not delivered" (DESIGN section 6). And what an origin did with a message
   * that came back is known to nobody else: if it died, whoever gets an older copy back takes it
   * for the last. So it is if nobody can know that it lives, or if another process was let in under
   * its id meanwhile.
   */
  private boolean mayBeBoth(Sent message) {
    boolean knowledgeDied =
        message.cameBack && (message.origin.isDead() || world.isMadeToLookDead(message.atNanos));
    return message.handedOver
        || message.readByNamesake
        || knowledgeDied
        || (message.hookOutcome != null
            && message.hookOutcome.status() == Outcome.Status.UNAVAILABLE);
  }

  private void checkOutcome(Sent message, Outcome outcome) {
    switch (outcome.status()) {
      case DELIVERED -> {
        if (outcome.connections() > message.gotAtOutcome) {
          fail("counts more than the truth, " + message.gotAtOutcome + ": " + message);
        }
      }
      case OFFLINE, EXPIRED -> {
        if (!message.got.isEmpty()
            && !message.handedOver
            && !world.wasUnboundSince(message.atNanos)) {
          fail("arrived all the same: " + message);
        }
        if (message.hooks == 0 && !message.memoryLost) {
          fail("no hook: " + message);
        }
        for (SimClient client : message.calledOffline) {
          // Who is on his way out is unregistered before his socket closes.
          if (client.staysUntil(message.outcomeNanos + world.slackNanos())) {
            fail("OFFLINE though " + client + " is there: " + message);
          }
        }
      }
      case REJECTED -> {
        boolean mayBe =
            outcome.reason() == Outcome.Reason.LANE_FULL
                ? world.variation().rejects()
                : outcome.reason() == Outcome.Reason.NODE_BUSY;
        if (!mayBe || !world.variation().smallLanes()) {
          fail("rejected without a reason: " + message);
        }
        if (!message.got.isEmpty()) {
          fail("arrived all the same: " + message);
        }
      }
      case ACCEPTED, UNAVAILABLE -> {}
    }
  }

  /** What was sent while nothing was broken reaches all who are there, and at once. */
  private void checkCalm(Sent message) {
    int owed = 0;
    for (SimClient client : message.owedTo) {
      long until = message.atNanos + CALM_DELIVERY_NANOS;
      if (client.staysUntil(until)
          && stays(message, client)
          && !client.process().hadAFullLane(message.atNanos, until)) {
        owed++;
        if (!message.got.contains(client)) {
          fail(client + " missed " + message);
        }
      }
    }
    Outcome outcome = message.outcome;
    if (!message.awaited || outcome == null) {
      return;
    }
    // A slow client costs its own count only, unless a message that came back waits for it.
    if (outcome.connections() < owed && !(message.somebodySlow && message.cameBack)) {
      fail("counts less than the truth, " + owed + ": " + message);
    }
    if (!message.somebody && !somebodyCame(message) && outcome.status() != Outcome.Status.OFFLINE) {
      fail("nobody is there: " + message);
    }
  }

  private boolean somebodyCame(Sent message) {
    long until = message.atNanos + CALM_DELIVERY_NANOS;
    return world.clients().stream()
        .anyMatch(
            client ->
                switch (message.to.kind()) {
                  case EVERYONE -> client.attachedNanos() <= until;
                  case USER ->
                      client.user().equals(message.to.name()) && client.attachedNanos() <= until;
                  case GROUP -> {
                    SimClient.Stay stay = client.stays().get(message.to.name());
                    yield stay != null && client != message.except && stay.joinAskedNanos <= until;
                  }
                });
  }

  private static boolean stays(Sent message, SimClient client) {
    return message.to.kind() != Address.Kind.GROUP
        || client.stays().get(message.to.name()).leaveAskedNanos
            > message.atNanos + CALM_DELIVERY_NANOS;
  }
}
