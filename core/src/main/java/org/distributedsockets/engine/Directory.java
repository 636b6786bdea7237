package org.distributedsockets.engine;

import static java.util.concurrent.CompletableFuture.completedFuture;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.distributedsockets.Address;
import org.distributedsockets.Census;
import org.distributedsockets.ConnectionInfo;
import org.distributedsockets.Members;
import org.distributedsockets.engine.Questions.Holding;
import org.distributedsockets.engine.wire.Item.Detail;
import org.distributedsockets.engine.wire.Item.Held;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistryEntry;
import org.distributedsockets.spi.RegistryException;

/**
 * Tells an application who is where in the cluster: what the registry knows, and what the nodes
 * hold. Thread-safe; nothing blocks.
 */
final class Directory {
  private final Lookups lookups;
  private final Questions questions;
  private final Supplier<Set<String>> members;

  /**
   * Makes one.
   *
   * @param members the live nodes, as far as this one knows
   */
  Directory(Lookups lookups, Questions questions, Supplier<Set<String>> members) {
    this.lookups = lookups;
    this.questions = questions;
    this.members = members;
  }

  CompletableFuture<List<ConnectionInfo>> connections(Address user) {
    return lookups
        .entries(user)
        .thenCompose(entries -> entries.isEmpty() ? noneIfKnown(user) : completedFuture(entries))
        .thenApply(entries -> entries.stream().map(Directory::info).toList());
  }

  private CompletableFuture<List<RegistryEntry>> noneIfKnown(Address user) {
    return lookups
        .locate(user)
        .thenApply(
            location -> {
              if (!location.known()) {
                throw new RegistryException("the registry cannot tell", true, null);
              }
              return List.of();
            });
  }

  CompletableFuture<Set<String>> online(List<Address> users) {
    return lookups
        .locate(users)
        .thenApply(
            locations -> {
              Set<String> online = new LinkedHashSet<>();
              for (int i = 0; i < users.size(); i++) {
                if (!locations.get(i).known()) {
                  throw new RegistryException("the registry cannot tell", true, null);
                }
                if (!locations.get(i).nodes().isEmpty()) {
                  online.add(users.get(i).name());
                }
              }
              return online;
            });
  }

  CompletableFuture<Census> count(Address address) {
    return askHolders(address, Detail.COUNT)
        .thenApply(
            held -> {
              Map<String, Census.Count> counts = new TreeMap<>();
              held.answers.forEach(
                  (node, holding) ->
                      counts.put(node, new Census.Count(holding.connections(), holding.users())));
              return new Census(counts, held.silent());
            });
  }

  CompletableFuture<Members> members(Address group) {
    return askHolders(group, Detail.CONNECTIONS)
        .thenApply(
            held -> {
              List<ConnectionInfo> connections = new ArrayList<>();
              held.answers.forEach(
                  (node, holding) ->
                      holding.held().forEach(one -> connections.add(info(node, one))));
              return new Members(connections, held.silent());
            });
  }

  /** All nodes where nobody can say which. */
  private CompletableFuture<AllHeld> askHolders(Address address, Detail detail) {
    CompletableFuture<Set<String>> nodes =
        address.kind() == Address.Kind.EVERYONE
            ? completedFuture(members.get())
            : lookups
                .locate(address)
                .thenApply(location -> location.known() ? location.nodes() : members.get());
    return nodes.thenCompose(
        asked ->
            questions
                .ask(asked, address, detail, Map.of())
                .thenApply(answers -> new AllHeld(asked, answers)));
  }

  private record AllHeld(Set<String> asked, Map<String, Holding> answers) {
    Set<String> silent() {
      Set<String> silent = new TreeSet<>(asked);
      silent.removeAll(answers.keySet());
      return silent;
    }
  }

  private static ConnectionInfo info(String node, Held held) {
    return new ConnectionInfo(
        held.connection(),
        held.user(),
        node,
        Instant.ofEpochMilli(held.sinceMillis()),
        MetadataText.parse(held.metadata()));
  }

  private static ConnectionInfo info(RegistryEntry entry) {
    Registration registration = entry.registration();
    return new ConnectionInfo(
        registration.entry(),
        registration.address().name(),
        entry.owner().nodeId(),
        Instant.ofEpochMilli(registration.sinceMillis()),
        MetadataText.parse(registration.metadata()));
  }
}
