package org.distributedsockets.examples.ownendpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.distributedsockets.Address;
import org.distributedsockets.Outcome;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.RawClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewsApplicationTest {
  @TempDir private Path folder;
  private NewsApplication application;

  @BeforeEach
  void start() throws Exception {
    application = NewsApplication.start("127.0.0.1", 0, folder);
  }

  @AfterEach
  void stop() {
    application.close();
  }

  /** Attaching is done behind the handshake, which does not wait for it. */
  private RawClient connect(String user, int connections) throws Exception {
    RawClient client = new RawClient(application.port());
    assertEquals(101, client.handshake("GET /news/" + user).status());
    Eventually.holds("attached", () -> application.node().localConnections().size() == connections);
    return client;
  }

  private Outcome send(String user, String text) {
    return Eventually.result(
        "the outcome", application.node().send(Address.user(user), "\"" + text + "\""));
  }

  @Test
  void deliversToTheSessionsOfTheApplicationsEndpoint() throws Exception {
    try (RawClient phone = connect("bob", 1);
        RawClient laptop = connect("bob", 2)) {
      assertEquals(2, send("bob", "hello").connections());
      assertEquals("{\"to\":\"bob\",\"body\":\"hello\"}", phone.readText());
      assertEquals("{\"to\":\"bob\",\"body\":\"hello\"}", laptop.readText());
    }
  }

  @Test
  void leavesWhatClientsSendToTheEndpoint() throws Exception {
    try (RawClient bob = connect("bob", 1)) {
      bob.sendFrame(RawClient.TEXT, true, "chess".getBytes(UTF_8));
      assertEquals("{\"to\":\"bob\",\"body\":\"no news of chess\"}", bob.readText());
    }
  }

  @Test
  void noticesTheEndOfASession() throws Exception {
    connect("bob", 1).close();
    Eventually.holds("let go", () -> application.node().localConnections().isEmpty());
    assertEquals(Outcome.Status.OFFLINE, send("bob", "hello").status());
  }

  @Test
  void sendsAttachedSessionsAwayBeforeTomcatStops() throws Exception {
    try (RawClient bob = connect("bob", 1)) {
      application.close();
      RawClient.Frame close = bob.readFrame();
      assertEquals(1001, close.closeCode(), close::closeReason);
      assertTrue(close.closeReason().contains("retry-after-ms="), close.closeReason());
    }
  }
}
