package org.distributedsockets.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.distributedsockets.Address;

/** What every process is told of everybody's presence, and what it should have been told. */
final class SimWatches {
  private final List<String> users;
  private final List<String> groups;
  private final Map<SimProcess, Map<Address, Map<String, Boolean>>> told = new LinkedHashMap<>();

  SimWatches(List<String> users, List<String> groups) {
    this.users = users;
    this.groups = groups;
  }

  /** A process that runs watches all there is. */
  @SuppressWarnings("resource") // it watches as long as it lives
  void begin(SimProcess process) {
    Map<Address, Map<String, Boolean>> mine = new LinkedHashMap<>();
    told.put(process, mine);
    Map<String, Boolean> online = new TreeMap<>();
    users.forEach(user -> mine.put(Address.user(user), online));
    process.node().watch(users, online::putAll);
    for (String group : groups) {
      Map<String, Boolean> members = new TreeMap<>();
      mine.put(Address.group(group), members);
      process.node().watchGroup(group, members::putAll);
    }
  }

  /**
   * What is not as it should be.
   *
   * @param usersOf those with live connections, or live members of a group
   */
  List<String> leftovers(SimProcess process, Function<Address, Set<String>> usersOf) {
    List<String> left = new ArrayList<>();
    Map<Address, Map<String, Boolean>> mine = told.getOrDefault(process, Map.of());
    mine.forEach(
        (address, known) -> {
          Set<String> online = new TreeSet<>();
          known.forEach(
              (user, is) -> {
                if (is && (address.kind() == Address.Kind.GROUP || user.equals(address.name()))) {
                  online.add(user);
                }
              });
          Set<String> truth = usersOf.apply(address);
          if (!online.equals(truth)) {
            left.add(process + " sees " + online + " at " + address + ", there are " + truth);
          }
        });
    return left;
  }
}
