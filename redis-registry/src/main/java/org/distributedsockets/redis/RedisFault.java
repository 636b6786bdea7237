package org.distributedsockets.redis;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/**
 * What a failure of the driver means. Immutable.
 *
 * @param what completes "Redis at x:1 ...", in one line; may hold what the server said
 * @param retryable whether time may heal it
 * @param dropConnections whether the connections at hand are of no use any more
 * @param connectionLost whether the same call may work at once over a new connection
 */
record RedisFault(String what, boolean retryable, boolean dropConnections, boolean connectionLost) {
  static final String IS_A_CLUSTER = "is part of a Redis Cluster: set redis.mode=cluster";

  /** The server is up, but is not, or not yet, the one to write to. */
  private static final Set<String> WRONG_SERVER =
      Set.of("READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN");

  /** The server is the right one and will do it later. */
  private static final Set<String> LATER =
      Set.of("BUSY", "TRYAGAIN", "OOM", "MISCONF", "NOREPLICAS");

  /** What commons-pool says of a pool that another call gave up meanwhile. */
  private static final String POOL_CLOSED = "Pool not open";

  private static final Set<String> LOGIN = Set.of("WRONGPASS", "NOPERM");

  static RedisFault of(Throwable thrown) {
    List<Throwable> chain = chain(thrown);
    return tls(chain)
        .or(() -> answer(chain))
        .or(() -> connection(chain))
        .orElseGet(() -> new RedisFault("failed: " + oneLine(thrown), false, true, false));
  }

  private static Optional<RedisFault> tls(List<Throwable> chain) {
    for (Throwable thrown : chain) {
      if (thrown instanceof CertificateException || thrown instanceof CertPathValidatorException) {
        return fatal("has a certificate that is not accepted: " + oneLine(thrown));
      }
    }
    for (Throwable thrown : chain) {
      if (thrown instanceof SSLException && !isInterrupted(thrown)) {
        return fatal("does not agree on TLS: " + oneLine(thrown));
      }
    }
    return Optional.empty();
  }

  /** Whether the other side just went away in the middle of it. */
  private static boolean isInterrupted(Throwable thrown) {
    Throwable cause = thrown.getCause();
    return cause instanceof EOFException
        || cause instanceof SocketException
        || cause instanceof SocketTimeoutException;
  }

  private static Optional<RedisFault> answer(List<Throwable> chain) {
    for (Throwable thrown : chain) {
      if (thrown instanceof JedisRedirectionException) {
        return fatal(IS_A_CLUSTER);
      }
      if (thrown instanceof JedisDataException) {
        return Optional.of(answer(thrown));
      }
    }
    return Optional.empty();
  }

  private static RedisFault answer(Throwable thrown) {
    String text = oneLine(thrown);
    String code = text.substring(0, (text + " ").indexOf(' ')).toUpperCase(Locale.ROOT);
    if (WRONG_SERVER.contains(code)) {
      return new RedisFault("cannot do that now: " + text, true, true, false);
    }
    if (LATER.contains(code)) {
      return new RedisFault("cannot do that now: " + text, true, false, false);
    }
    if (code.equals("NOAUTH")) {
      return new RedisFault("refuses access: NOAUTH, it wants a password", false, true, false);
    }
    // What a script was refused is told inside another error.
    if (thrown instanceof JedisAccessControlException
        || LOGIN.contains(code)
        || text.contains("NOPERM")
        || text.contains("ACL failure")) {
      return new RedisFault("refuses access: " + text, false, true, false);
    }
    return new RedisFault("refused a command: " + text, false, true, false);
  }

  private static Optional<RedisFault> connection(List<Throwable> chain) {
    String text = null;
    boolean lost = false;
    boolean silent = false;
    for (Throwable thrown : chain) {
      if (thrown instanceof NoSuchElementException) {
        return Optional.of(
            new RedisFault("has all connections of the pool in use", true, false, false));
      }
      if (thrown instanceof IllegalStateException && POOL_CLOSED.equals(thrown.getMessage())) {
        return Optional.of(
            new RedisFault("has its connections replaced at the moment", true, false, true));
      }
      lost |= thrown instanceof JedisConnectionException;
      silent |= thrown instanceof SocketTimeoutException;
      String said = network(thrown);
      text = said == null ? text : said;
    }
    if (lost && text == null) {
      text = "lost the connection: " + oneLine(chain.get(0));
    }
    // Who was silent for so long is not asked again at once.
    boolean again = !silent;
    return Optional.ofNullable(text).map(what -> new RedisFault(what, true, true, again));
  }

  private static @Nullable String network(Throwable thrown) {
    if (thrown instanceof SocketTimeoutException) {
      return "did not answer in time";
    }
    if (thrown instanceof UnknownHostException) {
      return "cannot be reached: unknown host";
    }
    if (thrown instanceof ConnectException || thrown instanceof SocketException) {
      return "cannot be reached: " + oneLine(thrown);
    }
    return thrown instanceof EOFException ? "closed the connection" : null;
  }

  private static Optional<RedisFault> fatal(String what) {
    return Optional.of(new RedisFault(what, false, true, false));
  }

  /** An exception with its causes and what it suppressed; the driver hides causes in both. */
  private static List<Throwable> chain(Throwable thrown) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Throwable> chain = new ArrayList<>();
    add(thrown, chain, seen);
    return chain;
  }

  private static void add(@Nullable Throwable thrown, List<Throwable> chain, Set<Throwable> seen) {
    if (thrown == null || !seen.add(thrown)) {
      return;
    }
    chain.add(thrown);
    add(thrown.getCause(), chain, seen);
    for (Throwable suppressed : thrown.getSuppressed()) {
      add(suppressed, chain, seen);
    }
  }

  static String oneLine(Throwable thrown) {
    String message = thrown.getMessage();
    String text = message == null ? thrown.getClass().getSimpleName() : message;
    String printable = text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return printable.length() > 300 ? printable.substring(0, 300) + "..." : printable;
  }

  /** Whether a secret stands in the text of an exception or of what caused it. */
  static boolean shows(Throwable thrown, String secret) {
    return chain(thrown).stream()
        .map(Throwable::getMessage)
        .anyMatch(message -> message != null && message.contains(secret));
  }
}
