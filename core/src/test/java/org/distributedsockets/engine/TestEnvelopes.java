package org.distributedsockets.engine;

import java.util.Set;
import org.distributedsockets.Address;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;

/** Envelopes of which a test names only what it is about. */
final class TestEnvelopes {
  static final Address BOB = Address.user("bob");
  static final long FAR_FUTURE_MILLIS = Long.MAX_VALUE;

  private TestEnvelopes() {}

  /** From n1 to bob, awaited. */
  static Envelope awaited(long sequence) {
    return of(sequence, BOB, "1", true, FAR_FUTURE_MILLIS);
  }

  /** From n1 to bob; nobody waits. */
  static Envelope unawaited(long sequence) {
    return of(sequence, BOB, "1", false, FAR_FUTURE_MILLIS);
  }

  static Envelope to(Address address) {
    return of(1, address, "1", true, FAR_FUTURE_MILLIS);
  }

  static Envelope of(
      long sequence, Address to, String payload, boolean answerWanted, long expiresAtMillis) {
    return new Envelope(
        new MessageId(7, sequence),
        Envelope.Action.DELIVER,
        "n1",
        "alice",
        to,
        payload,
        null,
        null,
        0,
        expiresAtMillis,
        answerWanted,
        false,
        0,
        Set.of(),
        Set.of(),
        Set.of(),
        null);
  }

  /** From n1 to bob, who is asked to answer. */
  static Envelope request(long sequence) {
    return new Envelope(
        new MessageId(7, sequence),
        Envelope.Action.REQUEST,
        "n1",
        null,
        BOB,
        "1",
        null,
        null,
        0,
        FAR_FUTURE_MILLIS,
        true,
        false,
        0,
        Set.of(),
        Set.of(),
        Set.of(),
        null);
  }

  /** For one connection only, or for all but one. */
  static Envelope narrowed(Address to, String exceptConnection, String onlyConnection) {
    return new Envelope(
        new MessageId(7, 1),
        Envelope.Action.DELIVER,
        "n1",
        "alice",
        to,
        "1",
        exceptConnection,
        onlyConnection,
        0,
        FAR_FUTURE_MILLIS,
        true,
        false,
        0,
        Set.of(),
        Set.of(),
        Set.of(),
        null);
  }

  static Envelope disconnect(Address to, String payload, String onlyConnection) {
    return new Envelope(
        new MessageId(7, 1),
        Envelope.Action.DISCONNECT,
        "n1",
        null,
        to,
        payload,
        null,
        onlyConnection,
        0,
        FAR_FUTURE_MILLIS,
        true,
        false,
        0,
        Set.of(),
        Set.of(),
        Set.of(),
        null);
  }
}
