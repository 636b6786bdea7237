package org.distributedsockets.examples.custombus;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.distributedsockets.Setting;
import org.distributedsockets.SettingsGroup;

/** The settings of the bus over NATS. */
public final class NatsSettings implements SettingsGroup {
  private static final long MIB = 1L << 20;
  private static final Pattern ADDRESS = Pattern.compile("[^:\\s/@]+:\\d{1,5}");

  /** Where the servers listen. Default: this machine. */
  public static final Setting<List<String>> ADDRESSES =
      Setting.list(
              "nats.addresses",
              List.of("localhost:4222"),
              "Where NATS listens; several for the servers of one NATS cluster.")
          .withCheck("name at least one host:port, and nothing else", NatsSettings::areAddresses);

  /** As whom the node connects. Default: nobody. */
  public static final Setting<Optional<String>> USER =
      Setting.optionalText("nats.user", "User that the node connects as; none if not set.");

  /** The user's password. Default: none. */
  public static final Setting<Optional<String>> PASSWORD =
      Setting.secret("nats.password", "Password of that user.");

  /** How long the server may take to confirm a frame. Default 30 s. */
  public static final Setting<Duration> CONFIRM_TIMEOUT =
      Setting.duration(
          "nats.confirm-timeout",
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          Duration.ofMinutes(10),
          "How long the server may take to confirm a frame before its result is unknown.");

  /** How much one node's stream holds. Default 1 GiB. */
  public static final Setting<Long> MAX_QUEUE_BYTES =
      Setting.bytes(
          "nats.max-queue-bytes",
          1024 * MIB,
          MIB,
          1024 * 1024 * MIB,
          "Bytes that may wait for this node; what does not fit waits at its sender. Takes effect "
              + "when the node's stream is made.");

  /** Made by {@link java.util.ServiceLoader}. */
  public NatsSettings() {}

  @Override
  public String title() {
    return "NATS";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(ADDRESSES, USER, PASSWORD, CONFIRM_TIMEOUT, MAX_QUEUE_BYTES);
  }

  private static boolean areAddresses(List<String> addresses) {
    return !addresses.isEmpty()
        && addresses.stream().allMatch(address -> ADDRESS.matcher(address).matches());
  }
}
