package org.distributedsockets.jwt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.distributedsockets.Address;
import org.distributedsockets.Authenticator;
import org.distributedsockets.Authenticator.Accepted;
import org.distributedsockets.ClientMessage;
import org.distributedsockets.Connection;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenRefreshTest {
  private static final Accepted BOB = new Accepted("bob", Map.of(), Instant.MAX);
  private static final Outcome REFUSED = Outcome.rejected(Reason.FORBIDDEN);
  private static final Outcome TRY_AGAIN = Outcome.rejected(Reason.NODE_BUSY);

  private final Connection connection = mock(Connection.class);
  private final Queue<Runnable> executor = new ArrayDeque<>();
  private final List<String> verified = new ArrayList<>();
  private final List<ClientMessage> passedOn = new ArrayList<>();
  private Authenticator.Result result = BOB;
  private final TokenRefresh refresh =
      new TokenRefresh(
          "$token",
          token -> {
            verified.add(token);
            return result;
          },
          executor::add,
          message -> {
            passedOn.add(message);
            return CompletableFuture.completedStage(Outcome.offline());
          });

  private Outcome send(Address to, String payload) {
    CompletionStage<Outcome> outcome = refresh.onMessage(message(to, payload));
    executor.forEach(Runnable::run);
    return outcome.toCompletableFuture().join();
  }

  private ClientMessage message(Address to, String payload) {
    when(connection.user()).thenReturn("bob");
    ClientMessage message = mock(ClientMessage.class);
    when(message.to()).thenReturn(to);
    when(message.payload()).thenReturn(payload);
    when(message.sender()).thenReturn(connection);
    return message;
  }

  private Outcome present(String payload) {
    return send(Address.user("$token"), payload);
  }

  @Test
  void replacesTheCredentialsOfTheConnectionThatSends() {
    assertEquals(Outcome.delivered(1), present("\"a.b-_.c\""));
    verify(connection).replaceCredentials(BOB);
    assertEquals(List.of("a.b-_.c"), verified);
    assertEquals(List.of(), passedOn);
  }

  @Test
  void verifiesOnItsExecutor() {
    CompletionStage<Outcome> outcome =
        refresh.onMessage(message(Address.user("$token"), "\"a.b.c\""));
    assertFalse(outcome.toCompletableFuture().isDone());
    assertEquals(List.of(), verified);
    assertEquals(1, executor.size());
  }

  @Test
  void passesOnWhatIsForSomebodyElse() {
    assertEquals(Outcome.offline(), send(Address.user("$Token"), "\"a.b.c\""));
    assertEquals(Outcome.offline(), send(Address.group("$token"), "\"a.b.c\""));
    assertEquals(2, passedOn.size());
    assertEquals(List.of(), verified);
  }

  @Test
  void refusesTheTokenOfAnotherUserAndOneThatIsNotValid() {
    result = new Accepted("eve", Map.of(), null);
    assertEquals(REFUSED, present("\"a.b.c\""));
    result = Authenticator.refuse("invalid token");
    assertEquals(REFUSED, present("\"a.b.c\""));
    verify(connection, never()).replaceCredentials(any());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1", "null", "\"\"", "{\"a\":\"b\"}", "\"a\\u002eb\"", "\"a b\"", "\"\u00e9\""})
  void refusesWhatIsNoTokenUnseen(String payload) {
    assertEquals(REFUSED, present(payload));
    assertEquals(List.of(), verified);
    assertTrue(passedOn.isEmpty());
  }

  @Test
  void asksToTryAgainWhenItCannotTell() {
    result = new Authenticator.Refused(503, "no keys");
    assertEquals(TRY_AGAIN, present("\"a.b.c\""));
    TokenRefresh full =
        new TokenRefresh(
            "$token",
            token -> BOB,
            task -> {
              throw new RejectedExecutionException("full");
            },
            ClientMessage::forward);
    assertEquals(
        TRY_AGAIN,
        full.onMessage(message(Address.user("$token"), "\"a.b.c\"")).toCompletableFuture().join());
    verify(connection, never()).replaceCredentials(any());
  }
}
