package org.distributedsockets.rabbitmq;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.distributedsockets.spi.PublishResult.CONFIRMED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.distributedsockets.Settings;
import org.distributedsockets.SettingsException;
import org.distributedsockets.spi.BusException;
import org.distributedsockets.spi.Inbox;
import org.distributedsockets.spi.MessageBus;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.RecordingBusListener;
import org.distributedsockets.testkit.RecordingErrorListener;
import org.distributedsockets.testkit.RecordingInboundHandler;
import org.distributedsockets.testkit.servers.RabbitServer;
import org.distributedsockets.testkit.servers.SelfSigned;
import org.distributedsockets.testkit.servers.TcpProxy;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Access to RabbitMQ")
@Timeout(60)
final class RabbitAccessIT {
  private static final String SECRET = "s3cret-of-rabbit";
  private static final Path PAGE = Path.of("..", "docs", "rabbitmq.md");

  private final RabbitServer server = RabbitServer.own();
  private final RecordingErrorListener errors = new RecordingErrorListener();
  private final String nodeId = "n-" + UUID.randomUUID().toString().substring(0, 13);

  @Test
  @DisplayName("with a wrong password or user fails with one line")
  void needsThePassword() {
    assertFails(
        "does not accept user 'guest' with this password: "
            + "distributed-sockets.rabbitmq.user, distributed-sockets.rabbitmq.password",
        false,
        server.address(),
        builder -> builder.set(RabbitSettings.PASSWORD, Optional.of(SECRET)));
    assertFails(
        "does not accept user 'nobody'",
        false,
        server.address(),
        builder -> builder.set(RabbitSettings.USER, "nobody"));
  }

  @Test
  @DisplayName("to a virtual host that is not there fails with one line")
  void needsTheVirtualHost() {
    assertFails(
        "has no virtual host 'nowhere' that user 'guest' may use: "
            + "distributed-sockets.rabbitmq.vhost",
        false,
        server.address(),
        builder -> builder.set(RabbitSettings.VHOST, "nowhere"));
  }

  @Test
  @DisplayName("at an address where nobody listens, or that is none, fails with one line")
  void needsTheAddress() {
    String nobody;
    try (TcpProxy proxy = TcpProxy.to(server.address())) {
      nobody = proxy.address();
    }
    String line = "distributed-sockets.rabbitmq.addresses";
    assertFails("(Connection refused): " + line, true, nobody, builder -> {});
    assertFails("(unknown host): " + line, true, "no-such-host.invalid:5672", builder -> {});
  }

  @Test
  @DisplayName("at an address where nobody answers fails in time, with one line")
  void needsAnAnswer() {
    try (TcpProxy silent = TcpProxy.to(server.address())) {
      silent.blackHole();
      assertFails(
          "(no answer in time): distributed-sockets.rabbitmq.addresses",
          true,
          silent.address(),
          builder -> builder.set(RabbitSettings.CONNECT_TIMEOUT, ofMillis(300)));
    }
  }

  @Test
  @DisplayName("goes on to the next address when one does not answer")
  void triesAllAddresses() {
    RecordingBusListener listener = new RecordingBusListener();
    Settings settings =
        Buses.settings(
            server.address(),
            builder ->
                builder.set(
                    RabbitSettings.ADDRESSES,
                    List.of("no-such-host.invalid:5672", server.address())));
    try (MessageBus bus = Buses.open(nodeId, settings, listener, errors)) {
      Eventually.holds("up", () -> listener.count("up") == 1);
      assertTrue(bus.maxFrameBytes() >= 1 << 20);
    }
  }

  @Test
  @DisplayName("with TLS verifies the certificate and the host name, always")
  void verifiesTheCertificate(@TempDir Path folder) throws Exception {
    SelfSigned certificate = new SelfSigned(folder);
    try (TcpProxy tls = TcpProxy.tlsTo(server.address(), certificate)) {
      Consumer<Settings.Builder> on = builder -> builder.set(RabbitSettings.TLS, true);
      Consumer<Settings.Builder> trusting =
          on.andThen(
              builder ->
                  builder.set(
                      RabbitSettings.TRUST_STORE,
                      Optional.of(certificate.certificate().toString())));
      assertFails("the certificate of RabbitMQ at", false, "localhost:" + tls.port(), on);
      assertFails("distributed-sockets.rabbitmq.trust-store", false, "localhost:" + tls.port(), on);
      assertFails("No subject alternative names", false, "127.0.0.1:" + tls.port(), trusting);
      assertFails("does not speak TLS", false, server.address(), trusting);

      work(Buses.settings("localhost:" + tls.port(), trusting));
    }
  }

  @Test
  @DisplayName("with a trust store that cannot be read is a wrong setting")
  void needsAReadableTrustStore() {
    Settings settings =
        Buses.settings(
            server.address(),
            builder ->
                builder
                    .set(RabbitSettings.TLS, true)
                    .set(RabbitSettings.TRUST_STORE, Optional.of("/no/such.p12"))
                    .set(RabbitSettings.TRUST_STORE_PASSWORD, Optional.of(SECRET)));

    SettingsException e =
        assertThrows(
            SettingsException.class,
            () -> Buses.open(nodeId, settings, new RecordingBusListener(), errors));

    assertTrue(e.getMessage().contains("distributed-sockets.rabbitmq.trust-store=/no/such.p12"));
    assertFalse(e.toString().contains(SECRET));
    assertNoThreads();
  }

  @Test
  @DisplayName("needs no more rights than the documented ones, and says which are missing")
  void needsFewRights() throws IOException {
    Matcher rights =
        Pattern.compile("set_permissions -p / sockets '(.*)' '(.*)' '(.*)'")
            .matcher(Files.readString(PAGE));
    assertTrue(rights.find());
    String user = "u-" + nodeId;
    server.ctl("add_user", user, SECRET);
    server.ctl(
        "set_permissions", "-p", "/", user, rights.group(1), rights.group(2), rights.group(3));
    Consumer<Settings.Builder> as =
        builder ->
            builder
                .set(RabbitSettings.USER, user)
                .set(RabbitSettings.PASSWORD, Optional.of(SECRET));

    work(Buses.settings(server.address(), as));

    server.ctl("set_permissions", "-p", "/", user, "^$", rights.group(2), rights.group(3));
    assertFails("could not declare the exchange ds.node.v1", false, server.address(), as);
    server.ctl("delete_user", user);
  }

  @Test
  @DisplayName("as guest with the password everybody knows is warned of, on another machine")
  void warnsOfGuest() {
    assertFails(
        "unknown host",
        true,
        "no-such-host.invalid:5672",
        builder -> builder.set(RabbitSettings.CONNECT_TIMEOUT, ofSeconds(1)));
    assertEquals(1, errors.lines().size());
    assertTrue(errors.lines().get(0).contains("distributed-sockets.rabbitmq.password"));
  }

  /** Everything that a node does. */
  private void work(Settings settings) {
    RecordingInboundHandler handler = RecordingInboundHandler.acknowledging();
    try (MessageBus bus = Buses.open(nodeId, settings, new RecordingBusListener(), errors)) {
      Inbox inbox = bus.open(nodeId, handler);
      inbox.bind();
      assertEquals(CONFIRMED, Eventually.result("a confirm", bus.publish(nodeId, new byte[1])));
      handler.awaitTexts(1);
      inbox.close();
      Inbox adopted =
          Eventually.succeeds("adoption", () -> bus.adopt(nodeId, handler)).orElseThrow();
      adopted.unbind();
      Eventually.holds("the queue to be deleted", adopted::deleteIfEmpty);
    }
    assertEquals(List.of(), errors.lines());
  }

  private void assertFails(
      String words, boolean retryable, String address, Consumer<Settings.Builder> more) {
    Settings settings = Buses.settings(address, more);
    BusException e =
        assertThrows(
            BusException.class,
            () -> Buses.open(nodeId, settings, new RecordingBusListener(), errors));

    String line = e.getMessage();
    assertTrue(line.contains(words), line);
    assertTrue(line.contains(address) || line.startsWith("could not declare"), line);
    assertEquals(1, line.lines().count());
    assertEquals(retryable, e.retryable(), line);
    for (Throwable at = e; at != null; at = at.getCause()) {
      assertFalse(at.toString().contains(SECRET), at.toString());
    }
    assertFalse(settings.toString().contains(SECRET));
    assertNoThreads();
  }

  private void assertNoThreads() {
    Eventually.holds(
        "no thread to be left",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().contains(nodeId)));
  }
}
