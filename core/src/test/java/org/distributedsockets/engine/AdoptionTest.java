package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.metrics.Counter;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.InboundHandler;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.InboxHeldException;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.spi.PublishResult;
import org.junit.jupiter.api.Test;

class AdoptionTest {
  private static final String HELD = "held";
  private static final String ABSENT = "absent";
  private static final String AWAY = "away";
  private static final String UNBIND_FAILS = "unbind fails";

  private final ManualRuntime manual = new ManualRuntime();
  private final ScriptedRegistry registry = new ScriptedRegistry();
  private final CountingMetrics metrics = new CountingMetrics();
  private final RecordingErrors errors = new RecordingErrors();
  private final FakeBus bus = new FakeBus();
  private final Membership membership =
      new Membership(
          "n1",
          registry,
          Duration.ofSeconds(10),
          Duration.ofSeconds(3),
          () -> true,
          manual.runtime(),
          metrics,
          errors,
          new Membership.Listener() {
            @Override
            public void onRegistrationsLost() {}

            @Override
            public void onRegistryBack() {}
          });
  private boolean fit = true;
  private final List<String> emptied = new ArrayList<>();
  private final Adoption adoption =
      new Adoption(
          bus,
          membership,
          () -> fit,
          new Adoption.Handlers() {
            @Override
            public InboundHandler forQueueOf(String deadNode) {
              return (frame, acknowledgement) -> {};
            }

            @Override
            public void emptied(String deadNode) {
              emptied.add(deadNode);
            }
          },
          manual.runtime(),
          metrics,
          errors);

  private void lost(String... nodes) {
    Set<String> lost = Set.of(nodes);
    registry.onRenew =
        (self, lease) -> new LeaseAnswer(self.incarnation(), 0, "e1", List.of(self), lost);
    assertTrue(membership.join());
    registry.takeCalls();
  }

  private void look(long seconds) {
    manual.live(Duration.ofSeconds(seconds));
  }

  @Test
  void emptiesAndDeletesTheQueueOfALostNodeAndForgetsIt() {
    lost("n2");
    bus.queues.put("n2", "2");
    adoption.start();
    look(3);
    assertEquals(
        List.of("adopt n2", "unbind n2", "delete n2 no", "delete n2 no", "delete n2 yes"),
        bus.calls.subList(0, 5));
    assertEquals("forget n2", registry.takeCalls().get(0));
    assertEquals(1, metrics.of(Counter.ADOPTIONS));
    assertEquals(1, emptied.size());
  }

  @Test
  void forgetsANodeThatHasNoQueue() {
    lost("n2");
    bus.queues.put("n2", ABSENT);
    adoption.start();
    look(2);
    assertEquals("adopt n2", bus.calls.get(0));
    assertEquals("forget n2", registry.takeCalls().get(0));
    assertEquals(0, metrics.of(Counter.ADOPTIONS));
    assertEquals(0, bus.open);
  }

  @Test
  void leavesAQueueThatIsHeldAloneForLongerAndLonger() {
    lost("n2");
    bus.queues.put("n2", HELD);
    adoption.start();
    look(4);
    assertEquals(List.of("adopt n2"), bus.calls);
    look(4);
    assertEquals(2, bus.calls.size(), "after 5 s");
    look(6);
    assertEquals(2, bus.calls.size());
    look(6);
    assertEquals(3, bus.calls.size(), "after 10 s more");
    look(600);
    int calls = bus.calls.size();
    look(600);
    assertTrue(bus.calls.size() - calls >= 9, "at least every 66 s");
    assertEquals(List.of(), errors.lines);
    assertEquals(List.of(), registry.takeCalls());
  }

  @Test
  void aHeldQueueDoesNotHoldUpTheNext() {
    lost("n2", "n3");
    bus.queues.put("n2", HELD);
    bus.queues.put("n3", "0");
    adoption.start();
    look(3);
    assertTrue(bus.calls.contains("delete n3 yes"), bus.calls.toString());
  }

  @Test
  void adoptsOneAtATime() {
    lost("n2", "n3");
    bus.queues.put("n2", "1000");
    bus.queues.put("n3", "1000");
    adoption.start();
    look(9);
    assertEquals(1, bus.calls.stream().filter(call -> call.startsWith("adopt")).count());
    assertEquals(1, bus.open);
  }

  @Test
  void givesUpAQueueThatDoesNotGetEmptyAndTakesTheOther() {
    lost("n2", "n3");
    bus.queues.put("n2", "1000000");
    bus.queues.put("n3", "1000000");
    adoption.start();
    look(15);
    List<String> adopted = bus.calls.stream().filter(call -> call.startsWith("adopt")).toList();
    assertEquals(Set.of("adopt n2", "adopt n3"), Set.copyOf(adopted));
    assertEquals(1, bus.open);
    assertEquals(1, bus.calls.stream().filter(call -> call.startsWith("close")).count());
  }

  @Test
  void doesNothingWhileItIsNotFit() {
    fit = false;
    lost("n2");
    bus.queues.put("n2", "0");
    adoption.start();
    look(10);
    assertEquals(List.of(), bus.calls);
    fit = true;
    look(2);
    assertEquals("adopt n2", bus.calls.get(0));
  }

  @Test
  void givesUpWhenItIsFitNoMore() {
    lost("n2");
    bus.queues.put("n2", "1000");
    adoption.start();
    look(3);
    fit = false;
    look(1);
    assertEquals("close n2", bus.calls.get(bus.calls.size() - 1));
    assertEquals(0, bus.open);
  }

  @Test
  void closeGivesUpAndLooksNoMore() {
    lost("n2", "n3");
    bus.queues.put("n2", "1000");
    bus.queues.put("n3", "1000");
    adoption.start();
    look(3);
    adoption.close();
    look(60);
    assertEquals(0, bus.open);
    assertEquals(1, bus.calls.stream().filter(call -> call.startsWith("adopt")).count());
    assertEquals(0, manual.waitingTimers());
  }

  @Test
  void triesAgainLaterWhenTheBusIsAway() {
    lost("n2");
    bus.queues.put("n2", AWAY);
    adoption.start();
    look(2);
    bus.queues.put("n2", "0");
    look(6);
    assertEquals(List.of("adopt n2", "adopt n2", "unbind n2", "delete n2 yes"), bus.calls);
  }

  @Test
  void letsTheQueueGoWhenItCannotBeUnbound() {
    lost("n2");
    bus.queues.put("n2", UNBIND_FAILS);
    adoption.start();
    look(2);
    assertEquals(List.of("adopt n2", "unbind n2", "close n2"), bus.calls);
    assertEquals(0, bus.open, "else the node could never come back");
  }

  /** Queues by node: how many looks until they are empty, or what is wrong with them. */
  private static final class FakeBus implements MessageBus {
    final Map<String, String> queues = new HashMap<>();
    final List<String> calls = new ArrayList<>();
    int open;

    @Override
    public Optional<Inbox> adopt(String node, InboundHandler handler) {
      calls.add("adopt " + node);
      String queue = queues.getOrDefault(node, ABSENT);
      return switch (queue) {
        case HELD -> throw new InboxHeldException(node, null);
        case AWAY -> throw new BusException("away", true, null);
        case ABSENT -> Optional.empty();
        default -> {
          open++;
          yield Optional.of(new FakeInbox(node));
        }
      };
    }

    private final class FakeInbox implements Inbox {
      private final String node;
      private int looks;

      FakeInbox(String node) {
        this.node = node;
      }

      @Override
      public void bind() {
        throw new UnsupportedOperationException();
      }

      @Override
      public void unbind() {
        calls.add("unbind " + node);
        if (queues.get(node).equals(UNBIND_FAILS)) {
          throw new BusException("away", true, null);
        }
      }

      @Override
      public boolean deleteIfEmpty() {
        boolean empty = looks++ >= Integer.parseInt(queues.get(node));
        calls.add("delete " + node + (empty ? " yes" : " no"));
        if (empty) {
          queues.put(node, ABSENT);
          open--;
        }
        return empty;
      }

      @Override
      public void close() {
        calls.add("close " + node);
        open--;
      }
    }

    @Override
    public CompletionStage<PublishResult> publish(String node, byte[] frame) {
      return CompletableFuture.failedStage(new UnsupportedOperationException());
    }

    @Override
    public int maxFrameBytes() {
      return 1 << 20;
    }

    @Override
    public Inbox open(String node, InboundHandler handler) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
