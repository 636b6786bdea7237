package org.distributedsockets.redis;

import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Sends commands batch by batch for one call of the registry. Used by one thread. */
final class RedisSession {
  private static final int ROUNDS = 4;

  private final RedisConnections connections;
  private final RedisMode mode;
  private final Deadline deadline;

  RedisSession(RedisConnections connections, RedisMode mode, Deadline deadline) {
    this.connections = connections;
    this.mode = mode;
    this.deadline = deadline;
  }

  Deadline deadline() {
    return deadline;
  }

  RedisMode mode() {
    return mode;
  }

  /**
   * Sends commands together, in one round trip to each server. Only what a server did not have the
   * script for, or not the key, is sent again.
   */
  void run(List<? extends RedisCommand<?>> commands) {
    List<RedisCommand<?>> open = List.copyOf(commands);
    boolean withScript = false;
    for (int round = 1; !open.isEmpty(); round++) {
      if (deadline.isOver() || round > ROUNDS) {
        throw new JedisConnectionException("no answer in time");
      }
      connections.send(open, withScript, deadline);
      List<RedisCommand<?>> again = new ArrayList<>();
      List<RedisCommand<?>> redirected = new ArrayList<>();
      for (RedisCommand<?> command : open) {
        switch (command.settle()) {
          case DONE -> {}
          case NEEDS_SCRIPT -> again.add(command);
          case REDIRECTED -> redirected.add(command);
        }
      }
      again.addAll(followed(redirected, round));
      withScript = true;
      open = again;
    }
  }

  /**
   * Sends the first one alone: that makes the driver learn where keys are now, and the rest may go
   * together again. Keys that are on their way from one server to another never do.
   */
  private List<RedisCommand<?>> followed(List<RedisCommand<?>> redirected, int round) {
    if (!redirected.isEmpty() && mode != RedisMode.CLUSTER) {
      throw new JedisClusterOperationException(RedisFault.IS_A_CLUSTER);
    }
    int alone = round == 1 ? Math.min(1, redirected.size()) : redirected.size();
    for (RedisCommand<?> command : redirected.subList(0, alone)) {
      if (deadline.isOver()) {
        throw new JedisConnectionException("no answer in time");
      }
      connections.sendAlone(command);
    }
    return redirected.subList(alone, redirected.size());
  }
}
