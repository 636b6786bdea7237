package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.CloseCode;
import org.distributedsockets.Outcome;
import org.distributedsockets.engine.wire.Batch;
import org.distributedsockets.engine.wire.BatchDecoder;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.Item.AnnounceItem;
import org.distributedsockets.engine.wire.Item.Cause;
import org.distributedsockets.engine.wire.Item.MessageItem;
import org.distributedsockets.engine.wire.Item.OutcomeItem;
import org.distributedsockets.engine.wire.Item.ProbeItem;
import org.distributedsockets.engine.wire.Item.ReturnItem;
import org.distributedsockets.engine.wire.MalformedBatchException;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.PublishResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The node is n1; messages come from n9. */
class InboundItemsTest {
  private static final long MAX_PENDING_BYTES = 10_000;
  private static final Address BOB = TestEnvelopes.BOB;
  private static final Envelope MESSAGE =
      TestEnvelopes.awaited(1).adopted("n9").dispatched(Set.of("n1"), true, false);

  private final Clients clients = new Clients();
  private final List<String> settled = new ArrayList<>();
  private final List<String> doubts = new ArrayList<>();
  private final List<Envelope> routed = new ArrayList<>();
  private final List<Outcome> undeliverable = new ArrayList<>();

  /** What was sent, as node and item; confirmed at once. */
  private final List<String> targets = new ArrayList<>();

  private final List<Item> sent = new ArrayList<>();

  private final Outbox outbox =
      new Outbox(
          () -> NodeIdentity.of("n1", 7),
          (node, bytes) -> {
            Batch batch = decode(bytes);
            batch.items().forEach(item -> targets.add(node));
            sent.addAll(batch.items());
            return CompletableFuture.completedFuture(PublishResult.CONFIRMED);
          },
          new Outbox.Limits(1 << 20, 1 << 20, 4, 1 << 18, 1_000),
          clients.runtime,
          clients.metrics,
          new Outbox.Listener() {
            @Override
            public void onConfirmed(String node, Item item) {}

            @Override
            public void onUnroutable(String node, Outbox.Entry entry, boolean mayHaveLeft) {}

            @Override
            public void onExpired(String node, Item item) {}

            @Override
            public boolean lives(String node) {
              return live.contains(node);
            }
          });
  private final Set<String> live = new HashSet<>();
  private final Set<String> whereElse = new HashSet<>();
  private final List<Runnable> questions = new ArrayList<>();
  private boolean answersAtOnce = true;
  private final List<Runnable> later = new ArrayList<>();
  private final Deliveries deliveries =
      new Deliveries(
          "n1",
          known -> routed::add,
          new Deliveries.Node() {
            @Override
            public boolean sendTo(String node, Envelope envelope) {
              return outbox.offer(node, new MessageItem(envelope));
            }

            @Override
            public void deliverHere(Envelope envelope, Consumer<LocalResult> whenDone) {
              clients.local().deliver(envelope, whenDone);
            }

            @Override
            public boolean isForNobodyElseHere(Envelope envelope) {
              return clients.local().isForNobodyElseHere(envelope);
            }

            @Override
            public void notAt(Envelope envelope, String node) {}

            @Override
            public void undeliverable(Envelope envelope, Outcome outcome) {
              undeliverable.add(outcome);
            }
          },
          clients.runtime,
          clients.metrics,
          clients.errors,
          10_000_000_000L,
          300_000_000L,
          MAX_PENDING_BYTES,
          () -> true);
  private final Prober prober =
      new Prober("n1", outbox::offer, clients.runtime, clients.metrics, () -> {}, 5_000_000_000L);
  private final InboundItems inbound =
      new InboundItems(
          "n1",
          clients.local(),
          deliveries,
          outbox,
          prober,
          new Questions("n1", clients.local(), outbox::offer, clients.runtime, 2_000_000_000L),
          new Requests(deliveries::accept, clients.runtime, 10),
          new InboundItems.Doubts() {
            @Override
            public void notHere(Address address) {
              doubts.add(address.name() + " not here");
            }

            @Override
            public void elsewhere(Address address) {
              doubts.add(address.name() + " elsewhere");
            }

            @Override
            public void whereElse(Address address, Consumer<Set<String>> found) {
              questions.add(() -> found.accept(whereElse));
              if (answersAtOnce) {
                questions.remove(0).run();
              }
            }

            @Override
            public Set<String> members() {
              return live;
            }

            @Override
            public void later(Runnable action) {
              later.add(action);
            }
          },
          clients.metrics);

  InboundItemsTest() {
    outbox.busUp();
  }

  private static Batch decode(byte[] bytes) {
    try {
      return BatchDecoder.decode(bytes);
    } catch (MalformedBatchException e) {
      throw new AssertionError(e);
    }
  }

  private void receive(Item item) {
    inbound.inOwnQueue("n9", item, () -> settled.add("settled"));
  }

  private void assertSentAndSettled(Item... items) {
    assertEquals(List.of(items), sent);
    targets.forEach(target -> assertEquals("n9", target));
    assertEquals(List.of("settled"), settled);
  }

  // ---- messages

  @Test
  void answersTheCountToWhoeverWaits() {
    clients.open("c1", "bob", ManualChannel.inline());
    receive(new MessageItem(MESSAGE));
    assertSentAndSettled(new OutcomeItem(MESSAGE.id(), 1));
    assertEquals(List.of(), doubts);
  }

  @Test
  void saysNothingIfNobodyWaitsAndNothingIsNew() {
    clients.open("c1", "bob", ManualChannel.inline());
    receive(new MessageItem(MESSAGE.dispatched(Set.of("n1"), false, false)));
    assertSentAndSettled();
  }

  @Test
  void settlesNotBeforeItIsWritten() {
    ManualChannel channel = new ManualChannel();
    clients.open("c1", "bob", channel);
    receive(new MessageItem(MESSAGE));
    assertEquals(List.of(), settled);
    channel.written();
    assertEquals(List.of("settled"), settled);
  }

  @Test
  void sendsBackWhatIsForNobodyHereAndDoubtsItsRegistration() {
    receive(new MessageItem(MESSAGE));
    assertSentAndSettled(new ReturnItem(MESSAGE, "n1", Cause.ABSENT, Set.of()));
    assertEquals(List.of("bob not here"), doubts);
    assertEquals(1, clients.metrics.of(Counter.RETURNS_OUT));
  }

  @Test
  void saysThatTheAddresseeIsHereAgainWhenItWaitedForAClientThatLeft() {
    ClientConnection left = clients.open("c1", "bob", new ManualChannel());
    receive(new MessageItem(MESSAGE.dispatched(Set.of("n1"), false, false)));
    receive(new MessageItem(MESSAGE));
    clients.open("c2", "bob", ManualChannel.inline());
    left.closed(1006);
    assertEquals(new ReturnItem(MESSAGE, "n1", Cause.ABSENT, Set.of("n1")), sent.get(0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void saysThatTheAddresseeMayHaveWhatWasUnderWayWhenHeLeft(boolean closedFirst) {
    ManualChannel channel = new ManualChannel();
    ClientConnection connection = clients.open("c1", "bob", channel);
    receive(new MessageItem(MESSAGE));
    if (closedFirst) {
      connection.closed(1006);
    }
    channel.failed();
    assertSentAndSettled(new ReturnItem(MESSAGE, "n1", Cause.BROKEN, Set.of()));
    assertEquals(List.of("bob not here"), doubts);
  }

  @Test
  void settlesAReturnNotBeforeTheBusHoldsIt() {
    outbox.busDown();
    receive(new MessageItem(MESSAGE));
    assertEquals(List.of(), settled);
    outbox.busUp();
    assertEquals(List.of("settled"), settled);
  }

  @Test
  void answersNoneInsteadOfSendingBackWhatItWasMerelyAsked() {
    Envelope ask = MESSAGE.dispatched(Set.of("n1", "n2"), true, true);
    receive(new MessageItem(ask));
    assertSentAndSettled(new OutcomeItem(ask.id(), 0));
    assertEquals(List.of(), doubts);
  }

  @Test
  void sendsBackWhatExpiredEvenIfItWasMerelyAsked() {
    Envelope late =
        TestEnvelopes.of(1, BOB, "1", true, 500).adopted("n9").dispatched(Set.of("n1"), true, true);
    receive(new MessageItem(late));
    assertSentAndSettled(new ReturnItem(late, "n1", Cause.EXPIRED, Set.of()));
    assertEquals(List.of(), doubts);
  }

  @Test
  void namesTheNodesWhereTheUserLivesTooAndItWasNotSent() {
    clients.open("c1", "bob", ManualChannel.inline());
    clients.local().learnOtherNodes(BOB, Set.of("n2", "n3"), 0);
    Envelope envelope = MESSAGE.dispatched(Set.of("n1", "n2"), false, false);
    receive(new MessageItem(envelope));
    assertSentAndSettled(new ReturnItem(envelope, "n1", Cause.NEWS, Set.of("n3")));
    assertEquals(List.of("bob elsewhere"), doubts);
  }

  @Test
  void namesNoNodesItWasSentToAlready() {
    clients.open("c1", "bob", ManualChannel.inline());
    clients.local().learnOtherNodes(BOB, Set.of("n2"), 0);
    receive(new MessageItem(MESSAGE.dispatched(Set.of("n1", "n2"), true, false)));
    assertSentAndSettled(new OutcomeItem(MESSAGE.id(), 1));
  }

  // ---- all else

  @Test
  void takesAnAnnouncementOfItsSender() {
    clients.open("c1", "bob", ManualChannel.inline());
    receive(new AnnounceItem(BOB));
    assertSentAndSettled();
    assertEquals(Set.of("n9"), clients.local().knowledge(BOB).otherNodes());
  }

  @Test
  void echoesAProbeOfAnotherNode() {
    receive(new ProbeItem(5, false));
    assertSentAndSettled(new ProbeItem(5, true));
  }

  @Test
  void echoesAFenceBehindTheNewsThatItAsksFor() {
    answersAtOnce = false;
    whereElse.add("n3");
    clients.admitted("c1", "bob").opened(ManualChannel.inline());
    Envelope envelope = MESSAGE.dispatched(Set.of("n1"), false, false);
    receive(new MessageItem(envelope));
    receive(new MessageItem(envelope));
    receive(new ProbeItem(5, false, BOB));
    questions.get(1).run();
    questions.get(0).run();
    Item news = new ReturnItem(envelope, "n1", Cause.NEWS, Set.of("n3"));
    assertEquals(List.of(news, news, new ProbeItem(5, true)), sent);
  }

  /** The answer may have been the last one that the origin waited for. */
  @Test
  void hasNoNewsOfAnAddresseeWhoWasGoneWhenItAnswered() {
    answersAtOnce = false;
    whereElse.add("n3");
    ClientConnection connection = clients.admitted("c1", "bob");
    connection.opened(new ManualChannel());
    connection.answer("under way");
    Envelope envelope = MESSAGE.dispatched(Set.of("n1"), true, true);
    receive(new MessageItem(envelope));
    connection.closed(CloseCode.ABNORMAL_CLOSURE);
    Item answer = new OutcomeItem(envelope.id(), 0);
    assertEquals(List.of(answer), sent);
    questions.get(0).run();
    assertEquals(List.of(answer), sent);
    assertEquals(1, settled.size());
  }

  @Test
  void takesTheEchoOfAFence() {
    CompletableFuture<Boolean> fence = prober.fence("n9", Address.user("bob"));
    ProbeItem probe = (ProbeItem) sent.remove(0);
    receive(new ProbeItem(probe.token(), true));
    assertTrue(fence.join());
    assertSentAndSettled();
  }

  @Test
  void takesItsOwnProbeWithoutAnEcho() {
    prober.probeSelf();
    ProbeItem probe = (ProbeItem) sent.remove(0);
    inbound.inOwnQueue("n1", probe, () -> settled.add("settled"));
    assertTrue(prober.isGood(1));
    assertEquals(List.of(), sent);
    assertEquals(List.of("settled"), settled);
  }

  @Test
  void takesOutcomesAndReturnsOfItsOwnMessages() {
    CompletableFuture<Outcome> outcome = deliveries.accept(TestEnvelopes.awaited(3));
    deliveries.dispatch(routed.get(0), Set.of("n9"), false);
    Envelope out = ((MessageItem) sent.remove(0)).envelope();
    receive(new ReturnItem(out, "n9", Cause.ABSENT, Set.of()));
    assertEquals(List.of(), settled);
    deliveries.dispatch(routed.get(1), Set.of("n9"), false);
    sent.clear();
    settled.clear();
    receive(new OutcomeItem(out.id(), 1));
    assertEquals(Outcome.delivered(1), outcome.join());
    assertEquals("settled", settled.get(0));
  }

  // ---- in the place of a dead node

  @Test
  void sendsTheMessagesOfADeadNodeBackInItsName() {
    inbound.inQueueOf("n2", new MessageItem(MESSAGE), () -> settled.add("settled"));
    assertSentAndSettled(new ReturnItem(MESSAGE, "n2", Cause.ABSENT, Set.of()));
    assertEquals(1, clients.metrics.of(Counter.ADOPTED_MESSAGES));
  }

  @Test
  void takesItsOwnMessagesOutOfADeadNodesQueue() {
    Envelope own = TestEnvelopes.unawaited(3).dispatched(Set.of("n2"), false, false);
    inbound.inQueueOf("n2", new MessageItem(own), () -> settled.add("settled"));
    assertEquals(Set.of("n2"), routed.get(0).returnedBy());
    assertEquals(List.of(), settled);
    deliveries.end(routed.get(0), Outcome.offline());
    assertEquals(List.of("settled"), settled);
    assertEquals(List.of(Outcome.offline()), undeliverable);
  }

  @Test
  void actsForADeadOrigin() {
    ReturnItem returned = new ReturnItem(MESSAGE, "n3", Cause.ABSENT, Set.of());
    inbound.inQueueOf("n9", returned, () -> settled.add("settled"));
    assertEquals("n1", routed.get(0).origin());
    assertEquals(Set.of("n3"), routed.get(0).returnedBy());
    assertEquals(List.of(), settled);
  }

  @ParameterizedTest
  @CsvSource({
    "n2 n3, n1 n2 n3, n2",
    "n2 n3, n1 n3, n3",
    "n9 n3, n1 n3 n9, n3",
    "n1 n3, n1 n3, n1",
    "n3 n4, n1 n2, n1",
    "n3, n1 n3, n1"
  })
  void agreesWithTheOthersWhoActsForADeadOrigin(String sentTo, String members, String deputy) {
    live.addAll(Set.of(members.split(" ")));
    Envelope envelope = MESSAGE.dispatched(Set.of(sentTo.split(" ")), false, false);
    ReturnItem returned = new ReturnItem(envelope, "n3", Cause.ABSENT, Set.of());
    inbound.inQueueOf("n9", returned, () -> settled.add("settled"));
    if (deputy.equals("n1")) {
      assertEquals("n1", routed.get(0).origin());
      assertEquals(List.of(), targets);
    } else {
      assertEquals(List.of(), routed);
      assertEquals(List.of(deputy), targets);
      assertEquals(deputy, ((ReturnItem) sent.get(0)).envelope().origin());
      assertEquals(List.of("settled"), settled);
    }
  }

  @Test
  void goesOnActingForAnOriginThatCameBack() {
    Envelope envelope = MESSAGE.dispatched(Set.of("n1", "n3"), false, false);
    live.addAll(Set.of("n1", "n3"));
    inbound.inQueueOf("n9", new ReturnItem(envelope, "n3", Cause.ABSENT, Set.of()), () -> {});
    deliveries.end(routed.get(0), Outcome.offline());
    assertEquals(List.of(), undeliverable);
    receive(new MessageItem(envelope));
    assertEquals(List.of(), sent);
    deliveries.end(routed.get(1), Outcome.offline());
    assertEquals(List.of(Outcome.offline()), undeliverable);
  }

  @Test
  void dropsWhatADeadNodeNeedsNoMore() {
    for (Item item :
        List.of(new OutcomeItem(MESSAGE.id(), 1), new ProbeItem(1, false), new AnnounceItem(BOB))) {
      inbound.inQueueOf("n2", item, () -> settled.add("settled"));
    }
    assertEquals(3, settled.size());
    assertEquals(List.of(), sent);
  }

  // ---- what could not leave

  @Test
  void anUnroutableMessageIsAsGoodAsReturned() {
    Envelope own = TestEnvelopes.unawaited(3).dispatched(Set.of("n2"), false, false);
    inbound.unroutable(
        "n2", new Outbox.Entry(new MessageItem(own), () -> settled.add("settled")), false);
    assertEquals(Set.of("n2"), routed.get(0).returnedBy());
  }

  private Outcome outcomeToEveryoneWhereTheOnlyNodeHasNoQueue() {
    CompletableFuture<Outcome> outcome = deliveries.accept(TestEnvelopes.to(Address.everyone()));
    deliveries.dispatch(routed.get(0), Set.of("n2"), false);
    inbound.unroutable("n2", Outbox.Entry.of(sent.get(sent.size() - 1)), false);
    deliveries.end(routed.get(1), Outcome.offline());
    return outcome.join();
  }

  @Test
  void aMessageToEveryoneIsNotOfflineWhereAMemberCouldNotBeAsked() {
    live.add("n2");
    assertEquals(
        Outcome.unavailable(Outcome.Reason.UNSTABLE_ROUTE),
        outcomeToEveryoneWhereTheOnlyNodeHasNoQueue());
  }

  @Test
  void aMessageToEveryoneIsOfflineWhereTheOtherNodeIsGone() {
    assertEquals(Outcome.offline(), outcomeToEveryoneWhereTheOnlyNodeHasNoQueue());
  }

  @Test
  void anUnroutableReturnMeansThatItsOriginIsGone() {
    ReturnItem returned = new ReturnItem(MESSAGE, "n1", Cause.ABSENT, Set.of());
    inbound.unroutable("n9", new Outbox.Entry(returned, () -> settled.add("settled")), false);
    assertEquals("n1", routed.get(0).origin());
    assertEquals(List.of(), settled, "still in the queue it came from");
    deliveries.end(routed.get(0), Outcome.offline());
    assertEquals(List.of("settled"), settled);
  }

  @Test
  void triesAReturnAgainAMomentLaterWhileItsOriginIsAMember() {
    live.add("n9");
    ReturnItem item = new ReturnItem(MESSAGE, "n1", Cause.ABSENT, Set.of());
    inbound.unroutable("n9", new Outbox.Entry(item, () -> settled.add("settled")), false);
    assertEquals(List.of(), routed, "a live origin acts for its message itself");
    assertEquals(1, later.size());
    sent.clear();
    later.remove(0).run();
    assertEquals(List.of(item), sent);
    assertEquals(List.of("settled"), settled);
  }

  @Test
  void anUnroutableProbeEndsItsFence() {
    CompletableFuture<Boolean> fence = prober.fence("n9", Address.user("bob"));
    inbound.unroutable("n9", new Outbox.Entry(sent.get(0), () -> settled.add("settled")), false);
    assertFalse(fence.join());
    assertEquals(List.of("settled"), settled);
  }
}
