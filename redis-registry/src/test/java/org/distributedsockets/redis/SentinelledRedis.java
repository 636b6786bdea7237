package org.distributedsockets.redis;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.distributedsockets.Settings;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.servers.RedisServer;

/** A primary with a password, a replica that is in step, and a Sentinel that knows both. */
final class SentinelledRedis implements AutoCloseable {
  static final String PASSWORD = "s3cret-of-sentinel";

  private final RedisServer primary =
      RedisServer.start("requirepass " + PASSWORD, "masterauth " + PASSWORD);
  private final RedisServer replica =
      RedisServer.start(
          "requirepass " + PASSWORD,
          "masterauth " + PASSWORD,
          "replicaof 127.0.0.1 " + primary.port(),
          "repl-diskless-sync-delay 0");
  private final RedisServer sentinel =
      RedisServer.startSentinel(
          "sentinel monitor main 127.0.0.1 " + primary.port() + " 1",
          "sentinel auth-pass main " + PASSWORD,
          "sentinel down-after-milliseconds main 1000",
          "sentinel failover-timeout main 5000");

  SentinelledRedis() {
    Eventually.holds(
        "the replica is in step",
        () -> replica.cli("INFO", "replication").contains("master_link_status:up"));
    Eventually.holds(
        "the Sentinel knows the replica",
        () -> sentinel.cli("SENTINEL", "REPLICAS", "main").contains(":" + replica.port()));
  }

  RedisServer primary() {
    return primary;
  }

  RedisServer replica() {
    return replica;
  }

  RedisServer sentinel() {
    return sentinel;
  }

  /** The settings of a registry that asks the Sentinel for the primary of that name. */
  Consumer<Settings.Builder> settings(String name) {
    return builder ->
        builder
            .set(RedisSettings.MODE, RedisMode.SENTINEL)
            .set(RedisSettings.ADDRESSES, List.of(sentinel.address()))
            .set(RedisSettings.SENTINEL_MASTER, Optional.of(name))
            .set(RedisSettings.PASSWORD, Optional.of(PASSWORD));
  }

  @Override
  public void close() {
    sentinel.close();
    replica.close();
    primary.close();
  }
}
