package org.distributedsockets.redis;

import java.util.List;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.UnifiedJedis;

/** The driver's client, with its connections. Thread-safe. */
interface RedisConnections extends AutoCloseable {
  /**
   * Sends commands together and waits for the answers, which the commands then have; an answer may
   * be an error.
   *
   * @throws redis.clients.jedis.exceptions.JedisException if one was not sent, or has no answer
   */
  void send(List<RedisCommand<?>> commands, boolean withScript, Deadline deadline);

  /** Sends one command, following redirections. */
  void sendAlone(RedisCommand<?> command);

  @Override
  void close();

  /** To one server, the primary if there are replicas. */
  static RedisConnections toOneServer(UnifiedJedis jedis) {
    return new RedisConnections() {
      @Override
      public void send(List<RedisCommand<?>> commands, boolean withScript, Deadline deadline) {
        // To close it is to read the answers.
        try (AbstractPipeline pipeline = jedis.pipelined()) {
          commands.forEach(command -> command.queue(pipeline, withScript));
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
    };
  }
}
