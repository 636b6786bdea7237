package org.distributedsockets.examples.tomcatchat;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.examples.chat.testkit.FreePorts;
import org.distributedsockets.testkit.ClientScenarios;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.RedisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A node on Tomcat and a node on Jetty, joined by a real Redis and a real RabbitMQ. */
class MixedClusterIT extends ClientScenarios {
  private static final String ALLOWED_ORIGIN = "https://allowed.example";

  @TempDir private static Path directory;
  private static RedisServer redis;
  private static RabbitServer rabbit;
  private static int port;
  private static ChatProcess tomcat;
  private static ChatProcess jetty;

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServer.start();
    rabbit = RabbitServer.own();
    port = FreePorts.pair();
    tomcat = start("tomcat-chat", port);
    jetty = start("jetty-chat", port + 1);
    tomcat.awaitReady();
    jetty.awaitReady();
  }

  private static ChatProcess start(String example, int port) throws Exception {
    return ChatProcess.startJar(
        ChatProcess.jarOf(Path.of("..", example).toAbsolutePath()),
        directory,
        "SERVER_ID=" + example,
        "PORT=127.0.0.1:" + port,
        "ALLOWED_ORIGINS=" + ALLOWED_ORIGIN,
        "REDIS_ADDR=" + redis.address(),
        "RABBITMQ_ADDR=" + rabbit.address(),
        "RABBITMQ_USER=" + rabbit.user(),
        "RABBITMQ_PASSWORD=" + rabbit.password());
  }

  @AfterAll
  static void stop() throws Exception {
    for (ChatProcess chat : List.of(tomcat, jetty)) {
      chat.terminate();
      assertEquals(0, chat.exitCode(25, SECONDS), () -> String.join("\n", chat.output()));
    }
    redis.close();
  }

  @Override
  protected int port() {
    return port;
  }

  @Override
  protected int peerPort() {
    return port + 1;
  }

  @Override
  protected String allowedOrigin() {
    return ALLOWED_ORIGIN;
  }
}
