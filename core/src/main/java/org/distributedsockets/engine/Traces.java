package org.distributedsockets.engine;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.distributedsockets.Address;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.Outcome;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageTracing;
import org.jspecify.annotations.Nullable;

/**
 * Asks the application's tracing, which is not believed to never throw. A message that is not
 * followed costs a comparison and no object. Thread-safe.
 */
final class Traces {
  private final MessageTracing tracing;
  private final ErrorListener errors;

  Traces(MessageTracing tracing, ErrorListener errors) {
    this.tracing = tracing;
    this.errors = errors;
  }

  /** A message is accepted. Returns what follows it, or null. */
  MessageTracing.@Nullable Sending accepted(Address to) {
    return tracing == MessageTracing.NONE ? null : guarded(() -> tracing.accepted(to));
  }

  /** What travels with the message. */
  @Nullable String context(MessageTracing.@Nullable Sending sending) {
    return sending == null ? null : guarded(sending::context);
  }

  /** The same outcome; if the message is followed, complete only after who follows it was told. */
  CompletableFuture<Outcome> told(
      MessageTracing.@Nullable Sending sending, CompletableFuture<Outcome> outcome) {
    return sending == null
        ? outcome
        : outcome.thenApply(
            known -> {
              guarded(() -> sending.ended(known));
              return known;
            });
  }

  /**
   * A message is about to be given to connections.
   *
   * @param whenDone to be told what became of it
   * @return the same, or one that also tells who follows it
   */
  Consumer<LocalResult> following(Envelope envelope, Consumer<LocalResult> whenDone) {
    String context = envelope.traceContext();
    if (context == null || tracing == MessageTracing.NONE) {
      return whenDone;
    }
    return followed(context, envelope.to(), whenDone);
  }

  private Consumer<LocalResult> followed(
      String context, Address to, Consumer<LocalResult> whenDone) {
    MessageTracing.Delivering delivering = guarded(() -> tracing.delivering(context, to));
    if (delivering == null) {
      return whenDone;
    }
    return result -> {
      guarded(() -> delivering.ended(result.connections()));
      whenDone.accept(result);
    };
  }

  private <T> @Nullable T guarded(Supplier<@Nullable T> question) {
    try {
      return question.get();
    } catch (RuntimeException e) {
      errors.onError("the tracing threw", e);
      return null;
    }
  }

  private void guarded(Runnable news) {
    try {
      news.run();
    } catch (RuntimeException e) {
      errors.onError("the tracing threw", e);
    }
  }
}
