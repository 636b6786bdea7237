package org.distributedsockets.examples.chat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.SettingsException;
import org.distributedsockets.spi.NodeIdentity;

/**
 * What the environment asks for, checked. Its text form shows no secret, because it holds none.
 *
 * @param host the address to listen on; empty for all
 * @param port the HTTP port, if one was set
 * @param serverId the node id; empty only in the demonstration, if none was set
 * @param cluster whether to join a cluster; else two nodes in this process demonstrate one
 * @param allowedOrigins origins besides the own one whose pages may connect
 * @param environment everything else, where the library and its modules find their own settings
 */
public record ChatSettings(
    String host,
    Optional<Integer> port,
    Optional<String> serverId,
    boolean cluster,
    List<String> allowedOrigins,
    Map<String, String> environment) {

  private static final int MAX_PORT = 65_535;
  private static final Pattern LISTEN_ADDRESS =
      Pattern.compile("(?:([0-9.]+|localhost|\\[[0-9A-Fa-f:]+])?:)?([0-9]{1,5})");
  private static final Pattern BACKEND_ADDRESS =
      Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):([0-9]{1,5})");

  @Override
  public String toString() {
    return "ChatSettings["
        + host
        + ":"
        + port
        + ", serverId="
        + serverId
        + ", cluster="
        + cluster
        + "]";
  }

  /** What a variable is set to; an empty value is as good as none. */
  Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name))
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }

  boolean names(String variable) {
    return variable(variable).isPresent();
  }

  /** Several addresses are the members of a Redis Cluster, unless the mode says Sentinel. */
  boolean namesSeveralRedis() {
    return variable("REDIS_ADDR").filter(addresses -> addresses.contains(",")).isPresent();
  }

  /**
   * Reads the environment and, for what it does not set, a {@code .env} file.
   *
   * @param environment the variables
   * @param dotEnv the file; need not exist
   * @return what they ask for
   * @throws SettingsException with one line for each wrong setting
   */
  public static ChatSettings load(Map<String, String> environment, Path dotEnv) {
    Map<String, String> merged = new HashMap<>(DotEnv.read(dotEnv));
    merged.putAll(environment);
    return new Parser(merged).parse();
  }

  /**
   * Reads one environment and collects what is wrong with it. An empty value is as good as none.
   */
  private static final class Parser {
    private final Map<String, String> environment;
    private final List<String> problems = new ArrayList<>();

    Parser(Map<String, String> environment) {
      this.environment = environment;
    }

    ChatSettings parse() {
      boolean cluster = readBackends();
      Optional<Matcher> listen = value("PORT").map(LISTEN_ADDRESS::matcher);
      listen.ifPresent(address -> checkPort(address, cluster));
      Optional<String> serverId =
          value("SERVER_ID").or(() -> cluster ? hostName() : Optional.empty());
      serverId.ifPresent(id -> checkServerId(id, cluster));
      List<String> origins = value("ALLOWED_ORIGINS").map(this::readOrigins).orElse(List.of());
      if (!problems.isEmpty()) {
        throw new SettingsException(problems);
      }
      return new ChatSettings(
          listen.map(address -> address.group(1)).orElse(""),
          listen.map(address -> Integer.valueOf(address.group(2))),
          serverId,
          cluster,
          origins,
          Map.copyOf(environment));
    }

    private Optional<String> value(String name) {
      return Optional.ofNullable(environment.get(name))
          .map(String::strip)
          .filter(value -> !value.isEmpty());
    }

    private boolean readBackends() {
      boolean redis = readAddresses("REDIS_ADDR");
      boolean rabbit = readAddresses("RABBITMQ_ADDR");
      if (redis != rabbit) {
        String missing = redis ? "RABBITMQ_ADDR" : "REDIS_ADDR";
        String present = redis ? "REDIS_ADDR" : "RABBITMQ_ADDR";
        problems.add(
            missing
                + " must be set as well, because "
                + present
                + " is; set neither for the demonstration");
      }
      return redis && rabbit;
    }

    private boolean readAddresses(String name) {
      Optional<String> addresses = value(name);
      if (addresses.isPresent()
          && !Arrays.stream(addresses.get().split(",", -1)).allMatch(Parser::isBackendAddress)) {
        problems.add(name + " must be host:port, or several separated by commas");
      }
      return addresses.isPresent();
    }

    private static boolean isBackendAddress(String text) {
      Matcher address = BACKEND_ADDRESS.matcher(text.strip());
      return address.matches() && isPort(address.group(2), MAX_PORT);
    }

    /** The second node of the demonstration listens on the next port. */
    private void checkPort(Matcher address, boolean cluster) {
      int max = cluster ? MAX_PORT : MAX_PORT - 1;
      if (!address.matches() || !isPort(address.group(2), max)) {
        problems.add("PORT must be a port from 1 to " + max + ", such as 8080 or :8080");
      }
    }

    private static boolean isPort(String digits, int max) {
      int port = Integer.parseInt(digits);
      return port >= 1 && port <= max;
    }

    private static Optional<String> hostName() {
      try {
        return Optional.of(InetAddress.getLocalHost().getHostName());
      } catch (UnknownHostException e) {
        return Optional.of("");
      }
    }

    private void checkServerId(String id, boolean cluster) {
      try {
        NodeIdentity.checkNodeId(cluster ? id : id + "-1");
      } catch (IllegalArgumentException e) {
        problems.add(
            "SERVER_ID must be 1 to 64 letters, digits, dots, underscores and hyphens; without one, the host name must");
      }
    }

    private List<String> readOrigins(String text) {
      try {
        return NodeSettings.ALLOWED_ORIGINS.parse(text);
      } catch (SettingsException e) {
        problems.add(
            "ALLOWED_ORIGINS must be origins such as https://example.org, separated by commas");
        return List.of();
      }
    }
  }
}
