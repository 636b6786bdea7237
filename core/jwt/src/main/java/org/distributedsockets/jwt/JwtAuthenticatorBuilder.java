package org.distributedsockets.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.distributedsockets.ErrorListener;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link JwtAuthenticator} together. Keys, algorithms, issuer, audience and token sources
 * have no default. Not thread-safe.
 */
public final class JwtAuthenticatorBuilder {
  private static final System.Logger LOGGER = System.getLogger(JwtAuthenticator.class.getName());

  private static final Set<String> HMAC = Set.of("HS256", "HS384", "HS512");

  /** Those that the JDK can do (RFC 7518 section 3.1). */
  private static final Set<String> SIGNATURES =
      Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

  private static final Duration MAX_SKEW = Duration.ofMinutes(10);

  private @Nullable VerificationKeys keys;
  private Set<String> algorithms = Set.of();
  private @Nullable String issuer;
  private @Nullable String audience;
  private List<TokenSource> sources = List.of();
  private String userClaim = "sub";
  private List<String> metadataClaims = List.of();
  private Duration clockSkew = Duration.ofSeconds(30);
  private InstantSource clock = InstantSource.system();
  private ErrorListener errors =
      (what, cause) -> LOGGER.log(System.Logger.Level.WARNING, what + ": " + cause);

  JwtAuthenticatorBuilder() {}

  /**
   * What an authenticator is made of.
   *
   * @param keys verify signatures
   * @param algorithms of one family, at least one
   * @param issuer in "iss"
   * @param audience in "aud"
   * @param sources where tokens are
   * @param userClaim whose value is the user id
   * @param metadataClaims whose values become metadata
   * @param clockSkew how far clocks may be apart
   * @param clock the present time
   * @param errors hears of keys that cannot be fetched
   */
  record Parts(
      VerificationKeys keys,
      List<JWSAlgorithm> algorithms,
      String issuer,
      String audience,
      List<TokenSource> sources,
      String userClaim,
      List<String> metadataClaims,
      Duration clockSkew,
      InstantSource clock,
      ErrorListener errors) {}

  /**
   * Says what signatures are verified with.
   *
   * @param newKeys the keys
   * @return this builder
   */
  public JwtAuthenticatorBuilder keys(VerificationKeys newKeys) {
    this.keys = Objects.requireNonNull(newKeys, "keys");
    return this;
  }

  /**
   * Says which algorithms a token may be signed with; a token's own word for it decides nothing.
   *
   * @param names RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or ES512; or, with keys
   *     from a JWK set file that holds secrets, HS256, HS384 or HS512 and no other
   * @return this builder
   * @throws IllegalArgumentException if one is another, or HS algorithms are mixed with others: a
   *     public key must never be taken for a secret
   */
  public JwtAuthenticatorBuilder algorithms(String... names) {
    Set<String> chosen = new TreeSet<>(Arrays.asList(names));
    if (chosen.isEmpty() || !(SIGNATURES.containsAll(chosen) || HMAC.containsAll(chosen))) {
      throw new IllegalArgumentException(
          "must be some of " + new TreeSet<>(SIGNATURES) + " or some of " + new TreeSet<>(HMAC));
    }
    this.algorithms = chosen;
    return this;
  }

  /**
   * Says who must have issued a token.
   *
   * @param newIssuer its claim {@code iss}, compared as is
   * @return this builder
   */
  public JwtAuthenticatorBuilder issuer(String newIssuer) {
    this.issuer = Objects.requireNonNull(newIssuer, "issuer");
    return this;
  }

  /**
   * Says for whom a token must be, so that one for another service opens nothing here.
   *
   * @param newAudience one of its claim {@code aud}, compared as is
   * @return this builder
   */
  public JwtAuthenticatorBuilder audience(String newAudience) {
    this.audience = Objects.requireNonNull(newAudience, "audience");
    return this;
  }

  /**
   * Says where handshakes hold their token.
   *
   * @param newSources the places, asked in this order; the first that has one counts
   * @return this builder
   */
  public JwtAuthenticatorBuilder tokens(TokenSource... newSources) {
    this.sources = List.of(newSources);
    return this;
  }

  /**
   * Says which claim holds the user id. Default: {@code sub}.
   *
   * @param name the claim's name; its value must be a text
   * @return this builder
   */
  public JwtAuthenticatorBuilder userClaim(String name) {
    this.userClaim = Objects.requireNonNull(name, "name");
    return this;
  }

  /**
   * Says which claims become metadata of the connection, which every node can read. Default: none.
   *
   * @param names claims whose values are texts, numbers or truth values; others are left out
   * @return this builder
   */
  public JwtAuthenticatorBuilder metadataClaims(String... names) {
    this.metadataClaims = List.of(names);
    return this;
  }

  /**
   * Says how far this machine's clock and the issuer's may be apart. Default: 30 s. A connection
   * ends that much after its token.
   *
   * @param skew whole seconds, at most ten minutes
   * @return this builder
   * @throws IllegalArgumentException if it is negative or more than that
   */
  public JwtAuthenticatorBuilder clockSkew(Duration skew) {
    if (skew.isNegative() || skew.compareTo(MAX_SKEW) > 0) {
      throw new IllegalArgumentException("must be 0 s to 10 min: clockSkew=" + skew);
    }
    this.clockSkew = Duration.ofSeconds(skew.toSeconds());
    return this;
  }

  /**
   * Gives the clock. Default: the system's.
   *
   * @param newClock the time of day
   * @return this builder
   */
  public JwtAuthenticatorBuilder clock(InstantSource newClock) {
    this.clock = Objects.requireNonNull(newClock, "clock");
    return this;
  }

  /**
   * Says who hears that a key set could not be fetched. Default: a {@link System.Logger} named
   * after {@link JwtAuthenticator}.
   *
   * @param listener the listener
   * @return this builder
   */
  public JwtAuthenticatorBuilder errorListener(ErrorListener listener) {
    this.errors = Objects.requireNonNull(listener, "listener");
    return this;
  }

  /**
   * Puts the authenticator together. Fetches nothing yet.
   *
   * @return the authenticator
   * @throws IllegalStateException if something without a default is missing, or the keys are
   *     secrets and the algorithms are not those for secrets, or the reverse
   */
  public JwtAuthenticator build() {
    if (keys == null
        || algorithms.isEmpty()
        || issuer == null
        || audience == null
        || sources.isEmpty()) {
      throw new IllegalStateException("keys, algorithms, issuer, audience and tokens are required");
    }
    if (keys.hasSecrets() != HMAC.containsAll(algorithms)) {
      throw new IllegalStateException("the keys are not of the kind of " + algorithms);
    }
    return new JwtAuthenticator(
        new Parts(
            keys,
            algorithms.stream().map(JWSAlgorithm::parse).toList(),
            issuer,
            audience,
            sources,
            userClaim,
            metadataClaims,
            clockSkew,
            clock,
            errors));
  }
}
