package org.distributedsockets.examples.jettychat;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.examples.chat.testkit.FreePorts;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.RedisServer;
import org.distributedsockets.testkit.servers.SelfSigned;
import org.distributedsockets.testkit.servers.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A node that cannot join says why in one line, and ends. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterStartIT {
  private static final String RIGHT = "r1ght-secret";
  private static final String WRONG = "wr0ng-secret";
  private static final String NOT_RETRIED = "DISTRIBUTED_SOCKETS_NODE_START_TIMEOUT=5m";

  /** Time for more than one attempt, each as long as a driver waits for an answer. */
  private static final String RETRIED = "DISTRIBUTED_SOCKETS_NODE_START_TIMEOUT=20s";

  private static final int EXIT_SECONDS = 40;

  @TempDir private static Path directory;
  private static RedisServer redis;
  private static RabbitServer rabbit;
  private static String nowhere;

  /** Begun first, so that the others run while it tries. */
  private static ChatProcess patient;

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServer.start("requirepass " + RIGHT);
    rabbit = RabbitServer.own();
    nowhere = "127.0.0.1:" + RedisServer.freePort();
    patient = node("REDIS_ADDR=" + nowhere);
  }

  @AfterAll
  static void stop() {
    patient.close();
    redis.close();
  }

  /** Right settings, of which the last of a name wins. */
  private static ChatProcess node(String... changes) throws Exception {
    List<String> assignments =
        new ArrayList<>(
            List.of(
                "SERVER_ID=n1",
                "PORT=127.0.0.1:" + FreePorts.pair(),
                "REDIS_ADDR=" + redis.address(),
                "REDIS_PASSWORD=" + RIGHT,
                "RABBITMQ_ADDR=" + rabbit.address(),
                "RABBITMQ_USER=" + rabbit.user(),
                "RABBITMQ_PASSWORD=" + rabbit.password()));
    assignments.addAll(List.of(changes));
    return ChatProcess.start(directory, assignments.toArray(String[]::new));
  }

  private static void assertEnds(ChatProcess node, String... words) throws Exception {
    assertNotEquals(0, node.exitCode(EXIT_SECONDS, SECONDS));
    List<String> output = node.output();
    assertEquals(1, output.size(), output::toString);
    String line = output.get(0);
    for (String word : words) {
      assertTrue(line.contains(word), line);
    }
    assertFalse(line.contains(RIGHT) || line.contains(WRONG), line);
  }

  /** These are told at once: time heals none of them. */
  @ParameterizedTest
  @CsvSource({
    "REDIS_PASSWORD=" + WRONG + ",refuses access: WRONGPASS",
    "REDIS_PASSWORD=,refuses access: NOAUTH",
    "RABBITMQ_PASSWORD=" + WRONG + ",does not accept user 'guest' with this password",
    "RABBITMQ_USER=nobody,does not accept user 'nobody'",
    "RABBITMQ_VHOST=nowhere,has no virtual host 'nowhere' that user 'guest' may use",
    "DISTRIBUTED_SOCKETS_REDIS_MODE=cluster,cluster support disabled",
    "DISTRIBUTED_SOCKETS_RABBITMQ_TLS=true,does not speak TLS"
  })
  void isToldAtOnceWhatItsBackendsRefuse(String change, String words) throws Exception {
    try (ChatProcess node = node(NOT_RETRIED, change)) {
      assertEnds(node, words);
    }
  }

  @Test
  void isToldAtOnceThatItDoesNotTrustACertificate() throws Exception {
    SelfSigned certificate = new SelfSigned(directory);
    String trusting = certificate.certificate().toString();
    try (TcpProxy redisTls = TcpProxy.tlsTo(redis.address(), certificate);
        TcpProxy rabbitTls = TcpProxy.tlsTo(rabbit.address(), certificate)) {
      String[] redis = {
        NOT_RETRIED, "DISTRIBUTED_SOCKETS_REDIS_TLS=true", "REDIS_ADDR=localhost:" + redisTls.port()
      };
      String[] rabbit = {
        NOT_RETRIED,
        "DISTRIBUTED_SOCKETS_RABBITMQ_TLS=true",
        "RABBITMQ_ADDR=localhost:" + rabbitTls.port()
      };
      try (ChatProcess noRedis = node(redis);
          ChatProcess noRabbit = node(rabbit)) {
        assertEnds(noRedis, "Redis at localhost:" + redisTls.port(), "certificate");
        assertEnds(noRabbit, "the certificate of RabbitMQ at localhost:" + rabbitTls.port());
      }
      String[] both = {
        "SERVER_ID=trusting",
        redis[1],
        redis[2],
        rabbit[1],
        rabbit[2],
        "DISTRIBUTED_SOCKETS_REDIS_TRUST_STORE=" + trusting,
        "DISTRIBUTED_SOCKETS_RABBITMQ_TRUST_STORE=" + trusting
      };
      try (ChatProcess node = node(both)) {
        node.awaitReady();
        node.terminate();
        assertEquals(0, node.exitCode(EXIT_SECONDS, SECONDS));
      }
    }
  }

  @Test
  void namesTheBackendThatDoesNotAnswer() throws Exception {
    try (TcpProxy silentRedis = TcpProxy.to(redis.address());
        TcpProxy silentRabbit = TcpProxy.to(rabbit.address())) {
      silentRedis.blackHole();
      silentRabbit.blackHole();
      String redisAddress = silentRedis.address();
      String rabbitAddress = silentRabbit.address();
      try (ChatProcess noRedis = node(RETRIED, "REDIS_ADDR=" + nowhere);
          ChatProcess noRabbit = node(RETRIED, "RABBITMQ_ADDR=" + nowhere);
          ChatProcess redisIsSilent = node(RETRIED, "REDIS_ADDR=" + redisAddress);
          ChatProcess rabbitIsSilent = node(RETRIED, "RABBITMQ_ADDR=" + rabbitAddress)) {
        assertEnds(noRedis, "Redis at " + nowhere, "cannot be reached");
        assertEnds(noRabbit, "could not reach RabbitMQ at " + nowhere, "Connection refused");
        assertEnds(redisIsSilent, "Redis at " + redisAddress, "did not answer");
        assertEnds(rabbitIsSilent, "could not reach RabbitMQ at " + rabbitAddress, "no answer");
      }
    }
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void triesForTwentySeconds() throws Exception {
    assertEnds(patient, "Redis at " + nowhere, "cannot be reached");
    long seconds = patient.lifetime().toSeconds();
    assertTrue(seconds >= 20 && seconds < EXIT_SECONDS, "gave up after " + seconds + " s");
  }
}
