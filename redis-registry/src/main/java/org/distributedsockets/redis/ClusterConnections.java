package org.distributedsockets.redis;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.providers.ClusterConnectionProvider;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Connections to the servers of a Redis Cluster. Thread-safe.
 *
 * <p>Not by the driver's {@code ClusterPipeline}: its threads remove from one shared iterator when
 * a connection fails, and a connection whose answers were not read may then go back to the pool, so
 * that the next one to use it reads answers that are not his. Here each server has a pipeline that
 * one thread reads.
 */
final class ClusterConnections implements RedisConnections {
  private final UnifiedJedis jedis;
  private final ClusterConnectionProvider provider;
  private final ExecutorService readers;

  /**
   * Wraps a client.
   *
   * @param jedis the client
   * @param provider whose connections it uses; closed with it
   * @param readers read the answers of several servers side by side
   */
  ClusterConnections(
      UnifiedJedis jedis, ClusterConnectionProvider provider, ExecutorService readers) {
    this.jedis = jedis;
    this.provider = provider;
    this.readers = readers;
  }

  @Override
  public void send(List<RedisCommand<?>> commands, boolean withScript, Deadline deadline) {
    Map<HostAndPort, List<RedisCommand<?>>> byServer = new HashMap<>();
    for (RedisCommand<?> command : commands) {
      HostAndPort server = provider.getNode(JedisClusterCRC16.getSlot(command.key()));
      if (server == null) {
        throw new JedisConnectionException("no server of the Redis Cluster has a slot");
      }
      byServer.computeIfAbsent(server, s -> new ArrayList<>()).add(command);
    }
    if (byServer.size() == 1) {
      byServer.forEach((server, part) -> send(server, part, withScript));
      return;
    }
    List<Future<?>> parts = new ArrayList<>();
    try {
      byServer.forEach(
          (server, part) -> parts.add(readers.submit(() -> send(server, part, withScript))));
    } catch (RejectedExecutionException e) {
      throw new JedisException("too many calls, or closed", e);
    } finally {
      await(parts, deadline);
    }
  }

  private void send(HostAndPort server, List<RedisCommand<?>> commands, boolean withScript) {
    // To close it is to read the answers and to give the connection back.
    try (Pipeline pipeline = new Pipeline(provider.getConnection(server), true)) {
      commands.forEach(command -> command.queue(pipeline, withScript));
    }
  }

  /** What ends after the deadline gives its connection back by itself. */
  private static void await(List<Future<?>> parts, Deadline deadline) {
    for (Future<?> part : parts) {
      try {
        part.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        throw new JedisConnectionException("no answer in time", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new JedisConnectionException("interrupted", e);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof JedisException fault
            ? fault
            : new JedisException("a server of the Redis Cluster was not asked", e);
      }
    }
  }

  @Override
  public void sendAlone(RedisCommand<?> command) {
    command.runAlone(jedis);
  }

  @Override
  public void close() {
    jedis.close();
  }
}
