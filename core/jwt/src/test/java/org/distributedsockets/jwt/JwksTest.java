package org.distributedsockets.jwt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jwt.JWTClaimsSet;
import com.sun.net.httpserver.HttpHandler;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.distributedsockets.Authenticator;
import org.distributedsockets.Authenticator.Accepted;
import org.distributedsockets.Authenticator.Refused;
import org.distributedsockets.testkit.Eventually;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that are fetched from a server. */
@Timeout(60)
class JwksTest {
  private static final Refused INVALID = new Refused(401, "invalid token");
  private static final Refused CANNOT_TELL = new Refused(503, "cannot verify tokens now");
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration RARELY = Duration.ofMinutes(50);
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final Duration OFTEN = Duration.ofMillis(10);

  /** Long enough for a good answer on a busy machine, and what a test of a bad one waits. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final Issuer FIRST = new Issuer("k1");
  private static final Issuer SECOND = new Issuer("k2");

  private final JwksServer server = new JwksServer();
  private final List<String> problems = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    server.close();
  }

  private JwtAuthenticator authenticator(Duration cacheLife, Duration minInterval) {
    return JwtAuthenticator.builder()
        .keys(
            VerificationKeys.ofJwksUrl(
                server.url(),
                new VerificationKeys.Fetching(PATIENCE, cacheLife, minInterval, LONG)))
        .algorithms("RS256")
        .issuer(Issuer.NAME)
        .audience(Issuer.AUDIENCE)
        .tokens(TokenSource.authorizationHeader())
        .errorListener((what, cause) -> problems.add(what + ": " + cause))
        .build();
  }

  private static String token(Issuer issuer) {
    return issuer.token("bob", Instant.now().plusSeconds(600));
  }

  private static void assertAccepts(JwtAuthenticator authenticator, Issuer issuer) {
    assertInstanceOf(Accepted.class, authenticator.verify(token(issuer)));
  }

  @Test
  void fetchesOnceForManyTokensAndNothingBeforeTheFirst() {
    server.serves(FIRST);
    JwtAuthenticator authenticator = authenticator(LONG, RARELY);
    assertEquals(0, server.requests.get());
    for (int i = 0; i < 20; i++) {
      assertAccepts(authenticator, FIRST);
    }
    assertEquals(1, server.requests.get());
    assertEquals(List.of(), problems);
  }

  @Test
  void fetchesAgainForAKeyItDoesNotKnow() {
    server.serves(FIRST);
    JwtAuthenticator authenticator = authenticator(LONG, RARELY);
    assertAccepts(authenticator, FIRST);
    server.serves(FIRST, SECOND);
    assertAccepts(authenticator, SECOND);
    assertAccepts(authenticator, FIRST);
    assertEquals(2, server.requests.get());
  }

  @Test
  void forgetsAKeyThatIsWithdrawn() {
    server.serves(FIRST);
    JwtAuthenticator authenticator = authenticator(SHORT, OFTEN);
    assertAccepts(authenticator, FIRST);
    server.serves(SECOND);
    Eventually.holds(
        "the key is forgotten", () -> authenticator.verify(token(FIRST)).equals(INVALID));
    Eventually.holds(
        "the new one is known", () -> authenticator.verify(token(SECOND)) instanceof Accepted);
  }

  @Test
  void keyIdsThatNobodyKnowsCauseTwoFetchesAndNoMore() {
    server.serves(FIRST);
    JwtAuthenticator authenticator = authenticator(LONG, RARELY);
    assertAccepts(authenticator, FIRST);
    for (int i = 0; i < 50; i++) {
      String made = FIRST.sign(claims(), header -> header.keyID("made-up"));
      assertEquals(INVALID, authenticator.verify(made));
    }
    assertEquals(2, server.requests.get());
    assertAccepts(authenticator, FIRST);
  }

  private static JWTClaimsSet claims() {
    return Issuer.claims("bob", Instant.now().plusSeconds(600)).build();
  }

  @Test
  void goesOnWithTheLastKeysWhileTheServerIsAway() {
    server.serves(FIRST);
    JwtAuthenticator authenticator = authenticator(SHORT, OFTEN);
    assertAccepts(authenticator, FIRST);
    server.answer = exchange -> JwksServer.reply(exchange, 503, "");
    Eventually.holds(
        "the server was asked in vain",
        () -> {
          assertAccepts(authenticator, FIRST);
          return !problems.isEmpty();
        });
    assertAccepts(authenticator, FIRST);
  }

  private static Named<Handler> ill(String name, Handler handler) {
    return Named.of(name, handler);
  }

  private interface Handler {
    HttpHandler of(JwksServer server);
  }

  static Stream<Named<Handler>> illServers() {
    return Stream.of(
        ill("an error", server -> exchange -> JwksServer.reply(exchange, 500, "{\"keys\":[]}")),
        ill("no JSON", server -> exchange -> JwksServer.reply(exchange, 200, "s3cret")),
        ill(
            "a redirect",
            server ->
                exchange -> {
                  exchange.getResponseHeaders().set("Location", server.url().toString());
                  JwksServer.reply(exchange, 302, "");
                }),
        ill(
            "too long an answer",
            server ->
                exchange ->
                    JwksServer.reply(exchange, 200, "{\"keys\":[]}" + " ".repeat(257 * 1024))),
        ill("silence", server -> exchange -> server.silence()),
        ill(
            "a byte now and then",
            server ->
                exchange -> {
                  exchange.sendResponseHeaders(200, 100_000);
                  while (!server.isClosing()) {
                    exchange.getResponseBody().write(' ');
                    exchange.getResponseBody().flush();
                    LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
                  }
                }));
  }

  @ParameterizedTest
  @MethodSource("illServers")
  void cannotTellWhileTheServerIsIllAndCanWhenItIsWell(Handler handler) {
    server.answer = handler.of(server);
    JwtAuthenticator authenticator = authenticator(LONG, OFTEN);
    long start = System.nanoTime();
    assertEquals(CANNOT_TELL, authenticator.verify(token(FIRST)));
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertTrue(took.compareTo(PATIENCE.multipliedBy(5)) < 0, took::toString);

    server.serves(FIRST);
    Eventually.holds("well again", () -> authenticator.verify(token(FIRST)) instanceof Accepted);
    for (String problem : problems) {
      assertTrue(problem.startsWith("the key set at http://127.0.0.1:"), problem);
      assertFalse(problem.contains("s3cret"), problem);
    }
  }

  @Test
  void stopsReadingAnAnswerThatIsTooLong() {
    server.answer = exchange -> JwksServer.reply(exchange, 200, " ".repeat(10 << 20));
    assertEquals(CANNOT_TELL, authenticator(LONG, RARELY).verify(token(FIRST)));
    assertTrue(problems.get(0).contains("longer than 262144 bytes"), problems::toString);
  }

  @Test
  void cannotTellWhileItMayNotAskAgain() {
    JwtAuthenticator authenticator = authenticator(LONG, RARELY);
    for (int i = 0; i < 10; i++) {
      assertEquals(CANNOT_TELL, authenticator.verify(token(FIRST)));
    }
    assertTrue(server.requests.get() <= 2, () -> "requests: " + server.requests);
  }

  @Test
  void garbageIsRefusedUnasked() {
    JwtAuthenticator authenticator = authenticator(LONG, RARELY);
    Authenticator.Result result = authenticator.verify("s3cret");
    assertEquals(INVALID, result);
    assertEquals(0, server.requests.get());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://issuer.example/jwks",
        "ftp://issuer.example/jwks",
        "file:///etc/passwd",
        "https://user:s3cret@issuer.example/jwks",
        "/jwks",
        "https:jwks"
      })
  void takesKeysOnlyFromWhereNobodyCanChangeThem(String url) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> VerificationKeys.ofJwksUrl(URI.create(url)));
    assertFalse(e.getMessage().contains("s3cret"));
    assertEquals("VerificationKeys", VerificationKeys.ofJwksUrl(server.url()).toString());
  }
}
