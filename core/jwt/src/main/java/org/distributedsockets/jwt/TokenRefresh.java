package org.distributedsockets.jwt;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.distributedsockets.Address;
import org.distributedsockets.Authenticator;
import org.distributedsockets.ClientMessage;
import org.distributedsockets.Connection;
import org.distributedsockets.MessageListener;
import org.distributedsockets.Outcome;

/**
 * Takes a new token from a connected client, as a message to an address that the application
 * reserves for it; such a message goes to nobody else. All others go to the next listener.
 *
 * <pre>{@code
 * new TokenRefresh("$token", jwt::verify, executor, ClientMessage::forward)
 *
 * {"to":"$token","body":"eyJhbGciOi...","id":"r1"}
 * {"receipt":"r1","status":"delivered","connections":1}
 * }</pre>
 *
 * <p>The receipt says {@code delivered} if the connection has the new credentials. It keeps the old
 * ones, and its old end, if the receipt says {@code rejected}: {@code forbidden} for a token that
 * is not valid or another user's, {@code node_busy} if that could not be told now. Thread-safe;
 * does not block.
 */
public final class TokenRefresh implements MessageListener {
  /** A token as a JSON text: none of its characters needs an escape (RFC 6750 section 2.1). */
  private static final Pattern TOKEN = Pattern.compile("\"[A-Za-z0-9._~+/=-]+\"");

  private static final Outcome REFUSED = Outcome.rejected(Outcome.Reason.FORBIDDEN);
  private static final Outcome TRY_AGAIN = Outcome.rejected(Outcome.Reason.NODE_BUSY);

  private final Address address;
  private final Function<String, Authenticator.Result> verifier;
  private final Executor executor;
  private final MessageListener next;

  /**
   * Makes one.
   *
   * @param user the user id that is reserved for this; nobody must be able to be that user
   * @param verifier verifies a token, such as {@link JwtAuthenticator#verify}
   * @param executor where it is called, since it may wait for a key set; should be bounded: what it
   *     rejects the client may try again
   * @param next takes all other messages
   * @throws IllegalArgumentException if the id breaks a rule of {@link Address}
   */
  public TokenRefresh(
      String user,
      Function<String, Authenticator.Result> verifier,
      Executor executor,
      MessageListener next) {
    this.address = Address.user(user);
    this.verifier = Objects.requireNonNull(verifier, "verifier");
    this.executor = Objects.requireNonNull(executor, "executor");
    this.next = Objects.requireNonNull(next, "next");
  }

  @Override
  public CompletionStage<Outcome> onMessage(ClientMessage message) {
    if (!message.to().equals(address)) {
      return next.onMessage(message);
    }
    String body = message.payload();
    if (!TOKEN.matcher(body).matches()) {
      return CompletableFuture.completedStage(REFUSED);
    }
    String token = body.substring(1, body.length() - 1);
    try {
      return CompletableFuture.supplyAsync(() -> refresh(message.sender(), token), executor);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedStage(TRY_AGAIN);
    }
  }

  private Outcome refresh(Connection connection, String token) {
    Authenticator.Result result = verifier.apply(token);
    if (result instanceof Authenticator.Accepted accepted) {
      if (!accepted.user().equals(connection.user())) {
        return REFUSED;
      }
      connection.replaceCredentials(accepted);
      return Outcome.delivered(1);
    }
    return result instanceof Authenticator.Refused refused && refused.status() == 503
        ? TRY_AGAIN
        : REFUSED;
  }
}
