package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.Reply;
import org.distributedsockets.Reply.Status;
import org.distributedsockets.engine.wire.Item.ReplyItem;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.MessageId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestsTest {
  private final ManualRuntime manual = new ManualRuntime();
  private final List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
  private final Requests requests =
      new Requests(
          envelope -> {
            outcomes.add(new CompletableFuture<>());
            return outcomes.get(outcomes.size() - 1);
          },
          manual.runtime(),
          2);

  private CompletableFuture<Reply> ask(long sequence) {
    return requests.ask(TestEnvelopes.awaited(sequence), Duration.ofSeconds(3).toNanos());
  }

  private static MessageId id(long sequence) {
    Envelope envelope = TestEnvelopes.awaited(sequence);
    return envelope.id();
  }

  @Test
  void theFirstAnswerCounts() {
    CompletableFuture<Reply> reply = ask(1);
    outcomes.get(0).complete(Outcome.delivered(2));
    requests.onReply(new ReplyItem(id(1), "1"));
    requests.onReply(new ReplyItem(id(1), "2"));
    assertEquals(Reply.answered("1"), reply.join());
    assertEquals(0, requests.pending());
  }

  @Test
  void anAnswerMayComeBeforeTheOutcome() {
    CompletableFuture<Reply> reply = ask(1);
    requests.onReply(new ReplyItem(id(1), "1"));
    outcomes.get(0).complete(Outcome.delivered(1));
    assertEquals(Reply.answered("1"), reply.join());
  }

  @Test
  void oneRefusalOfTwoIsNoRefusal() {
    CompletableFuture<Reply> reply = ask(1);
    requests.onReply(new ReplyItem(id(1), null));
    outcomes.get(0).complete(Outcome.delivered(2));
    assertFalse(reply.isDone());
    requests.onReply(new ReplyItem(id(1), null));
    assertEquals(Reply.failed(Status.REFUSED, null), reply.join());
  }

  @Test
  void refusalsBeforeTheOutcomeCount() {
    CompletableFuture<Reply> reply = ask(1);
    requests.onReply(new ReplyItem(id(1), null));
    outcomes.get(0).complete(Outcome.delivered(1));
    assertEquals(Reply.failed(Status.REFUSED, null), reply.join());
  }

  @Test
  void timesOut() {
    CompletableFuture<Reply> reply = ask(1);
    outcomes.get(0).complete(Outcome.delivered(1));
    manual.advance(Duration.ofMillis(2_999));
    assertFalse(reply.isDone());
    manual.advance(Duration.ofMillis(1));
    assertEquals(Reply.failed(Status.TIMED_OUT, null), reply.join());
    requests.onReply(new ReplyItem(id(1), "1"));
    assertEquals(0, requests.pending());
  }

  @Test
  void anAnsweredRequestLeavesNothingBehindForItsTime() {
    CompletableFuture<Reply> reply =
        requests.ask(TestEnvelopes.awaited(1), Duration.ofHours(24).toNanos());
    requests.onReply(new ReplyItem(id(1), "1"));
    assertEquals(Reply.answered("1"), reply.join());
    manual.advance(Duration.ofSeconds(1));
    assertEquals(0, manual.waitingTimers());
  }

  @Test
  void waitsForAsLongAsItIsTold() {
    CompletableFuture<Reply> reply =
        requests.ask(TestEnvelopes.awaited(1), Duration.ofHours(24).toNanos());
    manual.advance(Duration.ofHours(24).minusMillis(1));
    assertFalse(reply.isDone());
    manual.advance(Duration.ofMillis(1));
    assertEquals(Reply.failed(Status.TIMED_OUT, null), reply.join());
  }

  @ParameterizedTest
  @CsvSource({
    "OFFLINE,,OFFLINE",
    "REJECTED,UNSUPPORTED,REFUSED",
    "REJECTED,LANE_FULL,REFUSED",
    "UNAVAILABLE,BUS_UNAVAILABLE,UNAVAILABLE",
    "EXPIRED,,TIMED_OUT"
  })
  void tellsWhyItDidNotArrive(Outcome.Status outcome, Reason reason, Status expected) {
    CompletableFuture<Reply> reply = ask(1);
    outcomes.get(0).complete(new Outcome(outcome, 0, reason));
    assertEquals(Reply.failed(expected, reason), reply.join());
  }

  @Test
  void waitsOnWhenTheBusHoldsIt() {
    CompletableFuture<Reply> reply = ask(1);
    outcomes.get(0).complete(Outcome.accepted());
    assertFalse(reply.isDone());
    requests.onReply(new ReplyItem(id(1), "1"));
    assertEquals(Reply.answered("1"), reply.join());
  }

  @Test
  void boundsWhatIsPending() {
    CompletableFuture<Reply> first = ask(1);
    CompletableFuture<Reply> second = ask(2);
    assertEquals(Reply.failed(Status.UNAVAILABLE, Reason.NODE_BUSY), ask(3).join());
    requests.onReply(new ReplyItem(id(1), "1"));
    assertEquals(Reply.answered("1"), first.join());
    CompletableFuture<Reply> fourth = ask(4);
    requests.close();
    assertEquals(Reply.failed(Status.UNAVAILABLE, Reason.DRAINING), second.join());
    assertEquals(Reply.failed(Status.UNAVAILABLE, Reason.DRAINING), fourth.join());
  }
}
