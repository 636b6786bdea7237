package org.distributedsockets.examples.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who was promised what, and who got what: every socket, every message, every receipt. For the
 * clients' thread.
 */
final class Ledger {
  private static final Pattern MESSAGE =
      Pattern.compile("\\{\"from\":\"[^\"]+\",\"(to|group)\":\"([^\"]+)\",\"body\":\"(\\d+).*\"}");
  private static final Pattern RECEIPT =
      Pattern.compile(
          "\\{\"receipt\":\"(\\d+)\",\"status\":\"([a-z]+)\"(?:,\"connections\":(\\d+))?"
              + "(?:,\"reason\":\"([a-z_]+)\")?}");
  private static final Pattern JOINED =
      Pattern.compile("\\{\"receipt\":\"join ([^\"]+)\",\"status\":\"ok\"}");

  /**
   * Whatever is under way for longer may have been held for longer than newer messages wait (2 s),
   * as the hold began with another message.
   */
  private static final long HOLD_NANOS = 1_000_000_000L;

  /** How long a node may take a socket for alive that is not: until a ping was not answered. */
  private static final long LIVENESS_NANOS = 40_000_000_000L;

  private final List<Letter> letters = new ArrayList<>();
  private final List<Device> devices = new ArrayList<>();
  private final Map<String, List<Device>> byUser = new HashMap<>();
  private final Map<String, List<Long>> gaveUp = new HashMap<>();
  private final List<Excuse> excuses = new ArrayList<>();
  private final List<String> surprises = new ArrayList<>();
  private int doubled;
  private final List<Late> late = new ArrayList<>();
  private int lateAfterHold;
  private int unanswered;

  /** While a node is frozen or cut off its sockets look alive and are not. */
  private record Excuse(String node, long from, long until) {}

  /** A message that came after a newer one. */
  record Late(Letter letter, Device at, Letter newer, long nanos) {
    @Override
    public String toString() {
      return "%s; sent %d ms before %s, at %d %d ms after it was sent"
          .formatted(
              letter,
              (newer.sent() - letter.sent()) / 1_000_000,
              newer,
              at.id(),
              (nanos - letter.sent()) / 1_000_000);
    }
  }

  Device opened(String user, String node, boolean reads) {
    Device device = new Device(devices.size(), user, node, reads, System.nanoTime());
    devices.add(device);
    byUser.computeIfAbsent(user, key -> new ArrayList<>()).add(device);
    return device;
  }

  /** A client gave its handshake up; its node may take it for a connection all the same. */
  void gaveUp(String user) {
    gaveUp.computeIfAbsent(user, key -> new ArrayList<>()).add(System.nanoTime());
  }

  /** Whether a node may have held a dead socket of an address at some time between. */
  boolean mayHaveHeldDeadSocket(Letter letter) {
    long since = letter.sent() - LIVENESS_NANOS;
    boolean cut =
        devicesOf(letter.to()).stream()
            .filter(device -> !letter.arrivedAt(device))
            .filter(device -> device.since(letter.to()) < letter.answered())
            .anyMatch(device -> !device.reads() || (device.wasCut() && device.closed() > since));
    return cut
        || gaveUp.getOrDefault(letter.to(), List.of()).stream()
            .anyMatch(at -> at > since && at < letter.answered() + LIVENESS_NANOS);
  }

  Letter sent(Device from, String to) {
    Letter letter = new Letter(letters.size(), from, to, System.nanoTime());
    letters.add(letter);
    unanswered++;
    return letter;
  }

  /** What a node does from now on is not held against the cluster. */
  void excuse(String node) {
    excuses.add(new Excuse(node, System.nanoTime(), Device.NEVER));
  }

  /** Ends the excuses of a node. */
  void excuseUntil(String node, long until) {
    excuses.replaceAll(
        e -> e.node.equals(node) && e.until == Device.NEVER ? new Excuse(node, e.from, until) : e);
  }

  /**
   * Reads a frame that came to a socket.
   *
   * @return the message that it answers, or none
   */
  @Nullable Letter received(Device at, String frame) {
    long now = System.nanoTime();
    Matcher message = MESSAGE.matcher(frame);
    if (message.matches()) {
      Letter letter = letters.get(Integer.parseInt(message.group(3)));
      String to = message.group(2);
      boolean meant = message.group(1).equals("to") ? to.equals(at.user()) : at != letter.from();
      if (!meant || !to.equals(letter.to())) {
        surprises.add("not for " + at.user() + " at " + at.node() + ": " + letter);
      }
      arrived(at, letter, now);
      return null;
    }
    Matcher receipt = RECEIPT.matcher(frame);
    if (receipt.matches()) {
      Letter letter = letters.get(Integer.parseInt(receipt.group(1)));
      if (letter.receipts() == 0) {
        unanswered--;
      }
      String reason = receipt.group(4);
      String reached = receipt.group(3);
      letter.answer(
          reason == null ? receipt.group(2) : receipt.group(2) + " " + reason,
          reached == null ? 0 : Integer.parseInt(reached),
          now);
      return letter;
    }
    Matcher joined = JOINED.matcher(frame);
    if (joined.matches()) {
      at.join(joined.group(1), now);
    } else {
      surprises.add(frame);
    }
    return null;
  }

  private void arrived(Device at, Letter letter, long now) {
    letter.arrive(at, now);
    if (!at.take(letter.number())) {
      doubled++;
    } else {
      int before = at.newest(letter.from().id() + " " + letter.to(), letter.number());
      if (before > letter.number() && now - letter.sent() > HOLD_NANOS) {
        lateAfterHold++;
      } else if (before > letter.number()) {
        late.add(new Late(letter, at, letters.get(before), now));
      }
    }
  }

  List<Letter> letters() {
    return letters;
  }

  List<Device> devices() {
    return devices;
  }

  /** Those of a user, or for a group all. */
  List<Device> devicesOf(String address) {
    return byUser.getOrDefault(address, devices);
  }

  /** How many messages wait for their receipt, whether it can still come or not. */
  int unanswered() {
    return unanswered;
  }

  /** Messages that came to a socket which had them. */
  int doubled() {
    return doubled;
  }

  /** Messages that came after a newer one from the same socket to the same address. */
  List<Late> late() {
    return late;
  }

  /**
   * The same, but on its way for so long that a hold ran out, after which order is not promised.
   */
  int lateAfterHold() {
    return lateAfterHold;
  }

  /** Frames that nobody should have got. */
  List<String> surprises() {
    return surprises;
  }

  boolean isExcused(Device device, long from, long until) {
    return excuses.stream()
        .anyMatch(e -> e.node.equals(device.node()) && e.from <= until && e.until >= from);
  }

  /** Those who listened to the address of a message all the time between, and were able to. */
  List<Device> listened(Letter letter, long from, long until) {
    return devicesOf(letter.to()).stream()
        .filter(device -> device != letter.from())
        .filter(device -> device.listens(letter.to(), from, until))
        .filter(device -> !isExcused(device, from, until))
        .toList();
  }
}
