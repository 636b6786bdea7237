package org.distributedsockets.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

@DisplayName("A failure of the driver")
final class RedisFaultTest {
  @Test
  @DisplayName("is over in a moment if another call gave up the pool")
  void aPoolThatWasGivenUp() {
    ConnectionPool pool =
        new ConnectionPool(
            new HostAndPort("127.0.0.1", 1), DefaultJedisClientConfig.builder().build());
    pool.close();
    RedisFault fault = RedisFault.of(failureOf(pool));
    assertEquals("has its connections replaced at the moment", fault.what());
    assertTrue(fault.retryable());
  }

  private static Throwable failureOf(ConnectionPool pool) {
    try {
      pool.getResource().close();
    } catch (JedisException e) {
      return e;
    }
    throw new AssertionError("a closed pool gave a connection");
  }
}
