package org.distributedsockets.examples.benchmarks.vertx;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.ServerWebSocketHandshake;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.concurrent.TimeUnit;

/**
 * One node: each user is an address of the event bus, and a frame goes to the address that it
 * names. One instance for each event loop.
 */
public final class VertxNode extends AbstractVerticle {
  private static final String HOST = "127.0.0.1";
  private static final String USER = "user_id=";

  private final int port;

  private VertxNode(int port) {
    this.port = port;
  }

  /**
   * Runs until it is killed.
   *
   * @param arguments the own HTTP port, the own cluster port, the cluster port of the first node
   * @throws Exception if it cannot start
   */
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    Vertx vertx =
        Vertx.builder()
            .with(
                new io.vertx.core.VertxOptions()
                    .setEventBusOptions(new EventBusOptions().setHost(HOST)))
            .withClusterManager(
                new HazelcastClusterManager(
                    cluster(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]))))
            .buildClustered()
            .toCompletionStage()
            .toCompletableFuture()
            .get(1, TimeUnit.MINUTES);
    DeploymentOptions oneForEachLoop =
        new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
    String unused =
        vertx
            .deployVerticle(() -> new VertxNode(port), oneForEachLoop)
            .toCompletionStage()
            .toCompletableFuture()
            .get(1, TimeUnit.MINUTES);
    System.out.println("ready: " + port);
  }

  private static Config cluster(int port, int firstPort) {
    Config config = ConfigUtil.loadConfig();
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.getNetworkConfig().setPort(port).setPortAutoIncrement(false);
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface(HOST);
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getAutoDetectionConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).addMember(HOST + ":" + firstPort);
    return config;
  }

  @Override
  public void start(Promise<Void> started) {
    vertx
        .createHttpServer(new HttpServerOptions().setHost(HOST).setPort(port))
        .webSocketHandshakeHandler(this::admit)
        .webSocketHandler(this::opened)
        .listen()
        .<Void>mapEmpty()
        .onComplete(started);
  }

  private void admit(ServerWebSocketHandshake handshake) {
    String query = handshake.query();
    String user = query.substring(query.indexOf(USER) + USER.length());
    new UserSocket(vertx.eventBus(), user).admit(handshake);
  }

  private void opened(ServerWebSocket socket) {
    // What there is to do was begun with the handshake.
  }
}
