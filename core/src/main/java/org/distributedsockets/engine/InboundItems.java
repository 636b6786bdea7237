package org.distributedsockets.engine;

import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.engine.wire.Item;
import org.distributedsockets.engine.wire.Item.AnnounceItem;
import org.distributedsockets.engine.wire.Item.AnswerItem;
import org.distributedsockets.engine.wire.Item.Cause;
import org.distributedsockets.engine.wire.Item.MessageItem;
import org.distributedsockets.engine.wire.Item.OutcomeItem;
import org.distributedsockets.engine.wire.Item.ProbeItem;
import org.distributedsockets.engine.wire.Item.QuestionItem;
import org.distributedsockets.engine.wire.Item.ReplyItem;
import org.distributedsockets.engine.wire.Item.ReturnItem;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.spi.Envelope;
import org.jspecify.annotations.Nullable;

/**
 * Does what other nodes say: in this node's own queue, and in a dead node's queue in its place. A
 * message for nobody here is never sent on but back to its origin, or if that is gone to whoever
 * acts for it. Thread-safe; nothing blocks.
 */
final class InboundItems {

  /** Told where an addressee was looked for in vain, or known to live elsewhere. */
  interface Doubts {
    /** Somebody believes that the addressee is here. */
    void notHere(Address address);

    /**
     * Somebody does not know of the addressee's other nodes, or this node believes in some that are
     * no longer.
     */
    void elsewhere(Address address);

    /** Asks where the addressee lives, and tells once; nowhere if nobody knows. */
    void whereElse(Address address, Consumer<Set<String>> found);

    /** The live nodes, as far as this one knows. */
    Set<String> members();

    /** Runs something a moment later. */
    void later(Runnable action);
  }

  private final String self;
  private final LocalConnections local;
  private final Deliveries deliveries;
  private final Outbox outbox;
  private final Prober prober;
  private final Questions questions;
  private final Requests requests;
  private final Doubts doubts;
  private final MetricsListener metrics;

  /** Where the registry is being asked, which other nodes a message has to go to. */
  private final ConcurrentMap<Address, CompletableFuture<Void>> asking = new ConcurrentHashMap<>();

  InboundItems(
      String self,
      LocalConnections local,
      Deliveries deliveries,
      Outbox outbox,
      Prober prober,
      Questions questions,
      Requests requests,
      Doubts doubts,
      MetricsListener metrics) {
    this.self = self;
    this.local = local;
    this.deliveries = deliveries;
    this.outbox = outbox;
    this.prober = prober;
    this.questions = questions;
    this.requests = requests;
    this.doubts = doubts;
    this.metrics = metrics;
  }

  /** An item in this node's own queue. */
  void inOwnQueue(String from, Item item, Runnable settled) {
    if (item instanceof MessageItem message) {
      message(message.envelope(), settled);
    } else if (item instanceof ReturnItem returned) {
      deliveries.onReturn(returned, settled);
    } else {
      if (item instanceof OutcomeItem outcome) {
        deliveries.onOutcome(from, outcome.id(), outcome.connections());
      } else if (item instanceof ProbeItem probe) {
        probe(from, probe);
      } else if (item instanceof AnnounceItem announce) {
        local.announced(announce.address(), from);
      } else if (item instanceof QuestionItem question) {
        questions.onQuestion(from, question);
      } else if (item instanceof AnswerItem answer) {
        questions.onAnswer(from, answer);
      } else if (item instanceof ReplyItem reply) {
        requests.onReply(reply);
      }
      settled.run();
    }
  }

  /** An item in the queue of a dead node, in whose place this node acts. */
  void inQueueOf(String deadNode, Item item, Runnable settled) {
    if (item instanceof MessageItem message) {
      metrics.count(Counter.ADOPTED_MESSAGES, 1);
      sendBack(new ReturnItem(message.envelope(), deadNode, Cause.ABSENT, Set.of()), settled);
    } else if (item instanceof ReturnItem returned) {
      metrics.count(Counter.ADOPTED_MESSAGES, 1);
      toDeputyOf(deadNode, returned, settled);
    } else {
      settled.run();
    }
  }

  /**
   * A message for another node could not leave: the same as if that node had sent it back.
   *
   * @param mayHaveLeft whether an earlier try may have got it there, so that it comes back once
   *     more
   */
  void unroutable(String node, Outbox.Entry entry, boolean mayHaveLeft) {
    Item item = entry.item();
    if (item instanceof MessageItem message) {
      ReturnItem asGoodAsReturned =
          new ReturnItem(message.envelope(), node, Cause.ABSENT, Set.of());
      if (message.envelope().to().kind() == Address.Kind.EVERYONE
          && doubts.members().contains(node)) {
        // Who else could be asked whether somebody is there?
        deliveries.onUnreachable(message.envelope());
      }
      if (mayHaveLeft) {
        deliveries.onFirstReturn(asGoodAsReturned, entry.settled());
      } else {
        deliveries.onReturn(asGoodAsReturned, entry.settled());
      }
    } else if (entry.settled() != Outbox.Entry.NOTHING && doubts.members().contains(node)) {
      // It drains, or somebody unbound its queue: two must not act for one message.
      doubts.later(() -> outbox.offer(node, item, entry.settled()));
    } else if (item instanceof ReturnItem returned) {
      toDeputyOf(node, returned, entry.settled());
    } else {
      if (item instanceof ProbeItem probe) {
        prober.onUnroutable(node, probe);
      } else if (item instanceof QuestionItem question) {
        questions.onUnroutable(node, question);
      }
      entry.settled().run();
    }
  }

  /**
   * Has somebody act in the place of an origin that is gone. A message that was sent to several
   * nodes may come back from each of them, and only who sees all returns knows that it reached
   * nobody; so they agree on one: the first live node that it was sent to.
   */
  private void toDeputyOf(String gone, ReturnItem item, Runnable settled) {
    Set<String> members = doubts.members();
    Set<String> sentTo = item.envelope().sentTo();
    String deputy =
        sentTo.size() == 1
            ? self
            : sentTo.stream()
                .filter(node -> members.contains(node) && !node.equals(gone))
                .min(Comparator.naturalOrder())
                .orElse(self);
    ReturnItem adopted = adopted(item, deputy);
    if (deputy.equals(self)) {
      deliveries.onReturn(adopted, settled);
    } else {
      outbox.offer(deputy, adopted, settled);
    }
  }

  private static ReturnItem adopted(ReturnItem item, String deputy) {
    return new ReturnItem(item.envelope().adopted(deputy), item.by(), item.cause(), item.alsoAt());
  }

  private void probe(String from, ProbeItem probe) {
    if (probe.echo()) {
      prober.onEcho(from, probe);
    } else if (from.equals(self)) {
      prober.onOwnProbe(probe);
    } else {
      Runnable echo = () -> outbox.offer(from, new ProbeItem(probe.token(), true));
      Address about = probe.about();
      if (about == null) {
        echo.run();
      } else {
        local.afterWaiting(about, () -> afterQuestions(about, echo));
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the action is all that comes of it
  private void afterQuestions(Address about, Runnable action) {
    CompletableFuture<Void> questions = asking.get(about);
    if (questions == null) {
      action.run();
    } else {
      questions.thenRun(action);
    }
  }

  /**
   * News of other nodes leave at once: a slow client here must not hold up his other devices. A
   * node that does not know of them yet, because the addressee came a moment ago, asks; its news
   * are worth nothing if he turned out to be gone, since the origin may have ended the message
   * then.
   */
  private void message(Envelope envelope, Runnable settled) {
    Set<String> others = local.knowledge(envelope.to()).otherNodes();
    boolean mustAsk =
        others == null
            && envelope.to().kind() == Address.Kind.USER
            && local.knowledge(envelope.to()).here();
    Set<String> elsewhere = elsewhere(envelope, others);
    if (elsewhere.isEmpty() && !mustAsk) {
      local.deliver(envelope, result -> answer(envelope, result, settled));
      return;
    }
    AtomicInteger open = new AtomicInteger(2);
    Runnable half =
        () -> {
          if (open.decrementAndGet() == 0) {
            settled.run();
          }
        };
    AtomicBoolean gone = new AtomicBoolean();
    if (mustAsk) {
      CompletableFuture<Void> asked = askingAbout(envelope.to());
      doubts.whereElse(
          envelope.to(),
          found -> {
            news(envelope, gone.get() ? Set.of() : elsewhere(envelope, found), half);
            asked.complete(null);
          });
    } else {
      doubts.elsewhere(envelope.to());
      news(envelope, elsewhere, half);
    }
    local.deliver(
        envelope,
        result -> {
          gone.set(result.cause() != null && result.cause().isAbsence());
          answer(envelope, result, half);
        });
  }

  /** To be completed when all that comes of a question is on its way. */
  @SuppressWarnings("FutureReturnValueIgnored") // its dependent only forgets it
  private CompletableFuture<Void> askingAbout(Address address) {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> all = asking.merge(address, mine, CompletableFuture::allOf);
    all.whenComplete((done, failure) -> asking.remove(address, all));
    return mine;
  }

  private void news(Envelope envelope, Set<String> elsewhere, Runnable settled) {
    if (elsewhere.isEmpty()) {
      settled.run();
    } else {
      sendBack(new ReturnItem(envelope, self, Cause.NEWS, elsewhere), settled);
    }
  }

  private void answer(Envelope envelope, LocalResult result, Runnable settled) {
    Cause cause = result.cause();
    if (cause != null) {
      answerFailure(envelope, cause, settled);
    } else if (envelope.answerWanted()) {
      sendAnswer(envelope, result.connections(), settled);
    } else {
      settled.run();
    }
  }

  /**
   * The origin of a message that was merely asked about holds it until all have answered, so the
   * answer must not be lost.
   */
  private void sendAnswer(Envelope envelope, int connections, Runnable settled) {
    OutcomeItem answer = new OutcomeItem(envelope.id(), connections);
    if (envelope.ask()) {
      outbox.offer(envelope.origin(), answer, settled);
    } else {
      outbox.offer(envelope.origin(), answer);
      settled.run();
    }
  }

  private void answerFailure(Envelope envelope, Cause cause, Runnable settled) {
    if (cause == Cause.ABSENT && envelope.ask()) {
      sendAnswer(envelope, 0, settled);
      return;
    }
    // It may have waited for a client that left; the addressee may have come back since.
    boolean hereAgain = cause.isAbsence() && local.knowledge(envelope.to()).here();
    Set<String> alsoAt = hereAgain ? Set.of(self) : Set.of();
    sendBack(new ReturnItem(envelope, self, cause, alsoAt), settled);
    if (cause.isAbsence()) {
      doubts.notHere(envelope.to());
    }
  }

  /** Where the addressee lives, too, as far as this node knows, and the message was not sent. */
  private Set<String> elsewhere(Envelope envelope, @Nullable Set<String> others) {
    if (others == null || others.isEmpty()) {
      return Set.of();
    }
    Set<String> elsewhere = new HashSet<>(others);
    elsewhere.removeAll(envelope.sentTo());
    elsewhere.remove(self);
    return elsewhere;
  }

  private void sendBack(ReturnItem item, Runnable settled) {
    metrics.count(Counter.RETURNS_OUT, 1);
    String origin = item.envelope().origin();
    if (origin.equals(self)) {
      deliveries.onReturn(item, settled);
    } else if (deliveries.isOpen(item.envelope().id())) {
      // This node acts for the origin, of which there may be a new process by now.
      deliveries.onReturn(adopted(item, self), settled);
    } else {
      outbox.offer(origin, item, settled);
    }
  }
}
