package org.distributedsockets.engine;

import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.distributedsockets.Address;
import org.distributedsockets.SendOptions;
import org.distributedsockets.engine.LocalConnections.DisconnectOrder;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.distributedsockets.spi.NodeIdentity;
import org.jspecify.annotations.Nullable;

/**
 * Makes the envelopes of what this node accepts: each with an id of its own and a life in cluster
 * time. Thread-safe.
 */
final class Envelopes {
  private final Supplier<NodeIdentity> self;
  private final LongSupplier clusterMillis;
  private final long lifeMillis;
  private final AtomicLong lastSequence = new AtomicLong();

  /**
   * Makes one.
   *
   * @param lifeMillis the life of what names none
   */
  Envelopes(Supplier<NodeIdentity> self, LongSupplier clusterMillis, long lifeMillis) {
    this.self = self;
    this.clusterMillis = clusterMillis;
    this.lifeMillis = lifeMillis;
  }

  Envelope message(Address to, String payload, SendOptions options, @Nullable String traceContext) {
    return envelope(
        Envelope.Action.DELIVER,
        to,
        payload,
        options.from(),
        options.exceptConnection(),
        null,
        options.awaitRecipient(),
        options.life() == null ? lifeMillis : options.life().toMillis(),
        traceContext);
  }

  Envelope request(Address user, String payload, long timeoutMillis) {
    return envelope(
        Envelope.Action.REQUEST, user, payload, null, null, null, true, timeoutMillis, null);
  }

  /**
   * An order to close connections.
   *
   * @param onlyConnection the one that is meant, or null for all of the user
   */
  Envelope disconnect(
      Address user,
      int code,
      String reason,
      @Nullable String onlyConnection,
      boolean answerWanted) {
    return envelope(
        Envelope.Action.DISCONNECT,
        user,
        new DisconnectOrder(code, CloseReason.cut(reason)).payload(),
        null,
        null,
        onlyConnection,
        answerWanted,
        lifeMillis,
        null);
  }

  private Envelope envelope(
      Envelope.Action action,
      Address to,
      String payload,
      @Nullable String from,
      @Nullable String exceptConnection,
      @Nullable String onlyConnection,
      boolean answerWanted,
      long life,
      @Nullable String traceContext) {
    NodeIdentity identity = self.get();
    long now = clusterMillis.getAsLong();
    return new Envelope(
        new MessageId(identity.incarnationNumber(), lastSequence.incrementAndGet()),
        action,
        identity.nodeId(),
        from,
        to,
        payload,
        exceptConnection,
        onlyConnection,
        now,
        now + life,
        answerWanted,
        false,
        0,
        Set.of(),
        Set.of(),
        Set.of(),
        traceContext);
  }
}
