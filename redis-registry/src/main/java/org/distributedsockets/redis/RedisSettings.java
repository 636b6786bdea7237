package org.distributedsockets.redis;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.distributedsockets.Setting;
import org.distributedsockets.Settings;
import org.distributedsockets.SettingsGroup;

/** The settings of the registry on Redis. */
public final class RedisSettings implements SettingsGroup {
  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._:-]+");

  /** How the servers work together. Default: one server. */
  public static final Setting<RedisMode> MODE =
      Setting.oneOf(
          "redis.mode",
          RedisMode.SINGLE,
          "How the Redis servers work together: one server, Sentinels that watch a primary, or a "
              + "Redis Cluster.");

  /** Where they are. Default: the usual port of this machine. */
  public static final Setting<List<String>> ADDRESSES =
      Setting.list(
              "redis.addresses",
              List.of("127.0.0.1:6379"),
              "The server, the Sentinels, or some nodes of the Cluster, each host:port.")
          .withCheck(
              "be host:port, at least one",
              addresses ->
                  !addresses.isEmpty() && addresses.stream().allMatch(RedisAddress::isValid));

  /** The name of the primary that the Sentinels watch. Default: none. */
  public static final Setting<Optional<String>> SENTINEL_MASTER =
      Setting.optionalText(
          "redis.sentinel-master",
          "Name by which the Sentinels know the primary; needed with redis.mode=sentinel.");

  /** Who logs in to the Sentinels. Default: the default user. */
  public static final Setting<Optional<String>> SENTINEL_USER =
      Setting.optionalText("redis.sentinel-user", "User that logs in to the Sentinels.");

  /** The Sentinels' password. Default: none. */
  public static final Setting<Optional<String>> SENTINEL_PASSWORD =
      Setting.secret("redis.sentinel-password", "Password for the Sentinels.");

  /** Who logs in to Redis. Default: the default user. */
  public static final Setting<Optional<String>> USER =
      Setting.optionalText("redis.user", "User that logs in to Redis; the default one if not set.");

  /** The password of the user. Default: none. */
  public static final Setting<Optional<String>> PASSWORD =
      Setting.secret("redis.password", "Password of that user.");

  /** Which database of the server. Default 0. */
  public static final Setting<Integer> DATABASE =
      Setting.count(
          "redis.database", 0, 0, 65_535, "Number of the database; a Redis Cluster has only 0.");

  /** What every key begins with. Default: ds:. */
  public static final Setting<String> KEY_PREFIX =
      Setting.text(
              "redis.key-prefix",
              "ds:",
              "What every key begins with; the same on all nodes of a cluster, different for "
                  + "clusters that share a Redis.")
          .withCheck(
              "match [A-Za-z0-9._:-]{1,64}",
              prefix -> prefix.length() <= 64 && PREFIX.matcher(prefix).matches());

  /** Whether connections are encrypted. Default: no. */
  public static final Setting<Boolean> TLS =
      Setting.flag(
          "redis.tls",
          false,
          "Whether connections use TLS; the certificate and its host name are always verified.");

  /** Whose certificates are trusted. Default: those the JVM trusts. */
  public static final Setting<Optional<String>> TRUST_STORE =
      Setting.optionalText(
          "redis.trust-store",
          "File with the certificates to trust (PEM, PKCS 12 or JKS); those that the JVM trusts if "
              + "not set.");

  /** The password of the trust store. Default: none. */
  public static final Setting<Optional<String>> TRUST_STORE_PASSWORD =
      Setting.secret(
          "redis.trust-store-password", "Password of that file, if it is not PEM and has one.");

  /** How many connections. Default 8. */
  public static final Setting<Integer> POOL_SIZE =
      Setting.count(
          "redis.pool-size",
          8,
          1,
          256,
          "Most connections to one Redis server, and most calls at one time; more than "
              + "node.registry-threads spares the calls that wait for a silent server.");

  /** How long connecting may take. Default 1 s. */
  public static final Setting<Duration> CONNECT_TIMEOUT =
      Setting.duration(
          "redis.connect-timeout",
          ofSeconds(1),
          ofMillis(10),
          ofMinutes(1),
          "How long connecting to a server may take; never longer than node.operation-timeout.");

  /** How long an answer may take. Default 1 s. */
  public static final Setting<Duration> COMMAND_TIMEOUT =
      Setting.duration(
          "redis.command-timeout",
          ofSeconds(1),
          ofMillis(10),
          ofMinutes(1),
          "How long a server may be silent when an answer is due; never longer than "
              + "node.operation-timeout.");

  /** How long a call waits for a free connection. Default 500 ms. */
  public static final Setting<Duration> POOL_WAIT =
      Setting.duration(
          "redis.pool-wait",
          ofMillis(500),
          ofMillis(1),
          ofMinutes(1),
          "How long a call waits for a free connection; never longer than "
              + "node.operation-timeout.");

  /** How long "not found" is not believed after the data was lost. Default 10 s. */
  public static final Setting<Duration> GRACE =
      Setting.duration(
          "redis.grace",
          ofSeconds(10),
          ofMillis(0),
          ofMinutes(10),
          "How long after Redis lost its data, or was first used, 'not found' counts as unknown: "
              + "the nodes write theirs again meanwhile.");

  private static final List<Setting<?>> ALL =
      List.of(
          MODE,
          ADDRESSES,
          SENTINEL_MASTER,
          SENTINEL_USER,
          SENTINEL_PASSWORD,
          USER,
          PASSWORD,
          DATABASE,
          KEY_PREFIX,
          TLS,
          TRUST_STORE,
          TRUST_STORE_PASSWORD,
          POOL_SIZE,
          CONNECT_TIMEOUT,
          COMMAND_TIMEOUT,
          POOL_WAIT,
          GRACE);

  /** Made by {@link java.util.ServiceLoader}. */
  public RedisSettings() {}

  @Override
  public String title() {
    return "Redis registry";
  }

  @Override
  public List<Setting<?>> settings() {
    return ALL;
  }

  @Override
  public List<String> check(Settings settings) {
    List<String> problems = new ArrayList<>();
    RedisMode mode = settings.get(MODE);
    boolean sentinel = mode == RedisMode.SENTINEL;
    if (mode == RedisMode.SINGLE && settings.get(ADDRESSES).size() > 1) {
      problems.add(
          "must be one address unless redis.mode is sentinel or cluster: "
              + shown(settings, ADDRESSES));
    }
    if (sentinel && settings.get(SENTINEL_MASTER).isEmpty()) {
      problems.add("must be set with redis.mode=sentinel: " + SENTINEL_MASTER.propertyName());
    }
    for (Setting<Optional<String>> only : List.of(SENTINEL_MASTER, SENTINEL_PASSWORD)) {
      if (!sentinel && settings.get(only).isPresent()) {
        problems.add("must not be set without redis.mode=sentinel: " + shown(settings, only));
      }
    }
    if (mode == RedisMode.CLUSTER && settings.get(DATABASE) != 0) {
      problems.add("must be 0 with redis.mode=cluster: " + shown(settings, DATABASE));
    }
    checkNeeds(settings, USER, PASSWORD, problems);
    checkNeeds(settings, SENTINEL_USER, SENTINEL_PASSWORD, problems);
    checkNeeds(settings, TRUST_STORE_PASSWORD, TRUST_STORE, problems);
    if (settings.get(TRUST_STORE).isPresent() && !settings.get(TLS)) {
      problems.add("must not be set without redis.tls=true: " + shown(settings, TRUST_STORE));
    }
    return List.copyOf(problems);
  }

  private static void checkNeeds(
      Settings settings,
      Setting<Optional<String>> one,
      Setting<Optional<String>> needed,
      List<String> problems) {
    if (settings.get(one).isPresent() && settings.get(needed).isEmpty()) {
      problems.add(
          "must not be set without " + needed.propertyName() + ": " + shown(settings, one));
    }
  }

  private static <T> String shown(Settings settings, Setting<T> setting) {
    return setting.propertyName() + "=" + setting.format(settings.get(setting));
  }
}
