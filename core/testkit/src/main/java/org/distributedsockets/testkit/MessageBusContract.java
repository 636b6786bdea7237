package org.distributedsockets.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.distributedsockets.spi.PublishResult.CONFIRMED;
import static org.distributedsockets.spi.PublishResult.REFUSED;
import static org.distributedsockets.spi.PublishResult.UNROUTABLE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.InboxHeldException;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.PublishResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/**
 * What every {@link MessageBus} must keep. An implementation's test extends it. The tests share one
 * broker with whatever else is in it, and delete the queues they made.
 */
@Timeout(180)
public abstract class MessageBusContract {
  private final List<Node> nodes = new ArrayList<>();

  /** Nodes with a queue. */
  private final Set<String> used = new LinkedHashSet<>();

  private final Set<String> cut = new LinkedHashSet<>();

  /** For subclasses. */
  protected MessageBusContract() {}

  /**
   * Connects a node to the shared broker. The contract closes the bus.
   *
   * @param nodeId whose
   * @param listener told how the bus is
   * @param errors told of failures
   * @return the bus
   */
  protected abstract MessageBus open(String nodeId, BusListener listener, ErrorListener errors);

  /**
   * The ways to break connections.
   *
   * @return the same ones for each node of a test
   */
  protected abstract Faults faults();

  /** Breaks connections. */
  public interface Faults {
    /**
     * Ends a node's connections; attempts to connect fail until {@link #mend}.
     *
     * @param nodeId the node whose bus was got from {@link #open}
     */
    void cut(String nodeId);

    /**
     * Lets a node connect again.
     *
     * @param nodeId the node
     */
    void mend(String nodeId);

    /** Restarts the broker: every connection ends, and when this returns it accepts new ones. */
    void restart();
  }

  @AfterEach
  final void leaveNothing() {
    cut.forEach(faults()::mend);
    nodes.forEach(node -> node.bus.close());
    try (MessageBus cleaner =
        open(Names.unique("cleaner"), new RecordingBusListener(), new RecordingErrorListener())) {
      used.forEach(node -> deleteQueue(cleaner, node));
    }
  }

  @Nested
  @DisplayName("Publishing")
  class Publishing {
    @Test
    @DisplayName("brings the bytes as they are to a bound inbox, and is confirmed")
    void bringsTheBytes() {
      Node sender = node("a");
      Node receiver = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      receiver.openBound(handler);
      byte[] large = new byte[256 << 10];
      new Random(1).nextBytes(large);
      List<byte[]> frames = List.of(new byte[0], new byte[] {0, -1, 127, -128, 10, 13}, large);

      for (byte[] frame : frames) {
        assertEquals(
            CONFIRMED, Eventually.result("a confirm", sender.bus.publish(receiver.id, frame)));
      }

      handler.awaitTexts(frames.size());
      for (int i = 0; i < frames.size(); i++) {
        assertArrayEquals(frames.get(i), handler.received().get(i).frame());
      }
    }

    @Test
    @DisplayName("to oneself works like to any other node")
    void toOneself() {
      Node node = node("a");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      node.openBound(handler);

      assertEquals(CONFIRMED, node.send(node, "x"));

      assertEquals(List.of("x"), handler.awaitTexts(1));
    }

    @Test
    @DisplayName("reaches the node of exactly that name, whatever characters it has")
    void reachesTheNamedNode() {
      String suffix = Names.unique("");
      List<Node> receivers =
          Stream.of(
                  "n" + suffix,
                  "N" + suffix,
                  "n" + suffix + ".a",
                  "n" + suffix + ".b",
                  "n_" + suffix,
                  "." + suffix,
                  "-" + suffix,
                  ("x" + suffix).repeat(5).substring(0, 64))
              .map(Node::new)
              .toList();
      List<RecordingInboundHandler> handlers = new ArrayList<>();
      for (Node receiver : receivers) {
        handlers.add(RecordingInboundHandler.acknowledging());
        receiver.openBound(handlers.get(handlers.size() - 1));
      }
      Node sender = node("a");

      receivers.forEach(receiver -> assertEquals(CONFIRMED, sender.send(receiver, receiver.id)));

      for (int i = 0; i < receivers.size(); i++) {
        assertEquals(List.of(receivers.get(i).id), handlers.get(i).awaitTexts(1));
      }
    }

    @Test
    @DisplayName("to a node that has no queue is unroutable")
    void isUnroutableWithoutQueue() {
      assertEquals(UNROUTABLE, node("a").send(Names.unique("nobody"), "x"));
    }

    @Test
    @DisplayName("to an inbox that was never bound is unroutable and does not arrive")
    void isUnroutableWithoutBinding() {
      Node sender = node("a");
      Node receiver = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      Inbox inbox = receiver.open(handler);

      assertEquals(UNROUTABLE, sender.send(receiver, "early"));
      inbox.bind();
      inbox.bind();
      assertEquals(CONFIRMED, sender.send(receiver, "later"));

      assertEquals(List.of("later"), handler.awaitTexts(1));
    }

    @Test
    @DisplayName("after unbind is unroutable, while the queue keeps what it holds")
    void isUnroutableAfterUnbind() {
      Node sender = node("a");
      Node receiver = node("b");
      RecordingInboundHandler first = RecordingInboundHandler.holding();
      Inbox inbox = receiver.openBound(first);
      assertEquals(CONFIRMED, sender.send(receiver, "held"));
      first.awaitTexts(1);

      inbox.unbind();
      inbox.unbind();
      assertEquals(UNROUTABLE, sender.send(receiver, "late"));
      inbox.close();
      RecordingInboundHandler second = RecordingInboundHandler.acknowledging();
      Inbox again = receiver.open(second);
      assertEquals(UNROUTABLE, sender.send(receiver, "later"));
      again.bind();
      assertEquals(CONFIRMED, sender.send(receiver, "last"));

      assertEquals(List.of("held", "last"), second.awaitTexts(2));
    }

    @Test
    @DisplayName(
        "to a bound queue nobody consumes from is confirmed, and arrives when somebody does")
    void waitsForAConsumer() {
      Node sender = node("a");
      Node receiver = node("b");
      receiver.openBound(RecordingInboundHandler.acknowledging()).close();

      assertEquals(CONFIRMED, sender.send(receiver, "x"));
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      receiver.open(handler);

      assertEquals(List.of("x"), handler.awaitTexts(1));
    }

    @Test
    @DisplayName("keeps the order of 10,000 frames sent without waiting")
    void keepsTheOrder() {
      Node sender = node("a");
      Node receiver = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      receiver.openBound(handler);
      List<String> texts = IntStream.range(0, 10_000).mapToObj(Integer::toString).toList();

      List<CompletionStage<PublishResult>> results =
          texts.stream()
              .map(text -> sender.bus.publish(receiver.id, text.getBytes(UTF_8)))
              .toList();

      results.forEach(result -> assertEquals(CONFIRMED, Eventually.result("a confirm", result)));
      assertEquals(texts, handler.awaitTexts(texts.size()));
    }

    @Test
    @DisplayName("from many threads loses and doubles nothing and keeps each thread's order")
    void isThreadSafe() {
      Node sender = node("a");
      Node receiver = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      receiver.openBound(handler);

      List<Boolean> confirmed =
          Concurrently.each(
              8,
              thread ->
                  IntStream.range(0, 500)
                      .mapToObj(
                          i -> sender.bus.publish(receiver.id, (thread + ":" + i).getBytes(UTF_8)))
                      .toList()
                      .stream()
                      .allMatch(result -> Eventually.result("a confirm", result) == CONFIRMED));

      assertFalse(confirmed.contains(false));
      List<String> texts = handler.awaitTexts(4_000);
      for (int thread = 0; thread < 8; thread++) {
        String prefix = thread + ":";
        assertEquals(
            IntStream.range(0, 500).mapToObj(i -> prefix + i).toList(),
            texts.stream().filter(text -> text.startsWith(prefix)).toList());
      }
    }

    @Test
    @DisplayName("holds no lock while it tells the result")
    void holdsNoLockWhileTelling() {
      Node sender = node("a");
      Node receiver = node("b");
      receiver.openBound(RecordingInboundHandler.acknowledging());
      Thread caller = Thread.currentThread();
      AtomicBoolean tried = new AtomicBoolean();

      // A result that was there before its dependent is told by the caller: that tries nothing.
      Eventually.holds(
          "a result to be told by a thread of the bus",
          () -> {
            List<CompletionStage<Void>> told = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
              told.add(
                  sender
                      .bus
                      .publish(receiver.id, bytes("x"))
                      .thenAccept(
                          result -> {
                            if (Thread.currentThread() != caller
                                && tried.compareAndSet(false, true)) {
                              publishInAnotherThread(sender, receiver);
                            }
                          }));
            }
            told.forEach(stage -> Eventually.result("a result", stage));
            return tried.get();
          });
    }

    private void publishInAnotherThread(Node sender, Node receiver) {
      CompletableFuture<CompletionStage<PublishResult>> returned =
          CompletableFuture.supplyAsync(() -> sender.bus.publish(receiver.id, bytes("y")));
      CompletionStage<PublishResult> unused = Eventually.result("publish to return", returned);
    }

    @Test
    @DisplayName("of too long a frame, or after close, is the caller's mistake")
    void refusesMistakes() {
      Node node = node("a");
      assertThrows(
          IllegalArgumentException.class,
          () -> node.bus.publish(node.id, new byte[node.bus.maxFrameBytes() + 1]));

      node.bus.close();
      node.bus.close();

      assertThrows(IllegalStateException.class, () -> node.bus.publish(node.id, bytes("x")));
    }

    @Test
    @DisplayName("has a result also if the bus is closed at once")
    void completesAfterClose() {
      Node sender = node("a");
      Node receiver = node("b");
      receiver.openBound(RecordingInboundHandler.acknowledging());
      List<CompletionStage<PublishResult>> results =
          IntStream.range(0, 100)
              .mapToObj(i -> sender.bus.publish(receiver.id, bytes("x")))
              .toList();

      sender.bus.close();

      results.forEach(result -> Eventually.result("a result after close", result));
    }
  }

  @Nested
  @DisplayName("Consuming")
  class Consuming {
    @Test
    @DisplayName("calls the handler for one frame at a time")
    void isOneAtATime() {
      Node receiver = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      receiver.openBound(handler);

      List<Boolean> unused =
          Concurrently.each(
              4,
              thread -> {
                for (int i = 0; i < 250; i++) {
                  CompletionStage<PublishResult> ignored =
                      receiver.bus.publish(receiver.id, bytes("x"));
                }
                return true;
              });

      handler.awaitTexts(1_000);
      assertFalse(handler.hasOverlapped());
    }

    @Test
    @DisplayName(
        "goes on whatever a handler throws; the frame stays unacknowledged and the failure is told")
    void survivesTheHandler() {
      Node receiver = node("b");
      RecordingInboundHandler good = RecordingInboundHandler.acknowledging();
      Inbox inbox =
          receiver.openBound(
              (frame, acknowledgement) -> {
                switch (new String(frame, UTF_8)) {
                  case "exception" -> throw new IllegalStateException("thrown by a test");
                  case "error" -> throw new AssertionError("thrown by a test");
                  default -> good.onFrame(frame, acknowledgement);
                }
              });

      Stream.of("1", "exception", "2", "error", "3").forEach(text -> receiver.send(receiver, text));

      assertEquals(List.of("1", "2", "3"), good.awaitTexts(3));
      Eventually.holds("both failures told", () -> receiver.errors.causes().size() == 2);
      inbox.close();
      RecordingInboundHandler second = RecordingInboundHandler.acknowledging();
      receiver.open(second);
      assertEquals(List.of("exception", "error"), second.awaitTexts(2));
    }

    @Test
    @DisplayName("delivers again, in order and before later frames, what was not acknowledged")
    void deliversAgainInOrder() {
      Node receiver = node("b");
      Node sender = node("a");
      RecordingInboundHandler first =
          RecordingInboundHandler.acknowledging(text -> Integer.parseInt(text) % 3 == 0);
      Inbox inbox = receiver.openBound(first);
      IntStream.range(0, 100).forEach(i -> assertEquals(CONFIRMED, sender.send(receiver, "" + i)));
      first.awaitTexts(100);

      inbox.close();
      inbox.close();
      IntStream.range(100, 110)
          .forEach(i -> assertEquals(CONFIRMED, sender.send(receiver, "" + i)));
      RecordingInboundHandler second = RecordingInboundHandler.acknowledging();
      receiver.open(second);

      List<String> expected =
          IntStream.range(0, 110)
              .filter(i -> i >= 100 || i % 3 != 0)
              .mapToObj(Integer::toString)
              .toList();
      assertEquals(expected, second.awaitTexts(expected.size()));
    }

    @Test
    @DisplayName("hands out 10,000 frames before it waits for an acknowledgement")
    void isNotHeldUpByWhatIsUnacknowledged() {
      Node receiver = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.holding();
      receiver.openBound(handler);
      List<CompletionStage<PublishResult>> results =
          IntStream.range(0, MessageBus.MIN_UNACKNOWLEDGED)
              .mapToObj(i -> receiver.bus.publish(receiver.id, new byte[] {1}))
              .toList();

      results.forEach(result -> assertEquals(CONFIRMED, Eventually.result("a confirm", result)));
      handler.awaitTexts(MessageBus.MIN_UNACKNOWLEDGED);
    }

    @Test
    @DisplayName("takes acknowledgements in any order, twice, and from any thread")
    void takesAnyAcknowledgement() {
      Node receiver = node("b");
      RecordingInboundHandler first = RecordingInboundHandler.holding();
      Inbox inbox = receiver.openBound(first);
      IntStream.range(0, 100).forEach(i -> receiver.send(receiver, "" + i));
      first.awaitTexts(100);

      List<Boolean> unused =
          Concurrently.each(
              4,
              thread -> {
                for (int i = 99; i >= 0; i--) {
                  if (i % 4 == thread && i != 50) {
                    first.received().get(i).acknowledge();
                    first.received().get(i).acknowledge();
                  }
                }
                return true;
              });
      inbox.close();
      RecordingInboundHandler second = RecordingInboundHandler.acknowledging();
      Inbox again = receiver.open(second);

      assertEquals(List.of("50"), second.awaitTexts(1));
      again.unbind();
      Eventually.holds("the queue to be empty", again::deleteIfEmpty);
      assertEquals(1, second.count());
    }

    @Test
    @DisplayName("ignores an acknowledgement of a delivery that went back")
    void ignoresLateAcknowledgements() {
      Node receiver = node("b");
      RecordingInboundHandler first = RecordingInboundHandler.holding();
      Inbox inbox = receiver.openBound(first);
      receiver.send(receiver, "x");
      first.awaitTexts(1);
      inbox.close();
      first.received().get(0).acknowledge();
      RecordingInboundHandler second = RecordingInboundHandler.holding();
      Inbox again = receiver.open(second);
      second.awaitTexts(1);

      first.received().get(0).acknowledge();
      again.close();

      RecordingInboundHandler third = RecordingInboundHandler.acknowledging();
      receiver.open(third);
      assertEquals(List.of("x"), third.awaitTexts(1));
    }

    @Test
    @DisplayName("ends with the bus, which leaves queues, bindings and frames in place")
    void endsWithTheBus() {
      Node sender = node("a");
      Node receiver = node("b");
      RecordingInboundHandler first = RecordingInboundHandler.holding();
      receiver.openBound(first);
      assertEquals(CONFIRMED, sender.send(receiver, "1"));
      first.awaitTexts(1);

      receiver.bus.close();
      assertEquals(CONFIRMED, sender.send(receiver, "2"));
      RecordingInboundHandler second = RecordingInboundHandler.acknowledging();
      Node successor = new Node(receiver.id);
      successor.open(second);

      assertEquals(List.of("1", "2"), second.awaitTexts(2));
    }
  }

  @Nested
  @DisplayName("An inbox")
  class Exclusiveness {
    @Test
    @DisplayName("that is open can be opened by nobody else, nor adopted")
    void isExclusive() {
      Node holder = node("a");
      Node rival = node("b");
      Inbox inbox = holder.openBound(RecordingInboundHandler.acknowledging());

      assertHeld(() -> rival.bus.open(holder.id, RecordingInboundHandler.acknowledging()));
      assertHeld(() -> rival.bus.adopt(holder.id, RecordingInboundHandler.acknowledging()));
      assertHeld(() -> holder.bus.open(holder.id, RecordingInboundHandler.acknowledging()));
      assertHeld(() -> holder.bus.adopt(holder.id, RecordingInboundHandler.acknowledging()));

      inbox.close();
      Eventually.succeeds(
          "open after close",
          () -> rival.bus.open(holder.id, RecordingInboundHandler.acknowledging()));
    }

    @Test
    @DisplayName("works on after a rival was refused, and the rival's handler gets nothing")
    void isNotDisturbedByRivals() {
      Node holder = node("a");
      Node rival = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      holder.openBound(handler);
      RecordingInboundHandler refused = RecordingInboundHandler.acknowledging();
      assertHeld(() -> rival.bus.open(holder.id, refused));

      IntStream.range(0, 20).forEach(i -> assertEquals(CONFIRMED, rival.send(holder, "" + i)));

      handler.awaitTexts(20);
      assertEquals(0, refused.count());
    }

    @Test
    @DisplayName("that is adopted can be opened by nobody, not even its own node")
    void isExclusiveWhenAdopted() {
      Node dead = node("a");
      Node adopter = node("b");
      dead.openBound(RecordingInboundHandler.acknowledging()).close();
      Inbox adopted = adopter.adopt(dead, RecordingInboundHandler.acknowledging()).orElseThrow();

      assertHeld(() -> dead.bus.open(dead.id, RecordingInboundHandler.acknowledging()));

      adopted.close();
      Eventually.succeeds(
          "open after close",
          () -> dead.bus.open(dead.id, RecordingInboundHandler.acknowledging()));
    }

    @Test
    @DisplayName("goes to exactly one of many that ask at once")
    void goesToOne() {
      Node owner = node("a");
      List<Node> rivals = IntStream.range(0, 4).mapToObj(i -> node("r")).toList();
      used.add(owner.id);

      List<Boolean> opened =
          Concurrently.each(
              4,
              i -> {
                try {
                  rivals.get(i).bus.open(owner.id, RecordingInboundHandler.acknowledging());
                  return true;
                } catch (InboxHeldException e) {
                  return false;
                }
              });

      assertEquals(1, opened.stream().filter(won -> won).count());
    }
  }

  @Nested
  @DisplayName("Adoption")
  class Adoption {
    @Test
    @DisplayName("of a node without a queue gives nothing, and makes none")
    void needsAQueue() {
      Node adopter = node("b");
      String nobody = Names.unique("nobody");

      assertEquals(
          Optional.empty(), adopter.bus.adopt(nobody, RecordingInboundHandler.acknowledging()));
      assertEquals(
          Optional.empty(), adopter.bus.adopt(nobody, RecordingInboundHandler.acknowledging()));
      assertEquals(UNROUTABLE, adopter.send(nobody, "x"));
    }

    @Test
    @DisplayName(
        "gets what a dead node left, in order, and deletes the queue when all is acknowledged")
    void emptiesAndDeletes() {
      Node dead = node("a");
      Node adopter = node("b");
      dead.openBound(RecordingInboundHandler.acknowledging()).close();
      List<String> left = IntStream.range(0, 50).mapToObj(Integer::toString).toList();
      left.forEach(text -> assertEquals(CONFIRMED, adopter.send(dead, text)));

      RecordingInboundHandler handler = RecordingInboundHandler.holding();
      Inbox adopted = adopter.adopt(dead, handler).orElseThrow();
      adopted.unbind();
      assertEquals(UNROUTABLE, adopter.send(dead, "late"));
      assertEquals(left, handler.awaitTexts(50));
      assertFalse(adopted.deleteIfEmpty());
      handler.received().subList(0, 49).forEach(RecordingInboundHandler.Received::acknowledge);
      assertFalse(adopted.deleteIfEmpty());
      handler.received().get(49).acknowledge();

      Eventually.holds("the queue to be deleted", adopted::deleteIfEmpty);
      assertEquals(Optional.empty(), adopter.adopt(dead, handler));
      assertEquals(UNROUTABLE, adopter.send(dead, "later"));
    }

    @Test
    @DisplayName("does nothing when deleteIfEmpty finds something: frames still arrive")
    void goesOnAfterFailedDelete() {
      Node dead = node("a");
      Node adopter = node("b");
      dead.openBound(RecordingInboundHandler.acknowledging()).close();
      adopter.send(dead, "1");
      RecordingInboundHandler handler = RecordingInboundHandler.holding();
      Inbox adopted = adopter.adopt(dead, handler).orElseThrow();
      handler.awaitTexts(1);

      assertFalse(adopted.deleteIfEmpty());

      assertEquals(CONFIRMED, adopter.send(dead, "2"));
      assertEquals(List.of("1", "2"), handler.awaitTexts(2));
      adopted.close();
      RecordingInboundHandler owner = RecordingInboundHandler.acknowledging();
      dead.open(owner);
      assertEquals(List.of("1", "2"), owner.awaitTexts(2));
    }

    @Test
    @DisplayName("deletes the binding with the queue: a node that comes back begins afresh")
    void deletesTheBinding() {
      Node dead = node("a");
      Node adopter = node("b");
      dead.openBound(RecordingInboundHandler.acknowledging()).close();
      Inbox adopted = adopter.adopt(dead, RecordingInboundHandler.acknowledging()).orElseThrow();
      Eventually.holds("the queue to be deleted", adopted::deleteIfEmpty);

      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      Inbox afresh = dead.open(handler);

      assertEquals(UNROUTABLE, adopter.send(dead, "early"));
      afresh.bind();
      assertEquals(CONFIRMED, adopter.send(dead, "x"));
      assertEquals(List.of("x"), handler.awaitTexts(1));
    }
  }

  @Nested
  @DisplayName("A lost connection")
  class Losses {
    @Test
    @DisplayName("is told, and its return too, one call at a time, beginning with up")
    void isTold() {
      Node node = node("a");
      node.awaitCalls("up");

      node.cut();
      node.awaitCalls("up", "down");
      node.mend();

      node.awaitCalls("up", "down", "up");
      assertFalse(node.listener.hasOverlapped());
    }

    @Test
    @DisplayName("makes publishing refused and opening fail, until it is back")
    void refuses() {
      Node node = node("a");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      node.openBound(handler);
      node.cutAndAwaitDown();

      assertEquals(REFUSED, node.send(node, "1"));
      assertThrows(BusException.class, () -> node.bus.open(Names.unique("x"), handler));
      assertThrows(BusException.class, () -> node.bus.adopt(Names.unique("x"), handler));

      node.mendAndAwaitUp();
      assertEquals(CONFIRMED, node.send(node, "2"));
      assertEquals(List.of("2"), handler.awaitTexts(1));
    }

    @Test
    @DisplayName(
        "of the receiver leaves its binding, and its inbox gets all that was not acknowledged again, in order")
    void deliversAgain() {
      Node sender = node("a");
      Node receiver = node("b");
      RecordingInboundHandler handler =
          RecordingInboundHandler.acknowledging(text -> text.equals("1"));
      receiver.openBound(handler);
      IntStream.range(0, 4).forEach(i -> assertEquals(CONFIRMED, sender.send(receiver, "" + i)));
      handler.awaitTexts(4);

      receiver.cutAndAwaitDown();
      assertEquals(CONFIRMED, sender.send(receiver, "4"));
      receiver.mendAndAwaitUp();
      assertEquals(CONFIRMED, sender.send(receiver, "5"));

      Eventually.holds("the last frame", () -> handler.texts().contains("5"));
      List<String> again = new ArrayList<>(handler.texts().subList(4, handler.count()));
      // The acknowledgement may have been under way when the connection went.
      again.remove("1");
      assertEquals(List.of("0", "2", "3", "4", "5"), again);
      assertFalse(handler.hasOverlapped());
      assertEquals(0, receiver.listener.count("taken over: " + receiver.id));
    }

    @Test
    @DisplayName("does not bind an inbox that was not bound")
    void doesNotBind() {
      Node sender = node("a");
      Node receiver = node("b");
      Inbox inbox = receiver.openBound(RecordingInboundHandler.acknowledging());
      inbox.unbind();

      receiver.cutAndAwaitDown();
      receiver.mendAndAwaitUp();

      assertEquals(UNROUTABLE, sender.send(receiver, "x"));
    }

    @Test
    @DisplayName("does not bring back an inbox that was closed")
    void doesNotReopenTheClosed() {
      Node receiver = node("b");
      Node other = node("c");
      receiver.openBound(RecordingInboundHandler.acknowledging()).close();

      receiver.cutAndAwaitDown();
      receiver.mendAndAwaitUp();

      Eventually.succeeds(
          "open by another",
          () -> other.bus.open(receiver.id, RecordingInboundHandler.acknowledging()));
    }

    @Test
    @DisplayName(
        "while publishing: what is confirmed arrives once and in order, what is refused never")
    void keepsItsWordWhilePublishing() {
      Node sender = node("a");
      Node receiver = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      receiver.openBound(handler);
      AtomicBoolean stop = new AtomicBoolean();

      CompletableFuture<List<CompletionStage<PublishResult>>> publishing =
          CompletableFuture.supplyAsync(() -> publishUntil(stop, sender, receiver));
      for (int i = 0; i < 3; i++) {
        int before = handler.count();
        Eventually.holds("frames to flow", () -> handler.count() > before + 20);
        sender.cutAndAwaitDown();
        sender.mendAndAwaitUp();
      }
      stop.set(true);

      List<CompletionStage<PublishResult>> results = Eventually.result("the publisher", publishing);
      List<String> confirmed = textsWith(results, CONFIRMED);
      assertEquals(CONFIRMED, sender.send(receiver, "end"));
      Eventually.holds("the last frame", () -> handler.texts().contains("end"));
      List<String> arrived = handler.texts();
      assertEquals(confirmed, arrived.stream().filter(Set.copyOf(confirmed)::contains).toList());
      Set<String> notTaken = new LinkedHashSet<>(textsWith(results, REFUSED));
      notTaken.addAll(textsWith(results, UNROUTABLE));
      assertEquals(List.of(), arrived.stream().filter(notTaken::contains).toList());
      assertEquals(arrived.size(), Set.copyOf(arrived).size());
    }

    @Test
    @DisplayName("of an adopter ends the adoption")
    void endsAdoption() {
      Node dead = node("a");
      Node adopter = node("b");
      dead.openBound(RecordingInboundHandler.acknowledging()).close();
      adopter.send(dead, "x");
      RecordingInboundHandler adopting = RecordingInboundHandler.holding();
      Inbox adopted = adopter.adopt(dead, adopting).orElseThrow();
      adopting.awaitTexts(1);

      adopter.cutAndAwaitDown();
      adopter.mendAndAwaitUp();

      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      Eventually.succeeds("open by the owner", () -> dead.bus.open(dead.id, handler));
      assertEquals(List.of("x"), handler.awaitTexts(1));
      adopted.close();
      assertEquals(CONFIRMED, adopter.send(dead, "y"));
      assertEquals(List.of("x", "y"), handler.awaitTexts(2));
    }

    @Test
    @DisplayName(
        "in which somebody took the inbox over is told once, and the inbox comes back when it is free")
    void tellsATakeover() {
      Node owner = node("a");
      Node adopter = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      owner.openBound(handler);
      owner.cutAndAwaitDown();
      Inbox adopted =
          Eventually.succeeds(
                  "adoption", () -> adopter.bus.adopt(owner.id, RecordingInboundHandler.holding()))
              .orElseThrow();
      adopted.unbind();

      owner.mendAndAwaitUp();
      owner.awaitTakenOver();
      assertEquals(UNROUTABLE, adopter.send(owner, "1"));

      adopted.close();
      Eventually.holds("the inbox to be bound again", () -> adopter.send(owner, "2") == CONFIRMED);
      assertEquals(List.of("2"), handler.awaitTexts(1));
      assertEquals(1, owner.listener.count("taken over: " + owner.id));
    }

    @Test
    @DisplayName("in which somebody took the inbox over and deleted it is told once, not twice")
    void tellsATakeoverOnce() {
      Node owner = node("a");
      Node adopter = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      owner.openBound(handler);
      owner.cutAndAwaitDown();
      Inbox adopted = adopter.adopt(owner, RecordingInboundHandler.acknowledging()).orElseThrow();
      owner.mendAndAwaitUp();
      owner.awaitTakenOver();

      Eventually.holds("the queue to be deleted", adopted::deleteIfEmpty);

      Eventually.holds("the inbox to be bound again", () -> adopter.send(owner, "x") == CONFIRMED);
      assertEquals(List.of("x"), handler.awaitTexts(1));
      assertEquals(1, owner.listener.count("taken over: " + owner.id));
    }

    @Test
    @DisplayName("in which the queue was deleted is told, and the inbox is made anew and bound")
    void makesAQueueAnew() {
      Node owner = node("a");
      Node adopter = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
      owner.openBound(handler);
      owner.cutAndAwaitDown();
      Inbox adopted =
          Eventually.succeeds(
                  "adoption",
                  () -> adopter.bus.adopt(owner.id, RecordingInboundHandler.acknowledging()))
              .orElseThrow();
      Eventually.holds("the queue to be deleted", adopted::deleteIfEmpty);

      owner.mendAndAwaitUp();

      owner.awaitTakenOver();
      Eventually.holds("the inbox to be bound again", () -> adopter.send(owner, "x") == CONFIRMED);
      assertEquals(List.of("x"), handler.awaitTexts(1));
      assertEquals(1, owner.listener.count("taken over: " + owner.id));
    }

    @Test
    @DisplayName("does not lengthen close, and ends with it")
    void canBeClosed() {
      Node node = node("a");
      Node other = node("b");
      node.openBound(RecordingInboundHandler.acknowledging());
      node.cutAndAwaitDown();

      node.bus.close();
      node.mend();

      Eventually.succeeds(
          "open by another",
          () -> other.bus.open(node.id, RecordingInboundHandler.acknowledging()));
      assertEquals(List.of("up", "down"), node.listener.calls());
    }

    @Test
    @DisplayName("of everybody, in a restart of the broker, loses no confirmed frame, and no order")
    void survivesARestart() {
      Node sender = node("a");
      Node receiver = node("b");
      RecordingInboundHandler handler = RecordingInboundHandler.holding();
      receiver.openBound(handler);
      IntStream.range(0, 100).forEach(i -> assertEquals(CONFIRMED, sender.send(receiver, "" + i)));
      handler.awaitTexts(100);

      faults().restart();
      sender.awaitUps(2);
      receiver.awaitUps(2);
      assertEquals(CONFIRMED, sender.send(receiver, "100"));

      List<String> again = handler.awaitTexts(201).subList(100, 201);
      assertEquals(IntStream.rangeClosed(0, 100).mapToObj(Integer::toString).toList(), again);
    }
  }

  /** Publishes numbers, never with more than a few unanswered ones. */
  private static List<CompletionStage<PublishResult>> publishUntil(
      AtomicBoolean stop, Node from, Node to) {
    List<CompletionStage<PublishResult>> results = new ArrayList<>();
    while (!stop.get() && results.size() < 1_000_000) {
      results.add(from.bus.publish(to.id, bytes("" + results.size())));
      if (results.size() % 16 == 0
          && Eventually.result("a result", results.get(results.size() - 16)) == REFUSED) {
        // A bus that is away refuses a million in the time until it is back.
        LockSupport.parkNanos(1_000_000);
      }
    }
    return results;
  }

  private static List<String> textsWith(
      List<CompletionStage<PublishResult>> results, PublishResult wanted) {
    return IntStream.range(0, results.size())
        .filter(i -> Eventually.result("every result", results.get(i)) == wanted)
        .mapToObj(Integer::toString)
        .toList();
  }

  private static void assertHeld(Executable attempt) {
    assertThrows(InboxHeldException.class, attempt);
  }

  private static void deleteQueue(MessageBus cleaner, String node) {
    Optional<Inbox> left =
        Eventually.succeeds(
            "the queue to be free",
            () -> cleaner.adopt(node, RecordingInboundHandler.acknowledging()));
    left.ifPresent(
        inbox -> {
          inbox.unbind();
          Eventually.holds("the queue to be empty", inbox::deleteIfEmpty);
        });
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private Node node(String name) {
    return new Node(Names.unique(name));
  }

  /** One node of a test. */
  private final class Node {
    final String id;
    final RecordingBusListener listener = new RecordingBusListener();
    final RecordingErrorListener errors = new RecordingErrorListener();
    final MessageBus bus;

    Node(String id) {
      this.id = id;
      bus = MessageBusContract.this.open(id, listener, errors);
      nodes.add(this);
    }

    Inbox open(InboundHandler handler) {
      used.add(id);
      return Eventually.succeeds("the inbox to be free", () -> bus.open(id, handler));
    }

    Inbox openBound(InboundHandler handler) {
      Inbox inbox = open(handler);
      inbox.bind();
      return inbox;
    }

    Optional<Inbox> adopt(Node dead, InboundHandler handler) {
      return Eventually.succeeds("the inbox to be free", () -> bus.adopt(dead.id, handler));
    }

    PublishResult send(Node to, String text) {
      return send(to.id, text);
    }

    PublishResult send(String to, String text) {
      return Eventually.result("the result of a publish", bus.publish(to, bytes(text)));
    }

    void cut() {
      cut.add(id);
      faults().cut(id);
    }

    void mend() {
      faults().mend(id);
    }

    void cutAndAwaitDown() {
      awaitUps(1);
      long before = listener.count("down");
      cut();
      Eventually.holds("down to be told", () -> listener.count("down") > before);
    }

    void mendAndAwaitUp() {
      long before = listener.count("up");
      mend();
      awaitUps(before + 1);
    }

    void awaitUps(long count) {
      Eventually.holds(
          () -> count + " times up; so far " + listener.calls(),
          () -> listener.count("up") >= count);
    }

    void awaitCalls(String... calls) {
      Eventually.holds(
          () -> List.of(calls) + "; so far " + listener.calls(),
          () -> listener.calls().equals(List.of(calls)));
    }

    void awaitTakenOver() {
      Eventually.holds("a takeover to be told", () -> listener.count("taken over: " + id) > 0);
      assertTrue(listener.count("down") > 0);
    }
  }
}
