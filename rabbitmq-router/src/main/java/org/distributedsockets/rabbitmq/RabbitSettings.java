package org.distributedsockets.rabbitmq;

import static java.time.Duration.ofHours;
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

/** The settings of the bus over RabbitMQ. */
public final class RabbitSettings implements SettingsGroup {
  private static final long MIB = 1L << 20;
  private static final Pattern ADDRESS =
      Pattern.compile("([^:\\s/@]+|\\[[0-9a-fA-F:.%]+]):\\d{1,5}");

  /** Where the broker's nodes listen. Default: this machine. */
  public static final Setting<List<String>> ADDRESSES =
      Setting.list(
              "rabbitmq.addresses",
              List.of("localhost:5672"),
              "Where RabbitMQ listens; several for the nodes of one RabbitMQ cluster, tried in "
                  + "turn.")
          .withCheck("name at least one host:port, and nothing else", RabbitSettings::areAddresses);

  /** As whom the node connects. Default guest. */
  public static final Setting<String> USER =
      Setting.text("rabbitmq.user", "guest", "User that the node connects as.");

  /** The user's password. Default: guest. */
  public static final Setting<Optional<String>> PASSWORD =
      Setting.secret("rabbitmq.password", "Password of that user; guest if not set.");

  /** The virtual host. Default {@code /}. */
  public static final Setting<String> VHOST =
      Setting.text("rabbitmq.vhost", "/", "Virtual host that holds the exchange and the queues.");

  /** How soon a silent connection is noticed. Default 10 s. */
  public static final Setting<Duration> HEARTBEAT =
      Setting.duration(
              "rabbitmq.heartbeat",
              ofSeconds(10),
              ofSeconds(1),
              ofMinutes(2),
              "Heartbeat of both connections; a connection that is silent for twice as long is "
                  + "lost. Below 5s a pause may look like a loss.")
          .withCheck("be whole seconds", heartbeat -> heartbeat.toNanosPart() == 0);

  /** How long connecting to one address may take. Default 5 s. */
  public static final Setting<Duration> CONNECT_TIMEOUT =
      Setting.duration(
          "rabbitmq.connect-timeout",
          ofSeconds(5),
          ofMillis(100),
          ofMinutes(1),
          "How long connecting to one address may take.");

  /** How long the broker may take to confirm a frame. Default 30 s. */
  public static final Setting<Duration> CONFIRM_TIMEOUT =
      Setting.duration(
          "rabbitmq.confirm-timeout",
          ofSeconds(30),
          ofSeconds(1),
          ofMinutes(10),
          "How long the broker may take to confirm a frame before the connection counts as dead; "
              + "at least the heartbeat.");

  /** How much one node's queue holds. Default 1 GiB. */
  public static final Setting<Long> MAX_QUEUE_BYTES =
      Setting.bytes(
          "rabbitmq.max-queue-bytes",
          1024 * MIB,
          MIB,
          1024 * 1024 * MIB,
          "Bytes that may wait in this node's queue; what does not fit waits at its sender. Takes "
              + "effect when the queue is made.");

  /** How long a queue that nobody uses is kept. Default 24 h. */
  public static final Setting<Duration> QUEUE_EXPIRY =
      Setting.duration(
          "rabbitmq.queue-expiry",
          ofHours(24),
          ofMinutes(5),
          ofHours(24 * 30),
          "How long the broker keeps this node's queue, with what it holds, when nobody uses it. "
              + "Takes effect when the queue is made.");

  /** Whether connections are encrypted. Default: no. */
  public static final Setting<Boolean> TLS =
      Setting.flag(
          "rabbitmq.tls",
          false,
          "Whether to connect with TLS; certificate and host name are then always verified.");

  /** Whom to trust. Default: whom the JVM trusts. */
  public static final Setting<Optional<String>> TRUST_STORE =
      Setting.optionalText(
          "rabbitmq.trust-store",
          "File with the certificates to trust (PEM, PKCS 12 or JKS); those that the JVM trusts if "
              + "not set.");

  /** The trust store's password. Default: none. */
  public static final Setting<Optional<String>> TRUST_STORE_PASSWORD =
      Setting.secret(
          "rabbitmq.trust-store-password", "Password of that file, if it is not PEM and has one.");

  private static final List<Setting<?>> ALL =
      List.of(
          ADDRESSES,
          USER,
          PASSWORD,
          VHOST,
          HEARTBEAT,
          CONNECT_TIMEOUT,
          CONFIRM_TIMEOUT,
          MAX_QUEUE_BYTES,
          QUEUE_EXPIRY,
          TLS,
          TRUST_STORE,
          TRUST_STORE_PASSWORD);

  /** Made by {@link java.util.ServiceLoader}. */
  public RabbitSettings() {}

  @Override
  public String title() {
    return "RabbitMQ";
  }

  @Override
  public List<Setting<?>> settings() {
    return ALL;
  }

  @Override
  public List<String> check(Settings settings) {
    List<String> problems = new ArrayList<>();
    if (settings.get(CONFIRM_TIMEOUT).compareTo(settings.get(HEARTBEAT)) < 0) {
      problems.add(
          String.format(
              "must be at least %s: %s=%s, %s=%s",
              HEARTBEAT.key(),
              CONFIRM_TIMEOUT.propertyName(),
              CONFIRM_TIMEOUT.format(settings.get(CONFIRM_TIMEOUT)),
              HEARTBEAT.propertyName(),
              HEARTBEAT.format(settings.get(HEARTBEAT))));
    }
    if (settings.get(TRUST_STORE).isPresent() && !settings.get(TLS)) {
      problems.add(
          String.format(
              "must not be set without %s=true: %s", TLS.key(), TRUST_STORE.propertyName()));
    }
    return List.copyOf(problems);
  }

  private static boolean areAddresses(List<String> addresses) {
    return !addresses.isEmpty() && addresses.stream().allMatch(RabbitSettings::isAddress);
  }

  private static boolean isAddress(String address) {
    return ADDRESS.matcher(address).matches()
        && BrokerAddress.of(address).port() >= 1
        && BrokerAddress.of(address).port() <= 65_535;
  }
}
