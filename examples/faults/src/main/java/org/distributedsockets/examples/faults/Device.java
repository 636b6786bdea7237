package org.distributedsockets.examples.faults;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.distributedsockets.examples.chat.testkit.Client;

/** One connection of a user, from its handshake to its end. For the clients' thread. */
final class Device {
  /** The time at which something is that has not happened. */
  static final long NEVER = Long.MAX_VALUE;

  private final int id;
  private final String user;
  private final String node;
  private final boolean reads;
  private final long opened;
  private final BitSet got = new BitSet();
  private final Map<String, Integer> newest = new HashMap<>();
  private final Map<String, Long> joined = new HashMap<>();
  private long left = NEVER;
  private long closed = NEVER;
  private int closeCode;

  Device(int id, String user, String node, boolean reads, long opened) {
    this.id = id;
    this.user = user;
    this.node = node;
    this.reads = reads;
    this.opened = opened;
  }

  int id() {
    return id;
  }

  String user() {
    return user;
  }

  String node() {
    return node;
  }

  boolean reads() {
    return reads;
  }

  long opened() {
    return opened;
  }

  long closed() {
    return closed;
  }

  /** When it went by itself, or was closed. */
  long left() {
    return left;
  }

  boolean isOpen() {
    return closed == NEVER;
  }

  /** It goes by itself: from now on its node may know, though it has not heard the answer. */
  void leave(long now) {
    left = Math.min(left, now);
  }

  void close(long now, int code) {
    leave(now);
    closed = now;
    closeCode = code;
  }

  /** Whether it ended without a close frame, so that nobody knows what it still got. */
  boolean wasCut() {
    return !isOpen() && closeCode == Client.LOST;
  }

  void join(String group, long now) {
    joined.put(group, now);
  }

  /** Since when messages to this address concern it. */
  long since(String address) {
    return address.equals(user) ? opened : joined.getOrDefault(address, NEVER);
  }

  boolean listens(String address, long from, long until) {
    return reads && since(address) < from && left > until;
  }

  /** Notes a message; returns false if it had that one. */
  boolean take(int number) {
    boolean fresh = !got.get(number);
    got.set(number);
    return fresh;
  }

  @Override
  public String toString() {
    return id + "@" + node + (isOpen() ? " open" : " closed with " + closeCode);
  }

  /** Notes that a message of a kind came, and says which was the newest of that kind before. */
  int newest(String kind, int number) {
    int before = newest.getOrDefault(kind, -1);
    newest.put(kind, Math.max(before, number));
    return before;
  }
}
