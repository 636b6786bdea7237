package org.distributedsockets.redis;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisNoScriptException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/**
 * One command of a batch and, later, its result. Used by one thread.
 *
 * @param <T> the type of the result
 */
final class RedisCommand<T> {

  /** What came of sending it. */
  enum Progress {
    DONE,
    /** The server does not have the script yet. */
    NEEDS_SCRIPT,
    /** Another server has the key. */
    REDIRECTED
  }

  private interface Queueing<T> {
    Response<T> in(AbstractPipeline pipeline, boolean withScript);
  }

  private final String key;
  private final Queueing<T> queueing;
  private final Function<UnifiedJedis, T> direct;
  private @Nullable Response<T> response;
  private @Nullable T result;

  private RedisCommand(String key, Queueing<T> queueing, Function<UnifiedJedis, T> direct) {
    this.key = key;
    this.queueing = queueing;
    this.direct = direct;
  }

  static RedisCommand<Object> script(RedisScript script, List<String> keys, List<String> args) {
    return new RedisCommand<>(
        keys.get(0),
        (pipeline, withScript) ->
            withScript
                ? pipeline.eval(script.text(), keys, args)
                : pipeline.evalsha(script.sha1(), keys, args),
        redis -> redis.eval(script.text(), keys, args));
  }

  static RedisCommand<Set<String>> fields(String key) {
    return new RedisCommand<>(
        key, (pipeline, withScript) -> pipeline.hkeys(key), redis -> redis.hkeys(key));
  }

  static RedisCommand<Map<String, String>> fieldsAndValues(String key) {
    return new RedisCommand<>(
        key, (pipeline, withScript) -> pipeline.hgetAll(key), redis -> redis.hgetAll(key));
  }

  static RedisCommand<Long> increment(String key, String field) {
    return new RedisCommand<>(
        key,
        (pipeline, withScript) -> pipeline.hincrBy(key, field, 1),
        redis -> redis.hincrBy(key, field, 1));
  }

  /** One of its keys, which decides the server in a Cluster. */
  String key() {
    return key;
  }

  void queue(AbstractPipeline pipeline, boolean withScript) {
    response = queueing.in(pipeline, withScript);
  }

  /**
   * Takes the answer. Throws the driver's exception if it is an error that repeating won't heal.
   */
  Progress settle() {
    Response<T> answer = response;
    if (answer == null) {
      throw new IllegalStateException("not sent");
    }
    try {
      result = answer.get();
      return Progress.DONE;
    } catch (JedisNoScriptException e) {
      return Progress.NEEDS_SCRIPT;
    } catch (JedisRedirectionException e) {
      return Progress.REDIRECTED;
    }
  }

  /** Sends it alone, following redirections. */
  void runAlone(UnifiedJedis redis) {
    result = direct.apply(redis);
  }

  T result() {
    T value = result;
    if (value == null) {
      throw new IllegalStateException("no result");
    }
    return value;
  }
}
