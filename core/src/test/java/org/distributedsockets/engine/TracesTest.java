package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.distributedsockets.spi.MessageTracing;
import org.junit.jupiter.api.Test;

class TracesTest {
  private static final Envelope FOLLOWED =
      new Envelope(
          new MessageId(7, 1),
          Envelope.Action.DELIVER,
          "n1",
          null,
          TestEnvelopes.BOB,
          "1",
          null,
          null,
          0,
          TestEnvelopes.FAR_FUTURE_MILLIS,
          true,
          false,
          0,
          Set.of(),
          Set.of(),
          Set.of(),
          "context");

  private final RecordingErrors errors = new RecordingErrors();
  private final List<String> told = new ArrayList<>();

  /** Follows everything. */
  private final MessageTracing recording =
      new MessageTracing() {
        @Override
        public Sending accepted(Address to) {
          return new Sending() {
            @Override
            public String context() {
              return "context";
            }

            @Override
            public void ended(Outcome outcome) {
              told.add("ended " + outcome.status());
            }
          };
        }

        @Override
        public Delivering delivering(String traceContext, Address to) {
          return connections -> told.add("delivered " + connections + " of " + traceContext);
        }
      };

  private static final MessageTracing BROKEN =
      new MessageTracing() {
        @Override
        public Sending accepted(Address to) {
          throw new IllegalStateException("thrown by a test");
        }

        @Override
        public Delivering delivering(String traceContext, Address to) {
          throw new IllegalStateException("thrown by a test");
        }
      };

  @Test
  void tellsBeforeTheSenderLearnsTheOutcome() {
    Traces traces = new Traces(recording, errors);
    MessageTracing.Sending sending = traces.accepted(TestEnvelopes.BOB);
    assertEquals("context", traces.context(sending));
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    CompletableFuture<Void> sender =
        traces.told(sending, outcome).thenAccept(known -> told.add("sender"));

    outcome.complete(Outcome.delivered(1));

    assertTrue(sender.isDone());
    assertEquals(List.of("ended DELIVERED", "sender"), told);
  }

  @Test
  void tellsBeforeTheResultGoesBack() {
    Traces traces = new Traces(recording, errors);

    traces.following(FOLLOWED, result -> told.add("result")).accept(LocalResult.written(2));

    assertEquals(List.of("delivered 2 of context", "result"), told);
  }

  @Test
  void goesOnWithoutATracingThatThrows() {
    Traces traces = new Traces(BROKEN, errors);

    assertNull(traces.accepted(TestEnvelopes.BOB));
    Consumer<LocalResult> whenDone = result -> {};
    assertSame(whenDone, traces.following(FOLLOWED, whenDone));

    assertEquals(List.of("the tracing threw", "the tracing threw"), errors.lines);
  }

  @Test
  void costsNoObjectWhenNothingIsInstalled() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Traces traces = new Traces(MessageTracing.NONE, errors);
    Consumer<LocalResult> whenDone = result -> {};
    CompletableFuture<Outcome> outcome = CompletableFuture.completedFuture(Outcome.offline());
    long thread = Thread.currentThread().getId();
    goThrough(traces, outcome, whenDone);
    long before = threads.getThreadAllocatedBytes(thread);

    for (int i = 0; i < 100_000; i++) {
      goThrough(traces, outcome, whenDone);
    }

    long bytes = threads.getThreadAllocatedBytes(thread) - before;
    assertTrue(bytes < 100_000, bytes + " bytes for 100,000 messages");
  }

  private static void goThrough(
      Traces traces, CompletableFuture<Outcome> outcome, Consumer<LocalResult> whenDone) {
    MessageTracing.Sending sending = traces.accepted(TestEnvelopes.BOB);
    assertNull(traces.context(sending));
    assertSame(outcome, traces.told(sending, outcome));
    assertSame(whenDone, traces.following(FOLLOWED, whenDone));
  }
}
