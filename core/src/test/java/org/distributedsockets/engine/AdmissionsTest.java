package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.distributedsockets.Admission;
import org.distributedsockets.Authenticator;
import org.distributedsockets.Handshake;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Setting;
import org.distributedsockets.Settings;
import org.distributedsockets.metrics.Counter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class AdmissionsTest {
  private final Clients clients = new Clients();
  private final List<String> authenticated = new ArrayList<>();
  private @Nullable String whyNobody;
  private Authenticator authenticator = handshake -> Authenticator.accept("bob");

  private Admissions admissions(Settings settings) {
    clients.shared = new SharedLimits(settings);
    return new Admissions(
        settings,
        handshake -> {
          authenticated.add(handshake.path());
          return authenticator.authenticate(handshake);
        },
        clients.services(),
        () -> 5_000,
        () -> whyNobody);
  }

  /** Registers inside the call, so that no admission has to wait. */
  private Admissions admissionsAtOnce() {
    registryAtOnce();
    return admissions(Settings.builder().build());
  }

  private void registryAtOnce() {
    NodeRuntime queued = clients.manual.runtime();
    clients.runtime =
        new NodeRuntime(
            queued.time(),
            queued.wallClock(),
            queued.timers(),
            Runnable::run,
            queued.sockets(),
            queued.callbacks(),
            queued.random());
  }

  private static Handshake handshake() {
    return new Handshake("http://localhost", "/ws", Map.of(), Map.of(), "127.0.0.1");
  }

  private static Handshake handshakeFrom(String address) {
    return new Handshake("http://localhost", "/ws", Map.of(), Map.of(), address);
  }

  private static Handshake offering(String... subprotocols) {
    return new Handshake(
        "http://localhost",
        "/ws",
        Map.of(),
        Map.of("Sec-WebSocket-Protocol", List.of(subprotocols)),
        "127.0.0.1");
  }

  private Admissions limited(Setting<Integer> limit, int most) {
    registryAtOnce();
    return admissions(Settings.builder().set(limit, most).build());
  }

  private static Handshake from(String origin) {
    return new Handshake(
        "http://localhost", "/ws", Map.of(), Map.of("Origin", List.of(origin)), "127.0.0.1");
  }

  private static ClientConnection admitted(Admission admission) {
    return (ClientConnection) assertInstanceOf(Admission.Admitted.class, admission).session();
  }

  private void assertRefused(Admission admission, int status, String message, int retryAfter) {
    assertEquals(new Admission.Refused(status, message, retryAfter), admission);
    assertTrue(clients.metrics.of(Counter.HANDSHAKES_REFUSED) > 0);
  }

  @Test
  void admitsARegisteredConnectionWithWhatTheAuthenticatorSaid() {
    Instant end = Instant.ofEpochSecond(99);
    authenticator = handshake -> new Authenticator.Accepted("bob", Map.of("k", "v"), end);
    ClientConnection connection = admitted(admissionsAtOnce().admit(handshake()));
    assertEquals("bob", connection.user());
    assertEquals(Map.of("k", "v"), connection.metadata());
    assertEquals(Instant.ofEpochMilli(5_000), connection.since());
    assertEquals(Set.of("bob/" + connection.id()), clients.registry.registered());
    assertEquals(0, clients.metrics.of(Counter.HANDSHAKES_REFUSED));
  }

  @Test
  void givesEachConnectionAnIdOfItsOwn() {
    Admissions admissions = admissionsAtOnce();
    String one = admitted(admissions.admit(handshake())).id();
    assertEquals(32, one.length());
    assertNotEquals(one, admitted(admissions.admit(handshake())).id());
  }

  @Test
  void letsNobodyInWhenItMayNot() {
    Admissions admissions = admissionsAtOnce();
    whyNobody = "draining";
    assertRefused(admissions.admit(from("http://evil.example")), 503, "draining", 1);
    assertEquals(List.of(), authenticated);
    assertEquals(0, clients.local().count());
  }

  @Test
  void endsWhatItAddedWhileTheNodeClosed() {
    Admissions admissions = admissionsAtOnce();
    authenticator =
        handshake -> {
          whyNobody = "not running";
          return Authenticator.accept("bob");
        };
    assertRefused(admissions.admit(handshake()), 503, "not running", 1);
    clients.manual.runAll();
    assertEquals(0, clients.local().count());
    assertEquals(Set.of(), clients.registry.registered());
  }

  @Test
  void refusesAForeignOriginBeforeAnythingElse() {
    registryAtOnce();
    Admissions admissions =
        admissions(Settings.builder().set(NodeSettings.HANDSHAKE_RATE, 1).build());
    for (int i = 0; i < 3; i++) {
      assertRefused(admissions.admit(from("http://evil.example")), 403, "origin not allowed", 0);
    }
    assertEquals(List.of(), authenticated);
    admitted(admissions.admit(from("http://localhost")));
  }

  @Test
  void refusesHandshakesOverTheRateBeforeItCountsConnections() {
    registryAtOnce();
    Admissions admissions =
        admissions(
            Settings.builder()
                .set(NodeSettings.HANDSHAKE_RATE, 1)
                .set(NodeSettings.MAX_CONNECTIONS, 1)
                .build());
    admitted(admissions.admit(handshake()));
    assertRefused(admissions.admit(handshake()), 429, "too many handshakes", 1);
    clients.manual.advance(Duration.ofSeconds(1));
    assertRefused(admissions.admit(handshake()), 503, "too many connections", 5);
    assertEquals(1, authenticated.size(), "a full node asks the authenticator nothing");
  }

  @Test
  void aConnectionThatEndedMakesRoom() {
    registryAtOnce();
    Admissions admissions =
        admissions(Settings.builder().set(NodeSettings.MAX_CONNECTIONS, 1).build());
    admitted(admissions.admit(handshake())).closed(1000);
    admitted(admissions.admit(handshake()));
  }

  @Test
  void refusesHandshakesOfOneAddressOverItsRateAndNoOthers() {
    Admissions admissions = limited(NodeSettings.HANDSHAKE_RATE_PER_ADDRESS, 2);
    for (int i = 0; i < 2; i++) {
      admitted(admissions.admit(handshakeFrom("192.0.2.1")));
    }
    assertRefused(
        admissions.admit(handshakeFrom("192.0.2.1")),
        429,
        "too many handshakes from this address",
        1);
    assertEquals(2, authenticated.size());
    admitted(admissions.admit(handshakeFrom("192.0.2.2")));
    clients.manual.advance(Duration.ofMillis(500));
    admitted(admissions.admit(handshakeFrom("192.0.2.1")));
  }

  @Test
  void anAddressOverItsRateUsesUpNothingThatIsForAll() {
    registryAtOnce();
    Admissions admissions =
        admissions(
            Settings.builder()
                .set(NodeSettings.HANDSHAKE_RATE, 2)
                .set(NodeSettings.HANDSHAKE_RATE_PER_ADDRESS, 1)
                .build());
    admitted(admissions.admit(handshakeFrom("192.0.2.1")));
    for (int i = 0; i < 5; i++) {
      assertInstanceOf(
          Admission.Refused.class, admissions.admit(handshakeFrom("192.0.2.1")), "over the rate");
    }
    admitted(admissions.admit(handshakeFrom("192.0.2.2")));
  }

  @Test
  void refusesHandshakesOfOneUserOverHisRate() {
    Admissions admissions = limited(NodeSettings.HANDSHAKE_RATE_PER_USER, 1);
    admitted(admissions.admit(handshakeFrom("192.0.2.1")));
    assertRefused(
        admissions.admit(handshakeFrom("192.0.2.2")), 429, "too many handshakes of this user", 1);
    authenticator = handshake -> Authenticator.accept("carol");
    admitted(admissions.admit(handshakeFrom("192.0.2.2")));
  }

  @Test
  void holdsNoMoreConnectionsFromOneAddressThanItsLimit() {
    Admissions admissions = limited(NodeSettings.MAX_CONNECTIONS_PER_ADDRESS, 2);
    ClientConnection first = admitted(admissions.admit(handshakeFrom("2001:db8::1")));
    admitted(admissions.admit(handshakeFrom("2001:db8::2")));
    assertRefused(
        admissions.admit(handshakeFrom("2001:db8::3")),
        429,
        "too many connections from this address",
        5);
    assertEquals(2, authenticated.size());
    admitted(admissions.admit(handshakeFrom("2001:db8:0:1::1")));
    first.closed(1006);
    first.closed(1006);
    admitted(admissions.admit(handshakeFrom("2001:db8::3")));
    assertInstanceOf(
        Admission.Refused.class, admissions.admit(handshakeFrom("2001:db8::3")), "one left once");
  }

  @Test
  void aHandshakeThatIsRefusedTakesNoPlaceOfItsAddress() {
    Admissions admissions = limited(NodeSettings.MAX_CONNECTIONS_PER_ADDRESS, 1);
    authenticator = handshake -> Authenticator.refuse("who are you");
    assertRefused(admissions.admit(handshake()), 401, "who are you", 0);
    authenticator =
        handshake -> {
          throw new StackOverflowError("secret");
        };
    assertRefused(admissions.admit(handshake()), 500, "could not authenticate", 0);
    authenticator = handshake -> Authenticator.accept("");
    assertRefused(admissions.admit(handshake()), 400, "user id required", 0);
    authenticator = handshake -> Authenticator.accept("bob");
    clients.registry.onRegister = (self, registration) -> ScriptedRegistry.REFUSED;
    assertRefused(admissions.admit(handshake()), 429, "too many connections of this user", 5);
    clients.registry.onRegister = (self, registration) -> ScriptedRegistry.ACCEPTED;
    admitted(admissions.admit(handshake())).closed(1000);
    assertEquals(0, clients.shared.size());
  }

  @Test
  void saysWhenToTryAgainIfItCannotBeToldNow() {
    authenticator = handshake -> new Authenticator.Refused(503, "no keys");
    assertRefused(admissionsAtOnce().admit(handshake()), 503, "no keys", 5);
  }

  @Test
  void choosesTheFirstOfItsSubprotocolsThatTheClientOffers() {
    registryAtOnce();
    Admissions admissions =
        admissions(
            Settings.builder().set(NodeSettings.SUBPROTOCOLS, List.of("chat.v2", "chat")).build());
    assertEquals(
        "chat.v2", subprotocol(admissions.admit(offering("bearer.secret, chat ,chat.v2"))));
    assertEquals("chat", subprotocol(admissions.admit(offering("bearer.secret", "chat"))));
    assertNull(subprotocol(admissions.admit(offering("bearer.secret"))));
    assertNull(subprotocol(admissions.admit(handshake())));
  }

  private static @Nullable String subprotocol(Admission admission) {
    return assertInstanceOf(Admission.Admitted.class, admission).subprotocol();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403})
  void refusesAsTheAuthenticatorSays(int status) {
    authenticator = handshake -> new Authenticator.Refused(status, "who are you");
    assertRefused(admissionsAtOnce().admit(handshake()), status, "who are you", 0);
    assertEquals(0, clients.local().count());
  }

  @Test
  void refusesWhenTheAuthenticatorThrowsOrReturnsNull() {
    Admissions admissions = admissionsAtOnce();
    authenticator =
        handshake -> {
          throw new IllegalStateException("secret");
        };
    assertRefused(admissions.admit(handshake()), 500, "could not authenticate", 0);
    authenticator = handshake -> null;
    assertRefused(admissions.admit(handshake()), 500, "could not authenticate", 0);
    assertEquals(
        List.of("the authenticator threw", "the authenticator returned null"),
        clients.errors.lines);
  }

  @Test
  void refusesAUserIdThatIsNone() {
    Admissions admissions = admissionsAtOnce();
    authenticator = handshake -> Authenticator.accept("");
    assertRefused(admissions.admit(handshake()), 400, "user id required", 0);
    authenticator = handshake -> Authenticator.accept("x".repeat(257));
    assertRefused(admissions.admit(handshake()), 400, "user id longer than 256 bytes of UTF-8", 0);
  }

  @Test
  void refusesWhatTheRegistrysLimitRefusesAndForgetsIt() {
    clients.registry.onRegister = (self, registration) -> ScriptedRegistry.REFUSED;
    assertRefused(
        admissionsAtOnce().admit(handshake()), 429, "too many connections of this user", 5);
    assertEquals(0, clients.local().count());
    assertEquals(List.of(), clients.limitedLate);
    assertEquals(List.of(), clients.listened);
  }

  @Test
  void letsInWhatIsDeferred() {
    clients.registry.away = true;
    admitted(admissionsAtOnce().admit(handshake()));
    assertEquals(1, clients.local().count());
  }

  @Test
  void waitsNoLongerThanTheSetting() {
    // Nothing runs on the manual runtime's blocking executor while the admission waits.
    Admissions admissions =
        admissions(
            Settings.builder().set(NodeSettings.REGISTRATION_WAIT, Duration.ofMillis(20)).build());
    ClientConnection connection = admitted(admissions.admit(handshake()));
    clients.manual.runAll();
    assertEquals(Set.of("bob/" + connection.id()), clients.registry.registered());
  }

  @Test
  void aRefusalThatComesAfterTheWaitIsToldLate() {
    clients.registry.onRegister = (self, registration) -> ScriptedRegistry.REFUSED;
    Admissions admissions =
        admissions(
            Settings.builder().set(NodeSettings.REGISTRATION_WAIT, Duration.ofMillis(0)).build());
    ClientConnection connection = admitted(admissions.admit(handshake()));
    clients.manual.runAll();
    assertEquals(List.of(connection.registration()), clients.limitedLate);
  }

  @Test
  void anInterruptedWaitLetsInAndStaysInterrupted() {
    Admissions admissions = admissions(Settings.builder().build());
    Thread.currentThread().interrupt();
    admitted(admissions.admit(handshake()));
    assertTrue(Thread.interrupted());
  }
}
