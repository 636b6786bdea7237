package org.distributedsockets.examples.springboot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.google.gson.JsonParser;
import java.io.EOFException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.distributedsockets.Health;
import org.distributedsockets.SocketNode;
import org.distributedsockets.testkit.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

class OrdersApplicationTest {
  /** All nodes of a JVM share its memory cluster. */
  private static final AtomicInteger NODES = new AtomicInteger();

  private ConfigurableApplicationContext application;

  @BeforeEach
  void start() {
    application = run(context -> {});
  }

  @AfterEach
  void stop() {
    application.close();
  }

  private static ConfigurableApplicationContext run(
      ApplicationContextInitializer<ConfigurableApplicationContext> initializer) {
    return new SpringApplicationBuilder(OrdersApplication.class)
        .initializers(initializer)
        .run(
            "--server.port=0",
            "--server.address=127.0.0.1",
            "--spring.main.banner-mode=off",
            "--distributed-sockets.node.id=n" + NODES.incrementAndGet());
  }

  private static int port(ConfigurableApplicationContext context) {
    return Integer.parseInt(context.getEnvironment().getProperty("local.server.port"));
  }

  private RawClient connect() throws Exception {
    return new RawClient(port(application));
  }

  private static HttpResponse<String> send(int port, String method, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Cookie", "user=kitchen")
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static String statusIn(HttpResponse<String> health) {
    return JsonParser.parseString(health.body()).getAsJsonObject().get("status").getAsString();
  }

  @Test
  void tellsTheUserThatTheOrderIsReady() throws Exception {
    try (RawClient bob = connect()) {
      assertEquals(101, bob.handshake("GET /ws", "Cookie: user=bob").status());
      assertEquals(202, send(port(application), "POST", "/orders/bob").statusCode());
      assertEquals("{\"to\":\"bob\",\"body\":\"your order is ready\"}", bob.readText());
    }
  }

  @Test
  void appliesTheFiltersOfTheApplicationToTheHandshake() throws Exception {
    try (RawClient stranger = connect()) {
      assertEquals(401, stranger.handshake("GET /ws").status());
    }
  }

  @Test
  void showsTheHealthOfTheNode() throws Exception {
    HttpResponse<String> health = send(port(application), "GET", "/actuator/health");
    assertEquals(200, health.statusCode());
    assertEquals("UP", statusIn(health));
    assertTrue(health.body().contains("\"sockets\":{"), health.body());
  }

  @Test
  void sendsClientsAwayBeforeTheWebServerStops() throws Exception {
    try (RawClient bob = connect()) {
      assertEquals(101, bob.handshake("GET /ws", "Cookie: user=bob").status());
      application.close();
      RawClient.Frame close = bob.readFrame();
      assertEquals(1001, close.closeCode());
      assertTrue(close.closeReason().contains("retry-after-ms="), close.closeReason());
      assertThrows(EOFException.class, bob::readFrame);
    }
  }

  @ParameterizedTest
  @CsvSource({"UP,200", "DEGRADED,200", "DRAINING,503", "DOWN,503"})
  void mapsEachStateToAStatus(Health.Status status, int http) throws Exception {
    SocketNode node = mock(SocketNode.class);
    when(node.health()).thenReturn(new Health(status, "n1", List.of("because")));
    try (ConfigurableApplicationContext other =
        run(
            context ->
                ((GenericApplicationContext) context)
                    .registerBean("scriptedHealthIndicator", SocketsHealthIndicator.class, node))) {
      HttpResponse<String> health = send(port(other), "GET", "/actuator/health");
      assertEquals(http, health.statusCode(), health::body);
      assertEquals(status.name(), statusIn(health));
      assertTrue(health.body().contains("because"), health.body());
    }
  }
}
