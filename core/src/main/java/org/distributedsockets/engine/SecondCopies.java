package org.distributedsockets.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;

/**
 * Keeps a message that was sent again from being written here twice. Its copies normally know of
 * each other; but where an origin died, or could not be reached and another node acted in its
 * place, two of them may find their way here. Remembers the latest ones only. Thread-safe.
 */
final class SecondCopies {
  private static final int MAX_REMEMBERED = 10_000;

  // Guarded by "this".
  private final Map<MessageId, CompletableFuture<LocalResult>> results =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(
            Map.Entry<MessageId, CompletableFuture<LocalResult>> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  /** Delivers, or answers as for the first copy. One that reached nobody is tried again. */
  @SuppressWarnings("FutureReturnValueIgnored") // what is done with the future ends in whenDone
  void deliver(
      Envelope envelope,
      Consumer<LocalResult> whenDone,
      BiConsumer<Envelope, Consumer<LocalResult>> delivery) {
    CompletableFuture<LocalResult> mine = new CompletableFuture<>();
    CompletableFuture<LocalResult> former;
    synchronized (this) {
      former = results.putIfAbsent(envelope.id(), mine);
    }
    if (former != null) {
      former.thenAccept(whenDone);
      return;
    }
    delivery.accept(
        envelope,
        result -> {
          if (result.connections() == 0) {
            forget(envelope.id());
          }
          whenDone.accept(result);
          mine.complete(result);
        });
  }

  private synchronized void forget(MessageId id) {
    results.remove(id);
  }
}
