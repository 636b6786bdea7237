package org.distributedsockets.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.Address;
import org.distributedsockets.ClientMessage;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Connection;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.SendOptions;
import org.distributedsockets.engine.ClientServices.ClientLimits;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.protocol.BadFrameException;
import org.distributedsockets.protocol.ClientFrame;
import org.distributedsockets.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * What one client sends: put together from its parts, held against the limits, read, done and
 * answered. Called by one thread at a time, in the order of the frames.
 */
final class InboundFrames {
  private static final long UNAVAILABLE_PAUSE_NANOS = 1_000_000_000L;
  private static final int CLOSE_FACTOR = 4;
  private static final String NOT_TAKEN = "the message was not taken";

  private final ClientConnection connection;
  private final ClientServices services;
  private final TokenBucket messages;
  private final TokenBucket bytes;

  /** The parts so far of a message in more than one, null between messages. */
  private @Nullable StringBuilder parts;

  private long partsBytes;

  /** Guarded by "this": outcomes come on any thread. */
  private long lastUnavailableNanos;

  InboundFrames(ClientConnection connection, ClientServices services) {
    this.connection = connection;
    this.services = services;
    ClientLimits limits = services.limits();
    long now = services.runtime().nanoTime();
    int rate = limits.messageRate();
    this.messages =
        TokenBucket.ofRate(rate, limits.messageBurst() == 0 ? rate : limits.messageBurst(), now);
    this.bytes =
        TokenBucket.ofRate(
            limits.byteRate(), Math.max(limits.byteRate(), limits.frameBytes()), now);
    this.lastUnavailableNanos = now - UNAVAILABLE_PAUSE_NANOS;
  }

  void binary() {
    refuse(
        new BadFrameException(ErrorCode.UNSUPPORTED, "binary frames are not supported", null),
        withinRates(0));
  }

  void text(String part, boolean last) {
    long limit = services.limits().frameBytes();
    partsBytes += Utf8.length(part);
    if (partsBytes > limit * CLOSE_FACTOR) {
      parts = null;
      connection.close(CloseCode.TOO_LARGE, "frame longer than " + limit * CLOSE_FACTOR + " bytes");
      return;
    }
    if (last) {
      String whole = parts == null ? part : parts.append(part).toString();
      long size = partsBytes;
      parts = null;
      partsBytes = 0;
      frame(whole, size);
    } else if (partsBytes <= limit) {
      parts = (parts == null ? new StringBuilder() : parts).append(part);
    }
  }

  private void frame(String text, long size) {
    services.metrics().count(Counter.FRAMES_IN, 1);
    long limit = services.limits().frameBytes();
    boolean withinRates = withinRates(Math.min(size, limit));
    try {
      if (size > limit) {
        throw new BadFrameException(
            ErrorCode.TOO_LARGE, "frame longer than " + limit + " bytes", null);
      }
      ClientFrame frame = connection.protocol().decode(text);
      if (!withinRates) {
        throw new BadFrameException(ErrorCode.RATE_LIMITED, "too many frames", frame.id());
      }
      act(frame);
    } catch (BadFrameException e) {
      refuse(e, withinRates);
    }
  }

  /** Each frame counts, also one that cannot be used: it costs no less to answer. */
  private boolean withinRates(long size) {
    long now = services.runtime().nanoTime();
    return messages.tryTake(1, now)
        && bytes.tryTake(size, now)
        && services.shared().takeMessage(connection.user(), connection.clientAddress(), now);
  }

  private void refuse(BadFrameException e, boolean withinRates) {
    services.metrics().count(Counter.FRAMES_BAD, 1);
    connection.answer(
        withinRates
            ? services.protocol().error(e.code(), e.getMessage(), e.id())
            : services.protocol().error(ErrorCode.RATE_LIMITED, "too many frames", e.id()));
  }

  private void act(ClientFrame frame) throws BadFrameException {
    if (frame instanceof ClientFrame.Send send) {
      send(send);
    } else if (frame instanceof ClientFrame.Join join) {
      if (!connection.mayJoin(join.group())) {
        throw new BadFrameException(ErrorCode.FORBIDDEN, "member of too many groups", join.id());
      }
      if (!services.allows(policy -> policy.mayJoin(connection, join.group()))) {
        throw new BadFrameException(ErrorCode.FORBIDDEN, "may not join", join.id());
      }
      answerWhenDone(join.id(), connection.joinGroup(join.group()));
    } else if (frame instanceof ClientFrame.Leave leave) {
      answerWhenDone(leave.id(), connection.leaveGroup(leave.group()));
    } else if (connection.extended() != null) {
      connection.extended().act(frame);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the future ends here
  private void answerWhenDone(@Nullable String id, CompletableFuture<?> stage) {
    if (id != null) {
      stage.whenComplete(
          (done, failure) -> {
            if (failure == null) {
              connection.answer(services.protocol().done(id));
            }
          });
    }
  }

  private void send(ClientFrame.Send frame) throws BadFrameException {
    Address to = frame.to();
    if (to.kind() == Address.Kind.GROUP && !connection.isMember(to.name())) {
      throw new BadFrameException(ErrorCode.FORBIDDEN, "not a member of the group", frame.id());
    }
    if (!services.allows(policy -> policy.maySend(connection, to))) {
      throw new BadFrameException(ErrorCode.FORBIDDEN, "may not send", frame.id());
    }
    CompletionStage<Outcome> outcome;
    try {
      outcome = services.messages().onMessage(new Sent(frame));
    } catch (RuntimeException e) {
      services.errors().onError("the message listener threw", e);
      unavailable(frame.id(), NOT_TAKEN);
      return;
    }
    if (outcome == null) {
      services.errors().onError("the message listener returned null", null);
      unavailable(frame.id(), NOT_TAKEN);
      return;
    }
    outcome.whenComplete((o, failure) -> answer(frame.id(), o, failure));
  }

  private void answer(@Nullable String id, @Nullable Outcome outcome, @Nullable Throwable failure) {
    if (outcome == null) {
      services.errors().onError("the message listener's stage failed", failure);
      unavailable(id, NOT_TAKEN);
    } else if (id != null) {
      connection.answer(services.protocol().receipt(id, outcome));
    } else if (outcome.status() == Outcome.Status.REJECTED
        || outcome.status() == Outcome.Status.UNAVAILABLE) {
      Reason reason = outcome.reason();
      unavailable(null, reason == null ? NOT_TAKEN : reason.wireName());
    }
  }

  /**
   * A client that asks for no receipts hears at most once a second that its messages are not taken.
   */
  private void unavailable(@Nullable String id, String why) {
    if (id != null || takeTurn()) {
      connection.answer(services.protocol().error(ErrorCode.UNAVAILABLE, why, id));
    }
  }

  private synchronized boolean takeTurn() {
    long now = services.runtime().nanoTime();
    if (now - lastUnavailableNanos < UNAVAILABLE_PAUSE_NANOS) {
      return false;
    }
    lastUnavailableNanos = now;
    return true;
  }

  /** A message frame, as the message listener sees it. */
  private final class Sent implements ClientMessage {
    private final ClientFrame.Send frame;

    Sent(ClientFrame.Send frame) {
      this.frame = frame;
    }

    @Override
    public Connection sender() {
      return connection;
    }

    @Override
    public Address to() {
      return frame.to();
    }

    @Override
    public String payload() {
      return frame.body();
    }

    @Override
    public boolean receiptWanted() {
      return frame.id() != null;
    }

    @Override
    public CompletionStage<Outcome> forward() {
      boolean toGroup = frame.to().kind() == Address.Kind.GROUP;
      SendOptions options =
          new SendOptions(
              connection.user(), receiptWanted(), null, toGroup ? connection.id() : null);
      return services.sender().send(frame.to(), frame.body(), options);
    }
  }
}
