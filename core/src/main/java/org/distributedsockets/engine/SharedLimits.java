package org.distributedsockets.engine;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one user, and those from one client address, may do together on this
 * node. Addresses are those of {@link ClientAddress}. Thread-safe.
 */
final class SharedLimits {
  private final KeyedRates handshakesOfAddresses;
  private final KeyedRates handshakesOfUsers;
  private final KeyedRates messagesOfAddresses;
  private final KeyedRates messagesOfUsers;
  private final int maxConnectionsPerAddress;

  /** Only of addresses with connections. */
  private final ConcurrentMap<String, Integer> connections = new ConcurrentHashMap<>();

  SharedLimits(Settings settings) {
    handshakesOfAddresses = new KeyedRates(settings.get(NodeSettings.HANDSHAKE_RATE_PER_ADDRESS));
    handshakesOfUsers = new KeyedRates(settings.get(NodeSettings.HANDSHAKE_RATE_PER_USER));
    messagesOfAddresses = new KeyedRates(settings.get(NodeSettings.MESSAGE_RATE_PER_ADDRESS));
    messagesOfUsers = new KeyedRates(settings.get(NodeSettings.MESSAGE_RATE_PER_USER));
    maxConnectionsPerAddress = settings.get(NodeSettings.MAX_CONNECTIONS_PER_ADDRESS);
  }

  boolean takeHandshakeFrom(String address, long nowNanos) {
    return handshakesOfAddresses.tryTake(address, nowNanos);
  }

  boolean takeHandshakeOf(String user, long nowNanos) {
    return handshakesOfUsers.tryTake(user, nowNanos);
  }

  /** Whether a client may send one more frame; of an attached one no address is known. */
  boolean takeMessage(String user, @Nullable String address, long nowNanos) {
    return messagesOfUsers.tryTake(user, nowNanos)
        && (address == null || messagesOfAddresses.tryTake(address, nowNanos));
  }

  /** Counts one more connection, unless it is one too many; {@link #leave} takes it back. */
  boolean enter(String address) {
    AtomicBoolean entered = new AtomicBoolean(true);
    connections.merge(
        address,
        1,
        (present, one) -> {
          boolean room = maxConnectionsPerAddress == 0 || present < maxConnectionsPerAddress;
          entered.set(room);
          return room ? present + one : present;
        });
    return entered.get();
  }

  void leave(String address) {
    connections.computeIfPresent(address, (key, count) -> count > 1 ? count - 1 : null);
  }

  /** Keeps the memory small; called every second or so. */
  void forgetIdle(long nowNanos) {
    handshakesOfAddresses.forgetFull(nowNanos);
    handshakesOfUsers.forgetFull(nowNanos);
    messagesOfAddresses.forgetFull(nowNanos);
    messagesOfUsers.forgetFull(nowNanos);
  }

  /** How many addresses and rates it remembers. */
  int size() {
    return connections.size()
        + handshakesOfAddresses.size()
        + handshakesOfUsers.size()
        + messagesOfAddresses.size()
        + messagesOfUsers.size();
  }
}
