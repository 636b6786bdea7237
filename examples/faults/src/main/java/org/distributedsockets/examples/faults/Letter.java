package org.distributedsockets.examples.faults;

import java.util.ArrayList;
import java.util.List;

/** A message that asked for a receipt, and all that became of it. For the clients' thread. */
final class Letter {
  private final int number;
  private final Device from;
  private final String to;
  private final long sent;
  private final List<Arrival> arrivals = new ArrayList<>(1);
  private int receipts;
  private String status = "";
  private int connections;
  private long answered = Device.NEVER;

  /** A message at a socket. */
  record Arrival(Device at, long nanos) {}

  Letter(int number, Device from, String to, long sent) {
    this.number = number;
    this.from = from;
    this.to = to;
    this.sent = sent;
  }

  int number() {
    return number;
  }

  Device from() {
    return from;
  }

  /** A user or a group. */
  String to() {
    return to;
  }

  long sent() {
    return sent;
  }

  void arrive(Device at, long now) {
    arrivals.add(new Arrival(at, now));
  }

  List<Arrival> arrivals() {
    return arrivals;
  }

  boolean arrivedAt(Device device) {
    return arrivals.stream().anyMatch(arrival -> arrival.at == device);
  }

  void answer(String outcome, int reached, long now) {
    receipts++;
    status = outcome;
    connections = reached;
    answered = now;
  }

  /** How many receipts came; there should be one. */
  int receipts() {
    return receipts;
  }

  /** The status of its receipt, with the reason behind a space; empty without a receipt. */
  String status() {
    return status;
  }

  boolean is(String outcome) {
    return status.equals(outcome) || status.startsWith(outcome + " ");
  }

  /** How many sockets it reached, says the receipt. */
  int connections() {
    return connections;
  }

  long answered() {
    return answered;
  }

  @Override
  public String toString() {
    return number
        + " from "
        + from.user()
        + " at "
        + from.node()
        + " to "
        + to
        + ": "
        + (receipts == 0 ? "no receipt" : status + " " + connections)
        + ", arrived at "
        + arrivals.stream().map(a -> a.at.id() + "@" + a.at.node()).toList();
  }
}
