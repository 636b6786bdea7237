package org.distributedsockets.engine;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.Message;
import org.distributedsockets.RequestListener;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.Item.Cause;
import org.distributedsockets.engine.wire.Item.ReplyItem;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * The last step of a request's way, and the first of its answer's: gives it to the connections that
 * can answer, or in their place to the application, and sends back what they say. Thread-safe;
 * nothing blocks.
 */
final class RequestDelivery {
  private final @Nullable RequestListener listener;
  private final Consumer<String> check;
  private final BiPredicate<String, Item> out;
  private final NodeRuntime runtime;
  private final ErrorListener errors;

  /**
   * Makes one.
   *
   * @param listener answers for connections that cannot, or null for nobody
   * @param check throws IllegalArgumentException for an answer that may not be sent
   * @param out offers an item to a node, this one included; false if it is not taken
   */
  RequestDelivery(
      @Nullable RequestListener listener,
      Consumer<String> check,
      BiPredicate<String, Item> out,
      NodeRuntime runtime,
      ErrorListener errors) {
    this.listener = listener;
    this.check = check;
    this.out = out;
    this.runtime = runtime;
    this.errors = errors;
  }

  void deliver(
      Envelope request,
      List<ClientConnection> connections,
      long partialWaitNanos,
      long nowMillis,
      Consumer<LocalResult> whenDone) {
    LocalDelivery delivery = new LocalDelivery(runtime, partialWaitNanos, whenDone);
    boolean forSome = false;
    for (ClientConnection connection : connections) {
      ExtendedClient extended = connection.extended();
      if (extended != null) {
        forSome = true;
        delivery.offerTo(receipt -> extended.offerRequest(request, nowMillis, receipt));
      } else if (listener != null) {
        forSome = true;
        delivery.offerTo(
            receipt -> {
              runtime.callbacks().execute(() -> ask(listener, request, connection));
              receipt.written();
              return Lane.Offer.TAKEN;
            });
      }
    }
    if (forSome) {
      delivery.allOffered();
    } else {
      whenDone.accept(LocalResult.failed(Cause.UNANSWERABLE));
    }
  }

  private void ask(RequestListener asked, Envelope request, ClientConnection connection) {
    CompletionStage<String> answer = null;
    try {
      answer = asked.onRequest(connection, message(request));
    } catch (Throwable e) {
      errors.onError("the request listener threw", e);
    }
    if (answer == null) {
      reply(request.origin(), request.id(), null);
      return;
    }
    answer.whenComplete(
        (payload, failure) -> {
          if (failure != null) {
            errors.onError("the request listener's stage failed", failure);
          }
          reply(request.origin(), request.id(), failure == null ? checked(payload) : null);
        });
  }

  /** Null, and reported, if it is nothing that may be sent. */
  private @Nullable String checked(@Nullable String payload) {
    try {
      if (payload != null) {
        check.accept(payload);
      }
      return payload;
    } catch (IllegalArgumentException e) {
      errors.onError("the request listener's answer is not usable", e);
      return null;
    }
  }

  /** Sends an answer, or null for a refusal, back; false if there is no room for it. */
  boolean reply(String origin, MessageId request, @Nullable String payload) {
    return out.test(origin, new ReplyItem(request, payload));
  }

  /** A message as the application sees it. */
  static Message message(Envelope envelope) {
    return new Message(
        envelope.id().toString(),
        envelope.from(),
        envelope.to(),
        envelope.payload(),
        Instant.ofEpochMilli(envelope.acceptedAtMillis()));
  }
}
