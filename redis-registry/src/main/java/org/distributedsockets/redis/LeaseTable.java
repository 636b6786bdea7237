package org.distributedsockets.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.distributedsockets.spi.LeaseAnswer;
import org.distributedsockets.spi.NodeIdentity;

/** All leases, the time and the epoch, as one script read them in one step. Immutable. */
final class LeaseTable {
  private static final String PARTIAL = "|partial";

  private final long nowMillis;
  private final String epoch;
  private final List<NodeIdentity> members = new ArrayList<>();
  private final Set<String> lost = new TreeSet<>();
  private final Set<String> liveOwners = new HashSet<>();

  /** By owner, live or not, when its lease ends or ended. */
  private final Map<String, Long> endsMillis = new HashMap<>();

  /** Whether every live node has registered all its own. */
  private boolean complete = true;

  private final Map<String, String> holders = new HashMap<>();

  /** Reads what {@code renew.lua} and {@code leases.lua} return. */
  LeaseTable(Object reply) {
    List<Object> parts = Reply.list(reply);
    nowMillis = Reply.number(parts.get(0));
    epoch = Reply.text(parts.get(1));
    List<Object> leases = Reply.list(parts.get(2));
    for (int i = 0; i < leases.size(); i += 2) {
      add(Reply.text(leases.get(i)), Reply.text(leases.get(i + 1)));
    }
  }

  private void add(String nodeId, String lease) {
    boolean partial = lease.endsWith(PARTIAL);
    int separator = lease.indexOf('|');
    int end = partial ? lease.length() - PARTIAL.length() : lease.length();
    NodeIdentity owner = new NodeIdentity(nodeId, lease.substring(0, separator));
    long ends = Long.parseLong(lease.substring(separator + 1, end));
    holders.put(nodeId, owner.incarnation());
    endsMillis.put(StoredEntry.owner(owner), ends);
    if (ends > nowMillis) {
      members.add(owner);
      liveOwners.add(StoredEntry.owner(owner));
      complete &= !partial;
    } else {
      lost.add(nodeId);
    }
  }

  long nowMillis() {
    return nowMillis;
  }

  LeaseAnswer answer(NodeIdentity self) {
    return new LeaseAnswer(
        holders.getOrDefault(self.nodeId(), ""), nowMillis, epochName(), members, lost);
  }

  boolean isLive(String owner) {
    return liveOwners.contains(owner);
  }

  Set<String> liveOwners() {
    return liveOwners;
  }

  /** Whether the lease of an owner was good less than some time ago. */
  boolean livedWithin(String owner, Duration duration) {
    Long ends = endsMillis.get(owner);
    return ends != null && nowMillis - ends < duration.toMillis();
  }

  /** Whether the data is complete as far as anyone can know: it was not lost a moment ago. */
  boolean isTrustworthy(Duration grace) {
    return complete && !epoch.isEmpty() && nowMillis - epochBeganMillis() >= grace.toMillis();
  }

  /** Which life of the data this is; empty if none has begun. */
  String epochName() {
    return epoch.isEmpty() ? "" : epoch.substring(0, epoch.indexOf('|'));
  }

  private long epochBeganMillis() {
    return Long.parseLong(epoch.substring(epoch.indexOf('|') + 1));
  }
}
