package org.distributedsockets.redis;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.distributedsockets.Setting;
import org.distributedsockets.Settings;
import org.distributedsockets.SettingsException;
import org.distributedsockets.spi.Trust;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;
import redis.clients.jedis.providers.ClusterConnectionProvider;

/** Makes the driver's clients as the settings say. Its text holds no secret. Immutable. */
final class RedisClients {
  private static final int CLUSTER_ATTEMPTS = 3;
  private static final Duration IDLE = Duration.ofMinutes(1);
  private static final String PKCS12 = "PKCS12";
  private static final char[] NO_SECRET = "public certificates".toCharArray();

  private final RedisMode mode;
  private final List<RedisAddress> addresses;
  private final Optional<String> sentinelMaster;
  private final JedisClientConfig config;
  private final JedisClientConfig sentinelConfig;
  private final ConnectionPoolConfig pool;
  private final Duration commandTimeout;
  private final List<String> secrets;
  private final boolean tls;

  /**
   * Reads the settings.
   *
   * @throws SettingsException if the trust store cannot be read
   */
  RedisClients(Settings settings, String clientName, Duration operationTimeout) {
    this.mode = settings.get(RedisSettings.MODE);
    this.addresses =
        settings.get(RedisSettings.ADDRESSES).stream().map(RedisAddress::parse).toList();
    this.sentinelMaster = settings.get(RedisSettings.SENTINEL_MASTER);
    this.tls = settings.get(RedisSettings.TLS);
    Duration connectTimeout =
        shorter(settings.get(RedisSettings.CONNECT_TIMEOUT), operationTimeout);
    this.commandTimeout = shorter(settings.get(RedisSettings.COMMAND_TIMEOUT), operationTimeout);
    this.secrets =
        Stream.of(
                RedisSettings.PASSWORD,
                RedisSettings.SENTINEL_PASSWORD,
                RedisSettings.TRUST_STORE_PASSWORD)
            .flatMap(setting -> settings.get(setting).stream())
            .toList();
    Optional<SslOptions> ssl = tls ? Optional.of(ssl(settings)) : Optional.empty();
    this.config =
        config(settings, RedisSettings.USER, RedisSettings.PASSWORD, connectTimeout, ssl)
            .database(settings.get(RedisSettings.DATABASE))
            .clientName(clientName)
            .build();
    this.sentinelConfig =
        config(
                settings,
                RedisSettings.SENTINEL_USER,
                RedisSettings.SENTINEL_PASSWORD,
                connectTimeout,
                ssl)
            .clientName(clientName)
            .build();
    this.pool =
        pool(
            settings.get(RedisSettings.POOL_SIZE),
            shorter(settings.get(RedisSettings.POOL_WAIT), operationTimeout));
  }

  private DefaultJedisClientConfig.Builder config(
      Settings settings,
      Setting<Optional<String>> user,
      Setting<Optional<String>> password,
      Duration connectTimeout,
      Optional<SslOptions> ssl) {
    // A protocol is named because the driver otherwise opens a connection while it is built.
    DefaultJedisClientConfig.Builder builder =
        DefaultJedisClientConfig.builder()
            .resp2()
            .connectionTimeoutMillis(Math.toIntExact(connectTimeout.toMillis()))
            .socketTimeoutMillis(Math.toIntExact(commandTimeout.toMillis()));
    settings.get(user).ifPresent(builder::user);
    settings.get(password).ifPresent(builder::password);
    ssl.ifPresent(builder::sslOptions);
    return builder;
  }

  private static ConnectionPoolConfig pool(int size, Duration wait) {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(size);
    pool.setMaxIdle(size);
    pool.setMaxWait(wait);
    pool.setJmxEnabled(false);
    pool.setTestWhileIdle(false);
    pool.setMinEvictableIdleDuration(IDLE);
    return pool;
  }

  private static SslOptions ssl(Settings settings) {
    SslOptions.Builder options = SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL);
    Trust.store(settings, RedisSettings.TRUST_STORE, RedisSettings.TRUST_STORE_PASSWORD)
        .ifPresent(
            trusted ->
                options
                    .trustStoreType(PKCS12)
                    .truststore(() -> new ByteArrayInputStream(pkcs12(trusted)), NO_SECRET));
    return options.build();
  }

  /** The one form in which the driver takes certificates that are no file of that type. */
  private static byte[] pkcs12(KeyStore trusted) {
    try {
      KeyStore copy = KeyStore.getInstance(PKCS12);
      copy.load(null, null);
      for (String alias : Collections.list(trusted.aliases())) {
        copy.setCertificateEntry(alias, trusted.getCertificate(alias));
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      copy.store(bytes, NO_SECRET);
      return bytes.toByteArray();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  RedisMode mode() {
    return mode;
  }

  /** Whether a password travels where others may read it. */
  boolean exposesPassword() {
    return !tls
        && !secrets.isEmpty()
        && addresses.stream().anyMatch(address -> !address.isLoopback());
  }

  /** What no text may show. */
  List<String> secrets() {
    return secrets;
  }

  /**
   * A new client. With Sentinels or a Cluster this asks them where the servers are.
   *
   * @param readers read the answers of the servers of a Cluster side by side
   */
  RedisConnections make(ExecutorService readers) {
    Set<HostAndPort> servers =
        addresses.stream()
            .map(address -> new HostAndPort(address.host(), address.port()))
            .collect(Collectors.toUnmodifiableSet());
    return switch (mode) {
      case SINGLE ->
          RedisConnections.toOneServer(
              RedisClient.builder()
                  .hostAndPort(servers.iterator().next())
                  .clientConfig(config)
                  .poolConfig(pool)
                  .build());
      case SENTINEL ->
          RedisConnections.toOneServer(
              RedisSentinelClient.builder()
                  .sentinels(servers)
                  .masterName(sentinelMaster.orElse(""))
                  .sentinelClientConfig(sentinelConfig)
                  .clientConfig(config)
                  .poolConfig(pool)
                  .build());
      case CLUSTER -> makeCluster(servers, readers);
    };
  }

  private RedisConnections makeCluster(Set<HostAndPort> servers, ExecutorService readers) {
    ClusterConnectionProvider provider = new ClusterConnectionProvider(servers, config, pool);
    return new ClusterConnections(
        RedisClusterClient.builder()
            .nodes(servers)
            .connectionProvider(provider)
            .maxAttempts(CLUSTER_ATTEMPTS)
            .maxTotalRetriesDuration(commandTimeout)
            .clientConfig(config)
            .poolConfig(pool)
            .build(),
        provider,
        readers);
  }

  /** Names the servers, without secrets. */
  @Override
  public String toString() {
    String list =
        addresses.stream().map(RedisAddress::toString).collect(Collectors.joining(","))
            + (tls ? " over TLS" : "");
    return switch (mode) {
      case SINGLE -> "Redis at " + list;
      case SENTINEL -> "Redis '" + sentinelMaster.orElse("") + "' watched from " + list;
      case CLUSTER -> "Redis Cluster at " + list;
    };
  }
}
