package org.distributedsockets.jwt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jwt.EncryptedJWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.distributedsockets.Authenticator;
import org.distributedsockets.Authenticator.Accepted;
import org.distributedsockets.Authenticator.Refused;
import org.distributedsockets.Handshake;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JwtAuthenticatorTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);
  private static final Instant SOON = NOW.plusSeconds(60);
  private static final Refused INVALID = new Refused(401, "invalid token");
  private static final Refused EXPIRED = new Refused(401, "token expired");
  private static final Issuer ISSUER = new Issuer("k1");
  private static final Issuer OTHER = new Issuer("k1");

  @TempDir Path folder;
  private JwtAuthenticator authenticator;

  @BeforeEach
  void build() throws IOException {
    authenticator = builder().build();
  }

  private JwtAuthenticatorBuilder builder() throws IOException {
    return JwtAuthenticator.builder()
        .keys(VerificationKeys.ofPemFile(pem("PUBLIC KEY", publicKey())))
        .algorithms("RS256")
        .issuer(Issuer.NAME)
        .audience(Issuer.AUDIENCE)
        .tokens(TokenSource.authorizationHeader())
        .clock(() -> NOW);
  }

  private static Key publicKey() {
    try {
      return ISSUER.key.toPublicKey();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private Path pem(String label, Key key) throws IOException {
    return pem(label, key.getEncoded());
  }

  private Path pem(String label, byte[] der) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        folder.resolve("key.pem"),
        "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n");
  }

  private static JWTClaimsSet.Builder bob() {
    return Issuer.claims("bob", SOON);
  }

  private static Accepted bobUntil(Instant end) {
    return new Accepted("bob", Map.of(), end);
  }

  // ---- what is let in

  @Test
  void theConnectionEndsWithTheTokenAndTheSkew() {
    assertEquals(bobUntil(SOON.plusSeconds(30)), authenticator.verify(ISSUER.token("bob", SOON)));
  }

  @Test
  void takesTheClaimsItIsTold() throws IOException {
    JwtAuthenticator changed =
        builder().userClaim("uid").metadataClaims("role", "age", "vip", "list", "none").build();
    JWTClaimsSet claims =
        bob()
            .claim("uid", "u-7")
            .claim("role", "admin")
            .claim("age", 42)
            .claim("vip", true)
            .claim("list", List.of("x"))
            .build();
    Accepted accepted = assertInstanceOf(Accepted.class, changed.verify(ISSUER.sign(claims)));
    assertEquals("u-7", accepted.user());
    assertEquals(Map.of("role", "admin", "age", "42", "vip", "true"), accepted.metadata());
    assertEquals(INVALID, changed.verify(ISSUER.token("bob", SOON)), "without that claim");
    assertEquals(INVALID, changed.verify(ISSUER.sign(bob().claim("uid", 7).build())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"JWT", "jwt", "at+jwt"})
  void takesTheTypesOfTokensThatAreForAccess(String type) {
    String token = ISSUER.sign(bob().build(), header -> header.type(new JOSEObjectType(type)));
    assertInstanceOf(Accepted.class, authenticator.verify(token));
  }

  @ParameterizedTest
  @CsvSource({"exp,-30,false", "exp,-29,true", "nbf,29,true", "nbf,31,false"})
  void allowsClocksToBeApartByTheSkewAndNoMore(String claim, long seconds, boolean allowed) {
    JWTClaimsSet claims = bob().claim(claim, Date.from(NOW.plusSeconds(seconds))).build();
    Authenticator.Result result = authenticator.verify(ISSUER.sign(claims));
    assertEquals(allowed, result instanceof Accepted, result::toString);
  }

  @Test
  void withoutSkewATokenEndsAtItsSecond() throws IOException {
    JwtAuthenticator exact = builder().clockSkew(Duration.ZERO).build();
    assertEquals(bobUntil(SOON), exact.verify(ISSUER.token("bob", SOON)));
    assertEquals(EXPIRED, exact.verify(ISSUER.token("bob", NOW)));
  }

  // ---- what is not

  private static Named<Supplier<String>> bad(String name, Supplier<String> token) {
    return Named.of(name, token);
  }

  private static Named<Supplier<String>> badClaims(String name, JWTClaimsSet.Builder claims) {
    return bad(name, () -> ISSUER.sign(claims.build()));
  }

  static Stream<Named<Supplier<String>>> badTokens() {
    byte[] publicKey = publicKey().getEncoded();
    String good = ISSUER.token("bob", SOON);
    String[] parts = good.split("\\.", -1);
    String evesClaims =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(Issuer.claims("eve", SOON).build().toString().getBytes(UTF_8));
    return Stream.of(
        badClaims("another issuer", bob().issuer("https://issuer.example")),
        badClaims("no issuer", bob().issuer(null)),
        badClaims("another audience", bob().audience("mail")),
        badClaims("no audience", bob().audience((String) null)),
        badClaims("no expiry", bob().expirationTime(null)),
        badClaims("no user", bob().subject(null)),
        badClaims("an empty user", bob().subject("")),
        badClaims("a user that is none", bob().subject("x".repeat(257))),
        badClaims("not yet in force", bob().notBeforeTime(Date.from(SOON))),
        bad("another key with the same id", () -> OTHER.token("bob", SOON)),
        bad(
            "other claims under a good signature",
            () -> parts[0] + "." + evesClaims + "." + parts[2]),
        bad("a good token without its signature", () -> parts[0] + "." + parts[1] + "."),
        bad("the algorithm none", () -> new PlainJWT(bob().build()).serialize()),
        bad(
            "an algorithm that is not allowed",
            () ->
                Issuer.sign(
                    bob().build(),
                    new JWSHeader.Builder(JWSAlgorithm.RS512).keyID("k1").build(),
                    rsaSigner())),
        bad(
            "the public key taken for a secret",
            () ->
                Issuer.sign(
                    bob().build(),
                    new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("k1").build(),
                    hmac(publicKey))),
        bad(
            "a key that the token brings along",
            () -> OTHER.sign(bob().build(), header -> header.jwk(OTHER.key.toPublicJWK()))),
        bad(
            "an address of keys that the token brings along",
            () ->
                OTHER.sign(
                    bob().build(),
                    header -> header.jwkURL(URI.create("http://127.0.0.1:9/jwks.json")))),
        bad(
            "an extension that must be understood",
            () -> ISSUER.sign(bob().build(), header -> header.criticalParams(Set.of("x")))),
        bad(
            "a token of another type",
            () ->
                ISSUER.sign(
                    bob().build(), header -> header.type(new JOSEObjectType("logout+jwt")))),
        bad("an encrypted token", JwtAuthenticatorTest::encrypted),
        bad("nothing", () -> ""),
        bad("no token", () -> "s3cret"),
        bad("dots", () -> ".."),
        bad("deep JSON", () -> base64("{\"a\":" + "[".repeat(5_000)) + ".e30.AA"),
        bad("not UTF-8", () -> "\ud800.\u0000.\u00e9"),
        bad("a token that is too long", () -> good + "A".repeat(16 * 1024)));
  }

  private static RSASSASigner rsaSigner() {
    try {
      return new RSASSASigner(ISSUER.key);
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static MACSigner hmac(byte[] secret) {
    try {
      return new MACSigner(secret);
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static String encrypted() {
    EncryptedJWT token =
        new EncryptedJWT(
            new JWEHeader(JWEAlgorithm.RSA_OAEP_256, EncryptionMethod.A128GCM), bob().build());
    try {
      token.encrypt(new RSAEncrypter(ISSUER.key));
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
    return token.serialize();
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
  }

  @ParameterizedTest
  @MethodSource("badTokens")
  void refusesABadTokenAndQuotesNothingOfIt(Supplier<String> token) {
    assertEquals(INVALID, authenticator.verify(token.get()));
  }

  @Test
  void tellsAnExpiredTokenFromABadOneOnlyIfItsSignatureIsGood() {
    Instant past = NOW.minusSeconds(31);
    assertEquals(EXPIRED, authenticator.verify(ISSUER.token("bob", past)));
    assertEquals(INVALID, authenticator.verify(OTHER.token("bob", past)));
  }

  /** Whatever is done to a good token, nothing is thrown and nobody else gets in. */
  @Test
  void survivesDamagedTokens() {
    String good = ISSUER.token("bob", SOON);
    Random random = new Random(1);
    for (int i = 0; i < 3_000; i++) {
      StringBuilder damaged = new StringBuilder(good);
      int at = random.nextInt(good.length());
      if (random.nextBoolean()) {
        damaged.setCharAt(at, (char) random.nextInt(i % 2 == 0 ? 0x80 : 0x10000));
      } else {
        damaged.delete(at, Math.min(good.length(), at + 1 + random.nextInt(40)));
      }
      Authenticator.Result result = authenticator.verify(damaged.toString());
      // The last letter of a signature has bits that say nothing.
      assertTrue(
          result.equals(INVALID) || result.equals(bobUntil(SOON.plusSeconds(30))),
          () -> damaged + ": " + result);
    }
  }

  // ---- where it looks

  private static Handshake handshake(String name, String... values) {
    return new Handshake(
        "http://localhost", "/ws", Map.of(), Map.of(name, List.of(values)), "127.0.0.1");
  }

  @Test
  void takesTheTokenOfTheFirstSourceThatHasOne() throws IOException {
    JwtAuthenticator two =
        builder().tokens(TokenSource.cookie("t"), TokenSource.authorizationHeader()).build();
    String token = ISSUER.token("bob", SOON);
    assertInstanceOf(
        Accepted.class, two.authenticate(handshake("authorization", "bearer " + token)));
    Handshake both =
        new Handshake(
            "http://localhost",
            "/ws",
            Map.of(),
            Map.of("Cookie", List.of("t=bad"), "Authorization", List.of("Bearer " + token)),
            "127.0.0.1");
    assertEquals(INVALID, two.authenticate(both));
    assertEquals(
        new Refused(401, "token required"),
        two.authenticate(handshake("Authorization", "Basic x")));
  }

  @Test
  void refusesToChooseAmongTokens() {
    String good = "Bearer " + ISSUER.token("bob", SOON);
    assertEquals(
        new Refused(401, "more than one token"),
        authenticator.authenticate(handshake("Authorization", good, good)));
  }

  // ---- keys

  @Test
  void verifiesWithEllipticCurvesFromPem() throws Exception {
    ECKey key = new ECKeyGenerator(Curve.P_256).generate();
    JwtAuthenticator elliptic =
        builder()
            .keys(VerificationKeys.ofPemFile(pem("PUBLIC KEY", key.toPublicKey())))
            .algorithms("ES256", "RS256")
            .build();
    JWSHeader header = new JWSHeader(JWSAlgorithm.ES256);
    String token = Issuer.sign(bob().build(), header, new ECDSASigner(key));
    assertInstanceOf(Accepted.class, elliptic.verify(token));
    assertEquals(INVALID, elliptic.verify(ISSUER.token("bob", SOON)));
  }

  @Test
  void verifiesWithEachKeyOfASet() throws Exception {
    Issuer second = new Issuer("k2");
    Path file = folder.resolve("jwks.json");
    Files.writeString(file, new JWKSet(List.of(ISSUER.key, second.key)).toString());
    JwtAuthenticator set = builder().keys(VerificationKeys.ofJwkSetFile(file)).build();
    assertInstanceOf(Accepted.class, set.verify(ISSUER.token("bob", SOON)));
    assertInstanceOf(Accepted.class, set.verify(second.token("bob", SOON)));
    assertEquals(INVALID, set.verify(OTHER.token("bob", SOON)));
    String unknown = ISSUER.sign(bob().build(), header -> header.keyID("k3"));
    assertEquals(INVALID, set.verify(unknown));
  }

  @Test
  void verifiesWithSecretsOnlyIfThereIsNothingElse() throws Exception {
    OctetSequenceKey secret = new OctetSequenceKeyGenerator(256).keyID("k1").generate();
    Path file = folder.resolve("secrets.json");
    Files.writeString(file, new JWKSet(secret).toString(false));
    VerificationKeys keys = VerificationKeys.ofJwkSetFile(file);
    JwtAuthenticator shared = builder().keys(keys).algorithms("HS256").build();
    String token =
        Issuer.sign(bob().build(), new JWSHeader(JWSAlgorithm.HS256), new MACSigner(secret));
    assertInstanceOf(Accepted.class, shared.verify(token));
    assertEquals(INVALID, shared.verify(ISSUER.token("bob", SOON)));

    assertThrows(IllegalStateException.class, builder().keys(keys)::build);
    assertThrows(IllegalStateException.class, builder().algorithms("HS256")::build);
    assertEquals("VerificationKeys", keys.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"PRIVATE KEY", "RSA PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE"})
  void refusesAFileThatHoldsNoPublicKeyAndQuotesNothingOfIt(String label) throws IOException {
    Path file = pem(label, "s3cret".getBytes(UTF_8));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> VerificationKeys.ofPemFile(file));
    assertEquals("no public key of RSA or EC: " + file, e.getMessage());
    assertNull(e.getCause());
  }

  @Test
  void refusesFilesThatAreNone() throws IOException {
    Path file = folder.resolve("keys");
    for (String content : List.of("{\"keys\":[]}", "s3cret", "[\"s3cret\"]", "{\"keys\":7}")) {
      Files.writeString(file, content);
      assertRefusedUnquoted(() -> VerificationKeys.ofJwkSetFile(file));
      assertRefusedUnquoted(() -> VerificationKeys.ofPemFile(file));
    }
    Files.delete(file);
    assertThrows(IllegalArgumentException.class, () -> VerificationKeys.ofPemFile(file));
  }

  private static void assertRefusedUnquoted(Executable reading) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, reading);
    assertFalse(e.getMessage().contains("s3cret"), e.getMessage());
    assertNull(e.getCause());
  }

  // ---- what it is made of

  @ParameterizedTest
  @ValueSource(strings = {"none", "NONE", "", "rs256", "HS256,RS256", "EdDSA", "dir"})
  void refusesAlgorithmsThatAreNoneOrMixed(String names) {
    JwtAuthenticatorBuilder builder = JwtAuthenticator.builder();
    assertThrows(IllegalArgumentException.class, () -> builder.algorithms(names.split(",", -1)));
  }

  @Test
  void needsEverythingThatHasNoDefault() throws IOException {
    assertThrows(IllegalStateException.class, JwtAuthenticator.builder()::build);
    assertThrows(IllegalStateException.class, builder().tokens()::build);
    assertThrows(IllegalArgumentException.class, JwtAuthenticator.builder()::algorithms);
    assertThrows(
        IllegalArgumentException.class,
        () -> JwtAuthenticator.builder().clockSkew(Duration.ofMinutes(11)));
    assertThrows(IllegalArgumentException.class, () -> TokenSource.subprotocol(""));
  }
}
