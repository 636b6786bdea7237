package org.distributedsockets.examples.chat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Setting;
import org.distributedsockets.Settings;
import org.distributedsockets.SettingsException;
import org.distributedsockets.StartException;
import org.distributedsockets.UndeliverableHook;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.rabbitmq.RabbitMessageBusProvider;
import org.distributedsockets.rabbitmq.RabbitSettings;
import org.distributedsockets.redis.RedisConnectionRegistryProvider;
import org.distributedsockets.redis.RedisMode;
import org.distributedsockets.redis.RedisSettings;

/**
 * A chat server. With Redis and RabbitMQ it is one node of a cluster; without them it is two nodes
 * in one process that show what a cluster does.
 */
public final class Chat implements AutoCloseable {
  private static final int CLUSTER_PORT = 5000;
  private static final int DEMONSTRATION_PORT = 8080;
  private static final long STOP_LIMIT_MS = 24_000;

  /** What it has to say the node says, in one line. Kept, else its level would be forgotten. */
  private static final Logger RABBIT_LOG = Logger.getLogger("com.rabbitmq.client");

  /** Somebody looks at the page and wonders. */
  private static final Duration PRESENCE_INTERVAL = Duration.ofSeconds(1);

  private final List<ChatServer> servers;

  private Chat(List<ChatServer> servers) {
    this.servers = servers;
  }

  /**
   * Runs until the process is told to stop. What is wrong with the environment ends the process
   * with one line each.
   *
   * @param container makes the web servers
   */
  public static void run(WebServer.Factory container) {
    RABBIT_LOG.setLevel(Level.OFF);
    try {
      Chat chat = start(ChatSettings.load(System.getenv(), Path.of(".env")), container);
      Runtime.getRuntime().addShutdownHook(new Thread(chat::stopAndHalt, "shutdown"));
      System.out.println(chat.readyLine());
    } catch (SettingsException e) {
      giveUp(e.problems());
    } catch (StartException e) {
      giveUp(List.of(String.valueOf(e.getMessage())));
    } catch (RuntimeException | Error e) {
      // Without an end here the threads of what was started would keep the process.
      giveUp(e.toString().lines().limit(1).toList());
    }
  }

  private static void giveUp(List<String> lines) {
    lines.forEach(System.err::println);
    System.exit(1);
  }

  /**
   * Starts what the settings ask for.
   *
   * @param settings what the environment asks for
   * @param container makes the web servers
   * @return what runs
   * @throws SettingsException if settings of the library are wrong
   * @throws StartException with one line that says what is in the way; nothing is left running
   */
  public static Chat start(ChatSettings settings, WebServer.Factory container) {
    Chat chat =
        new Chat(
            settings.cluster()
                ? List.of(clusterServer(settings, container))
                : demonstration(settings, container));
    try {
      chat.servers.forEach(ChatServer::start);
    } catch (RuntimeException | Error e) {
      chat.close();
      throw e;
    }
    return chat;
  }

  private static ChatServer clusterServer(ChatSettings settings, WebServer.Factory container) {
    Settings.Builder node =
        library(settings)
            .set(NodeSettings.NODE_ID, settings.serverId())
            .set(NodeSettings.REGISTRY, Optional.of(RedisConnectionRegistryProvider.NAME))
            .set(NodeSettings.BUS, Optional.of(RabbitMessageBusProvider.NAME))
            .set(NodeSettings.ALLOWED_ORIGINS, settings.allowedOrigins());
    read(settings, "REDIS_ADDR", node, RedisSettings.ADDRESSES);
    read(settings, "REDIS_PASSWORD", node, RedisSettings.PASSWORD);
    read(settings, "RABBITMQ_ADDR", node, RabbitSettings.ADDRESSES);
    read(settings, "RABBITMQ_USER", node, RabbitSettings.USER);
    read(settings, "RABBITMQ_PASSWORD", node, RabbitSettings.PASSWORD);
    read(settings, "RABBITMQ_VHOST", node, RabbitSettings.VHOST);
    if (settings.namesSeveralRedis() && !settings.names(RedisSettings.MODE.environmentName())) {
      node.set(RedisSettings.MODE, RedisMode.CLUSTER);
    }
    return new ChatServer(
        node.build(),
        settings.host(),
        settings.port().orElse(CLUSTER_PORT),
        Optional.empty(),
        undeliverable(settings),
        container);
  }

  private static UndeliverableHook undeliverable(ChatSettings settings) {
    return settings
        .variable("UNDELIVERABLE_FILE")
        .<UndeliverableHook>map(file -> new UndeliverableFile(Path.of(file)))
        .orElse((message, outcome) -> {});
  }

  /** Gives a setting of the library the value of a variable of this example, if that is set. */
  private static void read(
      ChatSettings settings, String variable, Settings.Builder node, Setting<?> setting) {
    settings.variable(variable).ifPresent(value -> node.read(setting, variable, value));
  }

  private static List<ChatServer> demonstration(
      ChatSettings settings, WebServer.Factory container) {
    int port = settings.port().orElse(DEMONSTRATION_PORT);
    return List.of(
        demonstrationServer(settings, 1, port, port + 1, container),
        demonstrationServer(settings, 2, port + 1, port, container));
  }

  private static ChatServer demonstrationServer(
      ChatSettings settings, int number, int port, int peerPort, WebServer.Factory container) {
    List<String> origins = new ArrayList<>(settings.allowedOrigins());
    origins.add("http://localhost:" + peerPort);
    origins.add("http://127.0.0.1:" + peerPort);
    Settings node =
        library(settings)
            .set(
                NodeSettings.NODE_ID,
                Optional.of(settings.serverId().map(id -> id + "-").orElse("n") + number))
            .set(NodeSettings.REGISTRY, Optional.of(MemoryConnectionRegistryProvider.NAME))
            .set(NodeSettings.BUS, Optional.of(MemoryMessageBusProvider.NAME))
            .set(NodeSettings.ALLOWED_ORIGINS, origins)
            .build();
    return new ChatServer(
        node,
        settings.host(),
        port,
        Optional.of("localhost:" + peerPort),
        undeliverable(settings),
        container);
  }

  private static Settings.Builder library(ChatSettings settings) {
    return Settings.builder()
        .set(NodeSettings.PRESENCE_INTERVAL, PRESENCE_INTERVAL)
        .environment(settings.environment());
  }

  private String readyLine() {
    return servers.stream()
        .map(server -> server.nodeId() + " at " + server.url())
        .collect(Collectors.joining(" and ", "ready: ", ""));
  }

  /** Only a halt gives a process that is told to stop the exit code 0. */
  private void stopAndHalt() {
    Thread closing = new Thread(this::close, "closing");
    closing.start();
    try {
      closing.join(STOP_LIMIT_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(0);
  }

  /**
   * Drains and stops one server after the other, so that each can still hand its messages to the
   * next.
   */
  @Override
  public void close() {
    for (ChatServer server : servers) {
      try {
        server.stop();
      } catch (Exception e) {
        System.err.println(server.nodeId() + " did not stop in good order: " + e.getMessage());
      }
    }
  }
}
