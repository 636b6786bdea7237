package org.distributedsockets.examples.faults;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The oracle: compares what was promised with what came. For the clients' thread, once all is
 * quiet.
 */
final class Tally {
  /**
   * A socket that is this old is known everywhere, also on a busy machine. The promise is at once
   * for a first one, if its registration took no longer than 500 ms, and 100 ms for a further one.
   */
  private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long LEAVING_NANOS = 500_000_000;

  /** A device that lives so long after a message has it, if it ever gets it. */
  private static final long ARRIVED_NANOS = TimeUnit.SECONDS.toNanos(15);

  private final Ledger ledger;
  private final Map<Integer, List<String>> toldToHook;
  private final Map<String, Integer> statuses = new TreeMap<>();
  private final List<Lost> lost = new ArrayList<>();
  private final List<Letter> silent = new ArrayList<>();
  private final List<Overlooked> wronglyOffline = new ArrayList<>();
  private final List<Overlooked> missed = new ArrayList<>();
  private final List<Letter> answeredTwice = new ArrayList<>();
  private final List<Letter> hookNotCalled = new ArrayList<>();
  private final List<Unforeseen> offlineButArrived = new ArrayList<>();
  private int toHook;
  private int offlineToNewcomer;
  private int askerGone;
  private int diedWithSocket;
  private int again;
  private long slowestReceiptNanos;

  /** A message that was taken, and the sockets that were there for it. */
  record Lost(Letter letter, List<Device> there) {
    @Override
    public String toString() {
      return "%s; answered after %d ms; there were %s"
          .formatted(
              letter,
              (letter.answered() - letter.sent()) / 1_000_000,
              there.stream()
                  .map(
                      device ->
                          "%s %d ms later"
                              .formatted(device, (device.closed() - letter.sent()) / 1_000_000))
                  .toList());
    }
  }

  /** A socket that should have had a message. */
  record Overlooked(Letter letter, Device device) {
    @Override
    public String toString() {
      return "%s; not at %d@%s, there for %d ms"
          .formatted(
              letter,
              device.id(),
              device.node(),
              (letter.sent() - device.since(letter.to())) / 1_000_000);
    }
  }

  /** A message that came though its receipt says that nobody is there. */
  record Unforeseen(Letter letter) {
    @Override
    public String toString() {
      return "%s; answered after %d ms; came %s"
          .formatted(
              letter,
              (letter.answered() - letter.sent()) / 1_000_000,
              letter.arrivals().stream().map(this::arrival).toList());
    }

    private String arrival(Letter.Arrival arrival) {
      Device at = arrival.at();
      return "after %d ms to one opened %d ms before, %s"
          .formatted(
              (arrival.nanos() - letter.sent()) / 1_000_000,
              (arrival.nanos() - at.opened()) / 1_000_000,
              at.left() == Device.NEVER
                  ? "which stayed"
                  : "which left " + (at.left() - arrival.nanos()) / 1_000 + " us later");
    }
  }

  /**
   * Judges.
   *
   * @param toldToHook by message, what the undeliverable hook was told of it
   */
  Tally(Ledger ledger, Map<Integer, List<String>> toldToHook) {
    this.ledger = ledger;
    this.toldToHook = toldToHook;
    ledger.letters().forEach(this::judge);
  }

  private void judge(Letter letter) {
    if (letter.receipts() == 0) {
      if (letter.from().isOpen()) {
        silent.add(letter);
      } else {
        askerGone++;
      }
      return;
    }
    if (letter.receipts() > 1) {
      answeredTwice.add(letter);
    }
    statuses.merge(letter.status(), 1, Integer::sum);
    if (!ledger.isExcused(letter.from(), letter.sent(), letter.answered())) {
      slowestReceiptNanos = Math.max(slowestReceiptNanos, letter.answered() - letter.sent());
    }
    Set<Device> reached = new HashSet<>();
    letter.arrivals().forEach(arrival -> reached.add(arrival.at()));
    if ((letter.is("delivered") && reached.size() < letter.connections())
        || (letter.is("accepted") && reached.isEmpty())) {
      judgeMissing(letter);
    }
    if (letter.is("offline")) {
      judgeOffline(letter);
    }
    if (!reached.isEmpty()) {
      judgeArrived(letter, reached);
    }
  }

  private void judgeOffline(Letter letter) {
    // Who is sent away by a node that drains is unregistered a moment before he knows.
    ledger.listened(letter, letter.sent(), letter.answered() + LEAVING_NANOS).stream()
        .min(Comparator.comparingLong(device -> device.since(letter.to())))
        .ifPresent(device -> overlooked(letter, device));
    if (!letter.arrivals().isEmpty()) {
      offlineButArrived.add(new Unforeseen(letter));
    }
    if (!toldToHook.containsKey(letter.number())) {
      hookNotCalled.add(letter);
    }
  }

  private void overlooked(Letter letter, Device device) {
    if (letter.sent() - device.since(letter.to()) > KNOWN_NANOS) {
      wronglyOffline.add(new Overlooked(letter, device));
    } else {
      offlineToNewcomer++;
    }
  }

  /** It was taken, and fewer sockets have it than it was written to. */
  private void judgeMissing(Letter letter) {
    if (letter.is("delivered") && ledger.mayHaveHeldDeadSocket(letter)) {
      diedWithSocket++;
    } else if (letter.is("accepted") && toldToHook.containsKey(letter.number())) {
      toHook++;
    } else {
      lost.add(
          new Lost(
              letter,
              ledger.devicesOf(letter.to()).stream()
                  .filter(device -> device.closed() > letter.sent())
                  .filter(device -> device.since(letter.to()) < letter.answered())
                  .toList()));
    }
  }

  private void judgeArrived(Letter letter, Set<Device> reached) {
    // A node that thaws knows only later where else its users have gone.
    if (!ledger.isExcused(letter.from(), letter.sent(), letter.answered())) {
      ledger.listened(letter, letter.sent() - KNOWN_NANOS, letter.sent() + ARRIVED_NANOS).stream()
          .filter(device -> !reached.contains(device))
          .findFirst()
          .ifPresent(device -> missed.add(new Overlooked(letter, device)));
    }
    long first = letter.arrivals().get(0).nanos();
    Set<Device> counted = new HashSet<>();
    for (Letter.Arrival arrival : letter.arrivals()) {
      if (arrival.at().opened() > first && counted.add(arrival.at())) {
        again++;
      }
    }
  }

  /** How many messages were sent. */
  int sent() {
    return ledger.letters().size();
  }

  /** How many receipts there were of each status and reason. */
  Map<String, Integer> statuses() {
    return statuses;
  }

  int count(String outcome) {
    return statuses.entrySet().stream()
        .filter(e -> e.getKey().equals(outcome) || e.getKey().startsWith(outcome + " "))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  /** Delivered or accepted, says the receipt, and no socket got it, or fewer than it says. */
  List<Lost> lost() {
    return lost;
  }

  /** Written to a socket that ended without a close frame before it was read: TCP's loss. */
  int diedWithSocket() {
    return diedWithSocket;
  }

  /** Without a receipt, though the socket that asked for it is open still. */
  List<Letter> silent() {
    return silent;
  }

  /** Without a receipt, because the socket that asked for it ended. */
  int askerGone() {
    return askerGone;
  }

  /** OFFLINE, though a socket of the recipient was open all the time. */
  List<Overlooked> wronglyOffline() {
    return wronglyOffline;
  }

  /** At one socket of the recipient, but never at another one that was open all the time. */
  List<Overlooked> missed() {
    return missed;
  }

  List<Letter> answeredTwice() {
    return answeredTwice;
  }

  /** Accepted, and when its recipient was not found any more the hook was told. */
  int toHook() {
    return toHook;
  }

  /** OFFLINE, though a socket of the recipient was there, but for two seconds at the most. */
  int offlineToNewcomer() {
    return offlineToNewcomer;
  }

  /** OFFLINE, and the hook was not told. */
  List<Letter> hookNotCalled() {
    return hookNotCalled;
  }

  List<Unforeseen> offlineButArrived() {
    return offlineButArrived;
  }

  int doubled() {
    return ledger.doubled();
  }

  /** At a socket that was opened after another one had got it. */
  int again() {
    return again;
  }

  /** Came after a newer one from the same socket to the same address. */
  List<Ledger.Late> late() {
    return ledger.late();
  }

  int lateAfterHold() {
    return ledger.lateAfterHold();
  }

  List<String> surprises() {
    return ledger.surprises();
  }

  long slowestReceiptMillis() {
    return slowestReceiptNanos / 1_000_000;
  }

  /** How long after a time every user had got something from another node. */
  long reachedMillis(long since) {
    Map<String, Long> firsts = new HashMap<>();
    for (Letter letter : ledger.letters()) {
      for (Letter.Arrival arrival : letter.arrivals()) {
        if (arrival.nanos() >= since && !arrival.at().node().equals(letter.from().node())) {
          firsts.merge(arrival.at().user(), arrival.nanos(), Math::min);
        }
      }
    }
    long last = firsts.values().stream().mapToLong(Long::longValue).max().orElse(since);
    return (last - since) / 1_000_000;
  }

  /** How long after a time the last message was sent that was not delivered to one who listened. */
  long steadyMillis(long since) {
    return ledger.letters().stream()
        .filter(letter -> letter.sent() >= since && letter.receipts() > 0)
        .filter(letter -> !letter.is("delivered"))
        .filter(letter -> !ledger.listened(letter, letter.sent(), letter.answered()).isEmpty())
        .mapToLong(letter -> (letter.sent() - since) / 1_000_000)
        .max()
        .orElse(0);
  }
}
