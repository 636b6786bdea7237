package org.distributedsockets.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.jwt.proc.ExpiredJWTException;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.distributedsockets.Address;
import org.distributedsockets.Authenticator;
import org.distributedsockets.Handshake;

/**
 * Lets in whoever holds a signed token (RFC 7519) of a known issuer for this audience. The
 * connection expires with its token.
 *
 * <pre>{@code
 * JwtAuthenticator.builder()
 *     .keys(VerificationKeys.ofJwksUrl(URI.create("https://issuer.example/jwks.json")))
 *     .algorithms("RS256")
 *     .issuer("https://issuer.example/")
 *     .audience("chat")
 *     .tokens(TokenSource.authorizationHeader(), TokenSource.cookie("session"))
 *     .build();
 * }</pre>
 *
 * <p>A token must be signed with one of the algorithms named and a key of that algorithm's kind;
 * must name issuer and audience, a user and an expiry; and must be in force by this machine's
 * clock, give or take the skew. Keys and addresses that a token brings along are ignored. What
 * clients are told, what is logged and what is thrown quotes nothing of a token.
 *
 * <p>Thread-safe. Blocks only while a key set is fetched, see {@link VerificationKeys#ofJwksUrl}.
 */
public final class JwtAuthenticator implements Authenticator {
  /** More than a container takes as one header by default. */
  private static final int MAX_TOKEN_LENGTH = 16 * 1024;

  private static final Refused INVALID = new Refused(401, "invalid token");
  private static final Refused CANNOT_TELL = new Refused(503, "cannot verify tokens now");

  private final List<TokenSource> sources;
  private final String userClaim;
  private final List<String> metadataClaims;
  private final Duration clockSkew;
  private final VerificationKeys.Outage outage;
  private final DefaultJWTProcessor<SecurityContext> processor;

  JwtAuthenticator(JwtAuthenticatorBuilder.Parts parts) {
    sources = parts.sources();
    userClaim = parts.userClaim();
    metadataClaims = parts.metadataClaims();
    clockSkew = parts.clockSkew();
    VerificationKeys.Opened keys = parts.keys().open(parts.errors());
    outage = keys.outage();
    processor = new DefaultJWTProcessor<>();
    processor.setJWSTypeVerifier(
        // The second is that of access tokens (RFC 9068 section 2.1); null is none.
        new DefaultJOSEObjectTypeVerifier<>(
            JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(Set.copyOf(parts.algorithms()), keys.source()));
    processor.setJWTClaimsSetVerifier(claimsVerifier(parts));
  }

  private static DefaultJWTClaimsVerifier<SecurityContext> claimsVerifier(
      JwtAuthenticatorBuilder.Parts parts) {
    InstantSource clock = parts.clock();
    JWTClaimsSet exactly = new JWTClaimsSet.Builder().issuer(parts.issuer()).build();
    Set<String> required = new HashSet<>(Set.of("exp"));
    required.add(parts.userClaim());
    DefaultJWTClaimsVerifier<SecurityContext> verifier =
        new DefaultJWTClaimsVerifier<>(Set.of(parts.audience()), exactly, required, null) {
          @Override
          protected Date currentTime() {
            return Date.from(clock.instant());
          }
        };
    verifier.setMaxClockSkew(Math.toIntExact(parts.clockSkew().toSeconds()));
    return verifier;
  }

  /**
   * Begins one.
   *
   * @return a builder
   */
  public static JwtAuthenticatorBuilder builder() {
    return new JwtAuthenticatorBuilder();
  }

  /** Verifies the token of a handshake, the one of the first source that has any. */
  @Override
  public Result authenticate(Handshake handshake) {
    for (TokenSource source : sources) {
      List<String> tokens = source.find(handshake);
      if (tokens.size() > 1) {
        return new Refused(401, "more than one token");
      }
      if (!tokens.isEmpty()) {
        return verify(tokens.get(0));
      }
    }
    return new Refused(401, "token required");
  }

  /**
   * Verifies a token, wherever it comes from.
   *
   * @param token the token
   * @return Accepted with its user and its expiry, the skew included; or Refused with 401, or with
   *     503 if its key could not be fetched
   */
  public Result verify(String token) {
    if (token.length() > MAX_TOKEN_LENGTH) {
      return INVALID;
    }
    try {
      return accepted(processor.process(SignedJWT.parse(token), null));
    } catch (ExpiredJWTException e) {
      return new Refused(401, "token expired");
    } catch (RateLimitReachedException e) {
      // Its key is in no set that was fetched a moment ago, unless none could be fetched.
      return outage.lasts() ? CANNOT_TELL : INVALID;
    } catch (KeySourceException e) {
      return CANNOT_TELL;
    } catch (ParseException | BadJOSEException | JOSEException | RuntimeException e) {
      // What these say quotes the token.
      return INVALID;
    }
  }

  private Result accepted(JWTClaimsSet claims) {
    if (!(claims.getClaim(userClaim) instanceof String user)) {
      return INVALID;
    }
    Map<String, String> metadata = new HashMap<>();
    for (String name : metadataClaims) {
      Object value = claims.getClaim(name);
      if (value instanceof String || value instanceof Number || value instanceof Boolean) {
        metadata.put(name, value.toString());
      }
    }
    return new Accepted(
        Address.user(user).name(),
        metadata,
        claims.getExpirationTime().toInstant().plus(clockSkew));
  }
}
