package org.distributedsockets.examples.benchmarks;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.RedisServer;
import org.jspecify.annotations.Nullable;

/**
 * The Redis and the RabbitMQ that all contestants share, one after the other; each starts when it
 * is first asked for. For one thread.
 */
final class Backends implements AutoCloseable {
  static final String REDIS = "Redis";
  static final String RABBIT = "RabbitMQ";

  /** What nodes send; the rest of the statistics is what their scripts run within one of these. */
  private static final Pattern CALLS =
      Pattern.compile("cmdstat_(?:evalsha|eval|hkeys|hincrby):calls=(\\d+)");

  private @Nullable RedisServer redis;
  private @Nullable RabbitServer rabbit;
  private long rabbitPid;

  RedisServer redis() {
    if (redis == null) {
      redis = RedisServer.start();
    }
    return redis;
  }

  RabbitServer rabbit() {
    if (rabbit == null) {
      rabbit = RabbitServer.own();
      rabbitPid = number(rabbit.ctl("eval", "os:getpid()."), "(\\d+)");
    }
    return rabbit;
  }

  long redisPid() {
    return number(redis().cli("INFO", "server"), "process_id:(\\d+)");
  }

  long rabbitPid() {
    RabbitServer unused = rabbit();
    return rabbitPid;
  }

  private static long number(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + pattern + " in " + text);
    }
    return Long.parseLong(matcher.group(1));
  }

  Map<String, Long> pids() {
    return Map.of(REDIS, redisPid(), RABBIT, rabbitPid());
  }

  /** The commands that nodes sent since Redis was started; a script is one. */
  long redisCommands() {
    long calls = 0;
    Matcher command = CALLS.matcher(redis().cli("INFO", "commandstats"));
    while (command.find()) {
      calls += Long.parseLong(command.group(1));
    }
    return calls;
  }

  /** Leaves nothing of one contestant to the next. */
  void clear() {
    String unused = redis().cli("FLUSHALL");
    rabbit().list("list_queues", "name").forEach(rabbit()::deleteQueue);
  }

  @Override
  public void close() {
    if (redis != null) {
      redis.close();
    }
    if (rabbit != null) {
      rabbit.close();
    }
  }
}
