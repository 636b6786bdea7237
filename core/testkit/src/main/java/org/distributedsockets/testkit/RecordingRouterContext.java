package org.distributedsockets.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.Envelope;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RouterContext} that sends nothing and keeps what it was told to send. Look-ups are
 * answered, and time passes, only when told to. Thread-safe.
 */
public final class RecordingRouterContext implements RouterContext {
  private final String self;
  private final Set<String> members;
  private final ManualScheduler scheduler = new ManualScheduler();

  // The fields below are guarded by this.
  private final Map<Address, Location> locations = new HashMap<>();
  private final Map<Address, LocalKnowledge> knowledge = new HashMap<>();
  private final List<Call> calls = new ArrayList<>();
  private List<LookUp> waiting = new ArrayList<>();
  private int lookUps;

  /**
   * Makes one.
   *
   * @param self the node's id
   * @param members the ids of the live nodes, this one included
   */
  public RecordingRouterContext(String self, Set<String> members) {
    this.self = self;
    this.members = Set.copyOf(members);
  }

  /**
   * Says what the registry answers from now on; UNKNOWN for all others.
   *
   * @param address about what
   * @param location the answer
   */
  public synchronized void setLocation(Address address, Location location) {
    locations.put(address, location);
  }

  /**
   * Says what this node knows by itself; nothing of all others.
   *
   * @param address about what
   * @param known the knowledge
   */
  public synchronized void setLocal(Address address, LocalKnowledge known) {
    knowledge.put(address, known);
  }

  @Override
  public String self() {
    return self;
  }

  @Override
  public Set<String> members() {
    return members;
  }

  @Override
  public synchronized LocalKnowledge local(Address address) {
    return knowledge.getOrDefault(address, LocalKnowledge.NONE);
  }

  @Override
  public synchronized CompletionStage<Location> locate(Address address) {
    LookUp lookUp = new LookUp(address, new CompletableFuture<>());
    waiting.add(lookUp);
    lookUps++;
    return lookUp.answer.minimalCompletionStage();
  }

  @Override
  public synchronized void dispatch(Envelope envelope, Set<String> nodes, boolean ask) {
    calls.add(new Call(envelope, Set.copyOf(nodes), ask, null));
  }

  @Override
  public synchronized void end(Envelope envelope, Outcome outcome) {
    calls.add(new Call(envelope, Set.of(), false, outcome));
  }

  @Override
  public CompletionStage<Boolean> fence(String node, Address address) {
    return CompletableFuture.completedStage(true);
  }

  @Override
  public Settings settings() {
    return Settings.defaults();
  }

  @Override
  public TimeSource time() {
    return scheduler.time();
  }

  @Override
  public void schedule(long delayNanos, Runnable task) {
    scheduler.schedule(delayNanos, task);
  }

  /** Answers all look-ups, the latest first: an order that nobody may rely on. */
  public void answerLookUps() {
    List<LookUp> answered;
    synchronized (this) {
      answered = waiting;
      waiting = new ArrayList<>();
    }
    Collections.reverse(answered);
    answered.forEach(lookUp -> lookUp.answer.complete(locationOf(lookUp.address)));
  }

  /**
   * Lets time pass, and runs what was scheduled.
   *
   * @param duration how much
   */
  public void advance(Duration duration) {
    scheduler.advance(duration);
  }

  /**
   * Answers look-ups and lets time pass until the router made some calls, and then a little more,
   * in which it would make those it should not.
   *
   * @param count at least how many calls
   * @return all of them, in order
   */
  public List<Call> awaitCalls(int count) {
    Eventually.holds(() -> count + " calls; so far " + calls(), () -> goOn().size() >= count);
    for (int i = 0; i < 100; i++) {
      goOn();
    }
    return calls();
  }

  /**
   * What the router did.
   *
   * @return the calls, in order
   */
  public synchronized List<Call> calls() {
    return List.copyOf(calls);
  }

  /**
   * How often the router asked the registry.
   *
   * @return the number of look-ups
   */
  public synchronized int lookUps() {
    return lookUps;
  }

  private List<Call> goOn() {
    answerLookUps();
    advance(Duration.ofMillis(100));
    return calls();
  }

  private synchronized Location locationOf(Address address) {
    return locations.getOrDefault(address, Location.UNKNOWN);
  }

  private record LookUp(Address address, CompletableFuture<Location> answer) {}

  /**
   * One call of {@link RouterContext#dispatch} or {@link RouterContext#end}.
   *
   * @param envelope with which envelope
   * @param nodes to which nodes; empty for an end
   * @param ask whether they are only asked
   * @param outcome the end, or null for a dispatch
   */
  public record Call(Envelope envelope, Set<String> nodes, boolean ask, @Nullable Outcome outcome) {
    /**
     * Which of the two it was.
     *
     * @return true for {@link RouterContext#dispatch}
     */
    public boolean isDispatch() {
      return outcome == null;
    }
  }
}
