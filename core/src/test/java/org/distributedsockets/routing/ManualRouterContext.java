package org.distributedsockets.routing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.MessageId;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * A node called self, with the members a, b and c, in which look-ups and fences end, and time
 * passes, only when told to. For one thread.
 */
final class ManualRouterContext implements RouterContext {
  private static final long START_NANOS = Long.MAX_VALUE - Duration.ofSeconds(3).toNanos();

  final Map<Address, Location> locations = new HashMap<>();
  final Map<Address, LocalKnowledge> knowledge = new HashMap<>();
  Runnable onDispatch = () -> {};
  int lookUps;

  /** Whether look-ups are answered inside the call, as while the registry is known to be away. */
  boolean answersAtOnce;

  private final List<Call> calls = new ArrayList<>();
  private List<LookUp> asked = new ArrayList<>();
  private final List<Runnable> held = new ArrayList<>();
  private final Map<String, List<CompletableFuture<Boolean>>> fences = new HashMap<>();
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparing(Task::number));

  /** Since shortly before the reading overflows, because a clock may begin anywhere. */
  private long nanos;

  private long scheduled;

  /** One dispatch, or one end if there is an outcome. */
  record Call(Envelope envelope, Set<String> nodes, boolean ask, @Nullable Outcome outcome) {}

  private record LookUp(Address address, CompletableFuture<Location> answer) {}

  private record Task(long atNanos, long number, Runnable work) {}

  static Envelope envelope(long sequence, Address to) {
    return new Envelope(
        new MessageId(7, sequence),
        Envelope.Action.DELIVER,
        "self",
        "alice",
        to,
        "1",
        null,
        null,
        0,
        Long.MAX_VALUE,
        true,
        false,
        0,
        Set.of(),
        Set.of(),
        Set.of(),
        null);
  }

  List<Call> takeCalls() {
    List<Call> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }

  /** Answers the look-ups made so far; those that follow wait for the next time. */
  void answerLookUps() {
    advance(Duration.ZERO);
    holdLookUps();
    answerHeld();
  }

  /** The registry has answered the look-ups made so far, but the answers are still on their way. */
  void holdLookUps() {
    List<LookUp> now = asked;
    asked = new ArrayList<>();
    for (LookUp lookUp : now) {
      Location location = locationOf(lookUp.address);
      held.add(() -> lookUp.answer.complete(location));
    }
  }

  void answerHeld() {
    List<Runnable> answers = List.copyOf(held);
    held.clear();
    answers.forEach(Runnable::run);
  }

  private Location locationOf(Address address) {
    return locations.getOrDefault(address, Location.UNKNOWN);
  }

  List<String> fenced() {
    return fences.keySet().stream().sorted().toList();
  }

  void completeFences() {
    Map<String, List<CompletableFuture<Boolean>>> now = new HashMap<>(fences);
    fences.clear();
    now.values().forEach(list -> list.forEach(fence -> fence.complete(true)));
  }

  void advance(Duration duration) {
    long end = nanos + duration.toNanos();
    while (!tasks.isEmpty() && tasks.peek().atNanos <= end) {
      Task task = tasks.remove();
      nanos = Math.max(nanos, task.atNanos);
      task.work.run();
    }
    nanos = end;
  }

  /** As {@link #advance} in small steps, with look-ups answered in between. */
  void live(Duration duration) {
    for (long passed = 0; passed < duration.toMillis(); passed += 5) {
      answerLookUps();
      advance(Duration.ofMillis(5));
    }
    answerLookUps();
  }

  @Override
  public String self() {
    return "self";
  }

  @Override
  public Set<String> members() {
    return Set.of("self", "a", "b", "c");
  }

  @Override
  public LocalKnowledge local(Address address) {
    return knowledge.getOrDefault(address, LocalKnowledge.NONE);
  }

  @Override
  public CompletionStage<Location> locate(Address address) {
    lookUps++;
    if (answersAtOnce) {
      return CompletableFuture.completedFuture(locationOf(address));
    }
    LookUp lookUp = new LookUp(address, new CompletableFuture<>());
    asked.add(lookUp);
    return lookUp.answer;
  }

  @Override
  public void dispatch(Envelope envelope, Set<String> nodes, boolean ask) {
    calls.add(new Call(envelope, Set.copyOf(nodes), ask, null));
    onDispatch.run();
  }

  @Override
  public void end(Envelope envelope, Outcome outcome) {
    calls.add(new Call(envelope, Set.of(), false, outcome));
  }

  @Override
  public CompletionStage<Boolean> fence(String node, Address address) {
    if (node.equals("self")) {
      return CompletableFuture.completedFuture(true); // nothing waits in the lanes here
    }
    CompletableFuture<Boolean> fence = new CompletableFuture<>();
    fences.computeIfAbsent(node, n -> new ArrayList<>()).add(fence);
    return fence;
  }

  @Override
  public Settings settings() {
    return Settings.builder().build();
  }

  @Override
  public TimeSource time() {
    return () -> START_NANOS + nanos;
  }

  @Override
  public void schedule(long delayNanos, Runnable task) {
    tasks.add(new Task(nanos + delayNanos, scheduled++, task));
  }
}
