package org.distributedsockets.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.distributedsockets.Address;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RegisterAnswer;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryEntry;
import org.distributedsockets.spi.RegistryException;

/** A registry that does what a test tells it, and remembers the calls. Thread-safe. */
class ScriptedRegistry implements ConnectionRegistry {
  static final RegisterAnswer ACCEPTED = new RegisterAnswer(true, Set.of(), List.of());
  static final RegisterAnswer REFUSED = new RegisterAnswer(false, Set.of(), List.of());

  /** Calls as text, such as {@code register [c1, c2]}. */
  final List<String> calls = new ArrayList<>();

  /** What is registered, and by which incarnation. */
  final Map<String, String> entries = new LinkedHashMap<>();

  boolean away;
  BiFunction<NodeIdentity, Registration, RegisterAnswer> onRegister = (self, r) -> ACCEPTED;
  BiFunction<NodeIdentity, Duration, LeaseAnswer> onRenew =
      (self, lease) -> new LeaseAnswer(self.incarnation(), 0, "e1", List.of(self), Set.of());
  Map<Address, Location> locations = Map.of();

  synchronized void call(String text) {
    calls.add(text);
    if (away) {
      throw new RegistryException("away", true, null);
    }
  }

  synchronized List<String> takeCalls() {
    List<String> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }

  synchronized Set<String> registered() {
    return Set.copyOf(entries.keySet());
  }

  @Override
  public LeaseAnswer renew(LeaseRequest request) {
    String former = request.former() == null ? "" : " for " + request.former();
    call("renew " + request.self().incarnation() + former + (request.complete() ? "" : " partly"));
    return onRenew.apply(request.self(), request.duration());
  }

  @Override
  public void leave(NodeIdentity self) {
    call("leave " + self.incarnation());
  }

  @Override
  public void forget(String nodeId) {
    call("forget " + nodeId);
  }

  @Override
  public synchronized List<RegisterAnswer> register(
      NodeIdentity self, List<Registration> batch, RegistrationLimit limit) {
    call("register " + keys(batch));
    List<RegisterAnswer> answers = new ArrayList<>();
    for (Registration registration : batch) {
      RegisterAnswer answer = onRegister.apply(self, registration);
      if (answer.accepted()) {
        entries.put(key(registration), self.incarnation());
      }
      answers.add(answer);
    }
    return answers;
  }

  @Override
  public synchronized void unregister(NodeIdentity self, List<Registration> batch) {
    call("unregister " + keys(batch));
    batch.forEach(registration -> entries.remove(key(registration)));
  }

  private static List<String> keys(List<Registration> batch) {
    return batch.stream().map(ScriptedRegistry::key).toList();
  }

  static String key(Registration registration) {
    return registration.address().name() + "/" + registration.entry();
  }

  @Override
  public synchronized List<Location> locate(List<Address> addresses) {
    call("locate " + addresses.stream().map(Address::name).toList());
    return addresses.stream().map(a -> locations.getOrDefault(a, Location.ABSENT)).toList();
  }

  @Override
  public synchronized List<List<RegistryEntry>> entries(List<Address> addresses) {
    call("entries " + addresses.stream().map(Address::name).toList());
    return addresses.stream().map(address -> List.<RegistryEntry>of()).toList();
  }

  @Override
  public void close() {}
}
