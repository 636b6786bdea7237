package org.distributedsockets.jwt;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.distributedsockets.ErrorListener;

/** The keys that signatures are verified with. Immutable. */
public final class VerificationKeys {
  private final Opener opener;
  private final boolean hasSecrets;

  private VerificationKeys(boolean hasSecrets, Opener opener) {
    this.hasSecrets = hasSecrets;
    this.opener = opener;
  }

  /** What is verified with them may fetch them, and has to say so if it cannot. */
  @FunctionalInterface
  private interface Opener {
    Opened open(ErrorListener errors);
  }

  /**
   * Keys in use.
   *
   * @param source finds them
   * @param outage whether the last try to fetch them failed
   */
  record Opened(JWKSource<SecurityContext> source, Outage outage) {}

  /** Whether keys could not be fetched when they were asked for last. */
  @FunctionalInterface
  interface Outage {
    boolean lasts();
  }

  /**
   * How a key set is fetched.
   *
   * @param timeout how long one try may take in all, and how long others wait for it
   * @param cacheLife after what time it is fetched anew
   * @param minInterval no more than two tries begin within this time, whatever key ids arrive
   * @param outageLife how long a set may be used after its cache life if it cannot be fetched
   */
  record Fetching(Duration timeout, Duration cacheLife, Duration minInterval, Duration outageLife) {
    static final Fetching DEFAULT =
        new Fetching(
            Duration.ofSeconds(2),
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            Duration.ofHours(1));
  }

  /**
   * Reads public keys or certificates, RSA or EC, in PEM form (RFC 7468), as many as the file
   * holds. Reads the file once, now. Each is tried, whatever key id a token names.
   *
   * @param file the file
   * @return the keys
   * @throws IllegalArgumentException if it cannot be read, or holds none or something else; quotes
   *     nothing of it
   */
  public static VerificationKeys ofPemFile(Path file) {
    JWKSet keys = new JWKSet(PemKeys.parse(read(file), file));
    return of(false, (selector, context) -> anyId(selector).select(keys));
  }

  /** Keys in PEM form have no id, whatever id a token names. */
  private static JWKSelector anyId(JWKSelector selector) {
    return new JWKSelector(
        new JWKMatcher.Builder(selector.getMatcher()).keyIDs((Set<String>) null).build());
  }

  /**
   * Reads a JWK set (RFC 7517 section 5). Secret keys in it are for the HS algorithms. Reads the
   * file once, now.
   *
   * @param file the file
   * @return the keys
   * @throws IllegalArgumentException if it cannot be read, or is no such set or an empty one;
   *     quotes nothing of it
   */
  public static VerificationKeys ofJwkSetFile(Path file) {
    List<JWK> keys;
    try {
      keys = JWKSet.parse(read(file)).getKeys();
    } catch (ParseException e) {
      // Without the cause, which quotes what it cannot read.
      throw new IllegalArgumentException("not a JWK set: " + file);
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("no key in " + file);
    }
    return of(keys);
  }

  /**
   * Fetches a JWK set from an address when it is needed: for the first token, after ten minutes,
   * and for a key id that is not in it, but not more than twice within 30 s. Who needs it waits for
   * at most 2 s. If it cannot be fetched, the last one goes on for an hour more.
   *
   * @param url https, or http to this machine
   * @return the keys
   * @throws IllegalArgumentException if it is another kind of address, or holds credentials
   */
  public static VerificationKeys ofJwksUrl(URI url) {
    return ofJwksUrl(url, Fetching.DEFAULT);
  }

  static VerificationKeys ofJwksUrl(URI url, Fetching fetching) {
    URL address = checked(url);
    return new VerificationKeys(
        false,
        errors -> {
          JwksRetriever retriever = new JwksRetriever(fetching.timeout(), errors);
          long cacheMillis = fetching.cacheLife().toMillis();
          JWKSource<SecurityContext> source =
              JWKSourceBuilder.<SecurityContext>create(address, retriever)
                  // It would start a thread that nobody ends.
                  .refreshAheadCache(false)
                  .cache(cacheMillis, fetching.timeout().toMillis())
                  .rateLimited(fetching.minInterval().toMillis())
                  .outageTolerant(cacheMillis + fetching.outageLife().toMillis())
                  .build();
          return new Opened(source, retriever::lastTryFailed);
        });
  }

  private static URL checked(URI url) {
    String host = url.getHost();
    boolean here = List.of("localhost", "127.0.0.1", "[::1]").contains(String.valueOf(host));
    boolean safe = "https".equals(url.getScheme()) || ("http".equals(url.getScheme()) && here);
    if (host == null || !safe || url.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "the address of a JWK set must be https, or http to this machine, without credentials");
    }
    try {
      return url.toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("no address of a JWK set", e);
    }
  }

  private static VerificationKeys of(List<JWK> keys) {
    // Of a private key only the public part is kept.
    JWKSet set = new JWKSet(keys.stream().map(VerificationKeys::verifyingPart).toList());
    boolean secrets = keys.stream().anyMatch(key -> key.toPublicJWK() == null);
    return of(secrets, new ImmutableJWKSet<>(set));
  }

  private static VerificationKeys of(boolean secrets, JWKSource<SecurityContext> source) {
    Opened opened = new Opened(source, () -> false);
    return new VerificationKeys(secrets, errors -> opened);
  }

  private static JWK verifyingPart(JWK key) {
    JWK publicPart = key.toPublicJWK();
    return publicPart == null ? key : publicPart;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot be read: " + file, e);
    }
  }

  boolean hasSecrets() {
    return hasSecrets;
  }

  Opened open(ErrorListener errors) {
    return opener.open(errors);
  }

  /** Shows no key. */
  @Override
  public String toString() {
    return "VerificationKeys";
  }
}
