package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.distributedsockets.AccessPolicy;
import org.distributedsockets.Address;
import org.distributedsockets.Connection;
import org.distributedsockets.LaneOverflow;
import org.distributedsockets.MessageListener;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.Outcome.Reason;
import org.distributedsockets.Settings;
import org.distributedsockets.engine.ClientServices.ClientLimits;
import org.distributedsockets.engine.Clients.Sent;
import org.distributedsockets.metrics.Counter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InboundFramesTest {
  private static final String TOO_LARGE =
      "{\"error\":\"too_large\",\"message\":\"frame longer than 100 bytes\"}";

  private final Clients clients = new Clients();
  private final ManualChannel channel = ManualChannel.inline();

  private ClientConnection open() {
    return clients.open("c1", "alice", channel);
  }

  /** What the client got since the last look. */
  private List<String> answers() {
    clients.manual.runAll();
    List<String> answers = List.copyOf(channel.sent);
    channel.sent.clear();
    return answers;
  }

  private static String notTaken(String reason, String id) {
    return "{\"error\":\"unavailable\",\"message\":\""
        + reason
        + "\""
        + (id == null ? "" : ",\"id\":\"" + id + "\"")
        + "}";
  }

  private static String direct(String body) {
    return "{\"to\":\"bob\",\"body\":" + body + "}";
  }

  private static String direct(String body, String id) {
    return "{\"to\":\"bob\",\"body\":" + body + ",\"id\":\"" + id + "\"}";
  }

  // ---- what the application allows

  @Test
  void theApplicationDecidesWhoMayJoinAndWhoMaySend() {
    clients.access =
        new AccessPolicy() {
          @Override
          public boolean mayJoin(Connection connection, String group) {
            return !group.equals("staff");
          }

          @Override
          public boolean maySend(Connection connection, Address to) {
            if (to.name().equals("broken")) {
              throw new IllegalStateException("no");
            }
            return to.name().equals("bob");
          }
        };
    ClientConnection connection = open();
    connection.text("{\"join\":\"staff\",\"id\":\"1\"}", true);
    connection.text("{\"join\":\"room\"}", true);
    connection.text("{\"group\":\"room\",\"body\":1,\"id\":\"2\"}", true);
    connection.text("{\"to\":\"broken\",\"body\":1,\"id\":\"3\"}", true);
    connection.text(direct("1"), true);
    assertEquals(
        List.of(
            "{\"error\":\"forbidden\",\"message\":\"may not join\",\"id\":\"1\"}",
            "{\"error\":\"forbidden\",\"message\":\"may not send\",\"id\":\"2\"}",
            "{\"error\":\"forbidden\",\"message\":\"may not send\",\"id\":\"3\"}"),
        answers());
    assertEquals(Set.of("room"), connection.groups());
    assertEquals(1, clients.sent.size());
    assertEquals(List.of("the access policy threw"), clients.errors.lines);
  }

  // ---- parts and limits

  @Test
  void putsTheirPartsTogether() {
    ClientConnection connection = open();
    String frame = direct("\"hello\"");
    for (int i = 0; i < frame.length(); i++) {
      connection.text(frame.substring(i, i + 1), i == frame.length() - 1);
    }
    connection.text("", false);
    connection.text(direct("2"), true);
    assertEquals(List.of("\"hello\"", "2"), clients.sent.stream().map(Sent::payload).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "é", "€", "😀"})
  void countsTheLimitInBytesOfUtf8(String character) {
    ClientConnection connection = open();
    int room = 100 - direct("\"\"").length();
    int size = character.getBytes(StandardCharsets.UTF_8).length;
    String filled = character.repeat(room / size) + "x".repeat(room % size);
    connection.text(direct("\"" + filled + "\""), true);
    assertEquals(1, clients.sent.size(), "at the limit");
    connection.text(direct("\"" + filled + "x\""), true);
    assertEquals(1, clients.sent.size(), "a byte over it");
    assertEquals(List.of(TOO_LARGE), answers());
  }

  @Test
  void countsACharacterThatIsCutInTwo() {
    ClientConnection connection = open();
    String frame = direct("\"" + "x".repeat(100 - 4 - direct("\"\"").length()) + "😀\"");
    int middle = frame.indexOf('\ud83d') + 1;
    connection.text(frame.substring(0, middle), false);
    connection.text(frame.substring(middle), true);
    assertEquals(1, clients.sent.size());
    assertTrue(clients.sent.get(0).payload().endsWith("😀\""));
  }

  @Test
  void skipsAFrameThatIsTooLargeAndGoesOn() {
    ClientConnection connection = open();
    connection.text(direct("\"" + "x".repeat(60)), false);
    connection.text("y".repeat(60), false);
    connection.text("z".repeat(60) + "\"}", true);
    assertEquals(List.of(TOO_LARGE), answers());
    connection.text(direct("1"), true);
    assertEquals(1, clients.sent.size());
  }

  @Test
  void closesAFrameOfMoreThanFourTimesTheLimit() {
    ClientConnection connection = open();
    connection.text("x".repeat(400), false);
    clients.manual.runAll();
    assertEquals(List.of(), channel.closes);
    connection.text("x", false);
    clients.manual.runAll();
    assertEquals(List.of("1009 frame longer than 400 bytes"), channel.closes);
    connection.text("x", true);
    assertEquals(List.of(), answers());
  }

  @Test
  void answersBinaryFramesAndStaysOpen() {
    open().binary();
    assertEquals(
        List.of("{\"error\":\"unsupported\",\"message\":\"binary frames are not supported\"}"),
        answers());
    assertEquals(List.of(), channel.closes);
  }

  @Test
  void answersWhatIsNoFrameWithItsIdWhereThatCanBeRead() {
    ClientConnection connection = open();
    connection.text("{\"id\":\"x\",\"to\":1}", true);
    connection.text("nonsense", true);
    List<String> answers = answers();
    assertTrue(answers.get(0).startsWith("{\"error\":\"bad_request\""), answers.get(0));
    assertTrue(answers.get(0).endsWith("\"id\":\"x\"}"), answers.get(0));
    assertTrue(answers.get(1).startsWith("{\"error\":\"bad_request\""), answers.get(1));
    assertEquals(2, clients.metrics.of(Counter.FRAMES_BAD));
    assertEquals(2, clients.metrics.of(Counter.FRAMES_IN));
  }

  @Test
  void refusesMoreGroupsThanAClientMayJoin() {
    ClientConnection connection = open();
    connection.text("{\"join\":\"a\"}", true);
    connection.text("{\"join\":\"b\"}", true);
    connection.text("{\"join\":\"b\",\"id\":\"j1\"}", true);
    connection.text("{\"join\":\"c\",\"id\":\"j2\"}", true);
    assertEquals(
        List.of(
            "{\"error\":\"forbidden\",\"message\":\"member of too many groups\",\"id\":\"j2\"}",
            "{\"receipt\":\"j1\",\"status\":\"ok\"}"),
        answers());
    assertEquals(Set.of("a", "b"), connection.groups());
    connection.text("{\"leave\":\"a\"}", true);
    connection.text("{\"join\":\"c\",\"id\":\"j3\"}", true);
    assertEquals(List.of("{\"receipt\":\"j3\",\"status\":\"ok\"}"), answers());
  }

  // ---- rates

  @ParameterizedTest
  @CsvSource({
    "client.message-rate-per-user,192.0.2.1,alice,192.0.2.9,bob",
    "client.message-rate-per-address,192.0.2.1,bob,192.0.2.9,alice"
  })
  void connectionsOfOneUserOrAddressShareTheirRate(
      String limit, String address, String sharing, String otherAddress, String other) {
    Settings settings =
        Settings.builder().properties(Map.of("distributed-sockets." + limit, "2")).build();
    clients.shared = new SharedLimits(settings);
    clients.clientAddress = address;
    ClientConnection first = clients.open("c1", "alice", ManualChannel.inline());
    ClientConnection second = clients.open("c2", sharing, channel);
    clients.clientAddress = otherAddress;
    ClientConnection third = clients.open("c3", other, ManualChannel.inline());

    first.text(direct("1"), true);
    second.text(direct("2"), true);
    second.text(direct("3", "m3"), true);
    assertEquals(
        List.of("{\"error\":\"rate_limited\",\"message\":\"too many frames\",\"id\":\"m3\"}"),
        answers());
    first.binary();
    third.text(direct("4"), true);
    assertEquals(3, clients.sent.size());

    clients.manual.advance(Duration.ofSeconds(1));
    second.text(direct("5"), true);
    assertEquals(4, clients.sent.size());
    first.closed(1000);
    second.closed(1000);
    third.closed(1000);
    clients.manual.advance(Duration.ofSeconds(1));
    clients.shared.forgetIdle(clients.manual.nanoTime());
    assertEquals(0, clients.shared.size());
  }

  @Test
  void anAttachedSessionHasNoAddressThatCouldCount() {
    clients.shared =
        new SharedLimits(Settings.builder().set(NodeSettings.MESSAGE_RATE_PER_ADDRESS, 1).build());
    ClientConnection connection = open();
    connection.text(direct("1"), true);
    connection.text(direct("2"), true);
    assertEquals(2, clients.sent.size());
  }

  @Test
  void limitsTheRateOfMessagesAndNamesTheFrame() {
    clients.limits =
        new ClientLimits(
            100, 2, 3, 0, 2, 2, 10_000, LaneOverflow.CLOSE, 1L << 40, 1L << 40, 1L << 40);
    ClientConnection connection = open();
    for (int i = 0; i < 4; i++) {
      connection.text(direct("1", "m" + i), true);
    }
    assertEquals(3, clients.sent.size());
    assertEquals(
        List.of("{\"error\":\"rate_limited\",\"message\":\"too many frames\",\"id\":\"m3\"}"),
        answers());
    clients.manual.advance(Duration.ofMillis(500));
    connection.text(direct("1"), true);
    assertEquals(4, clients.sent.size());
  }

  @Test
  void countsFramesThatCannotBeUsed() {
    clients.limits =
        new ClientLimits(
            100, 2, 3, 0, 2, 2, 10_000, LaneOverflow.CLOSE, 1L << 40, 1L << 40, 1L << 40);
    ClientConnection connection = open();
    connection.binary();
    connection.text("[]", true);
    connection.text("x".repeat(101), true);
    connection.binary();
    connection.text("[]", true);
    connection.text(direct("1", "m1"), true);
    assertEquals(List.of(), clients.sent);
    assertEquals(
        List.of(
            "unsupported",
            "bad_request",
            "too_large",
            "rate_limited",
            "rate_limited",
            "rate_limited"),
        answers().stream().map(answer -> answer.replaceAll("^\\{\"error\":\"|\",.*", "")).toList());
  }

  @Test
  void aBurstWithoutItsOwnLimitIsASecondsWorth() {
    clients.limits =
        new ClientLimits(
            100, 2, 0, 0, 2, 2, 10_000, LaneOverflow.CLOSE, 1L << 40, 1L << 40, 1L << 40);
    ClientConnection connection = open();
    for (int i = 0; i < 5; i++) {
      connection.text(direct("1"), true);
    }
    assertEquals(2, clients.sent.size());
  }

  @Test
  void limitsTheRateOfBytesButLetsOneWholeFrameThrough() {
    clients.limits =
        new ClientLimits(
            100, 0, 0, 10, 2, 2, 10_000, LaneOverflow.CLOSE, 1L << 40, 1L << 40, 1L << 40);
    ClientConnection connection = open();
    String whole = direct("\"" + "x".repeat(100 - direct("\"\"").length()) + "\"");
    connection.text(whole, true);
    connection.text(direct("1"), true);
    assertEquals(1, clients.sent.size());
    assertTrue(answers().get(0).startsWith("{\"error\":\"rate_limited\""));
    clients.manual.advance(Duration.ofSeconds(10));
    connection.text(whole, true);
    assertEquals(2, clients.sent.size());
  }

  // ---- groups

  @Test
  void answersAJoinWhenTheRegistryHasIt() {
    open().text("{\"join\":\"room\",\"id\":\"j1\"}", true);
    assertEquals(List.of(), channel.sent);
    assertEquals(List.of("{\"receipt\":\"j1\",\"status\":\"ok\"}"), answers());
    assertEquals(Set.of("alice/c1", "room/n1"), clients.registry.registered());
  }

  @Test
  void answersALeaveAndIsSilentWithoutAnId() {
    ClientConnection connection = open();
    connection.text("{\"join\":\"room\"}", true);
    connection.text("{\"leave\":\"room\",\"id\":\"l1\"}", true);
    connection.text("{\"leave\":\"room\",\"id\":\"l2\"}", true);
    assertEquals(
        List.of("{\"receipt\":\"l2\",\"status\":\"ok\"}", "{\"receipt\":\"l1\",\"status\":\"ok\"}"),
        answers());
    assertFalse(connection.isMember("room"));
  }

  @Test
  void onlyMembersSendToAGroup() {
    ClientConnection connection = open();
    String frame = "{\"group\":\"room\",\"body\":1,\"id\":\"g1\"}";
    connection.text(frame, true);
    assertEquals(
        List.of(
            "{\"error\":\"forbidden\",\"message\":\"not a member of the group\",\"id\":\"g1\"}"),
        answers());
    connection.text("{\"join\":\"room\"}", true);
    connection.text(frame, true);
    assertEquals(1, clients.sent.size(), "right after the unanswered join");
    assertEquals(Address.group("room"), clients.sent.get(0).to());
    assertEquals("c1", clients.sent.get(0).options().exceptConnection());
    connection.text("{\"leave\":\"room\"}", true);
    connection.text(frame, true);
    assertEquals(1, clients.sent.size());
  }

  // ---- messages and receipts

  @Test
  void sendsInTheUsersNameAndAsksForTheRecipientOnlyForAReceipt() {
    ClientConnection connection = open();
    connection.text(direct("{\"a\": 1}", "m1"), true);
    connection.text(direct("2"), true);
    Sent first = clients.sent.get(0);
    assertEquals(Address.user("bob"), first.to());
    assertEquals("{\"a\": 1}", first.payload());
    assertEquals("alice", first.options().from());
    assertTrue(first.options().awaitRecipient());
    assertNull(first.options().exceptConnection(), "a message to oneself reaches all");
    assertFalse(clients.sent.get(1).options().awaitRecipient());
  }

  @Test
  void answersEachIdOnceWhateverTheOutcome() {
    ClientConnection connection = open();
    List<Outcome> outcomes =
        List.of(
            Outcome.delivered(2),
            Outcome.accepted(),
            Outcome.offline(),
            Outcome.expired(),
            Outcome.rejected(Reason.LANE_FULL),
            Outcome.unavailable(Reason.BUS_UNAVAILABLE));
    for (int i = 0; i < outcomes.size(); i++) {
      connection.text(direct("1", "m" + i), true);
    }
    assertEquals(List.of(), answers());
    for (int i = outcomes.size() - 1; i >= 0; i--) {
      clients.sent.get(i).outcome().complete(outcomes.get(i));
    }
    assertEquals(
        List.of(
            "{\"receipt\":\"m5\",\"status\":\"unavailable\",\"reason\":\"bus_unavailable\"}",
            "{\"receipt\":\"m4\",\"status\":\"rejected\",\"reason\":\"lane_full\"}",
            "{\"receipt\":\"m3\",\"status\":\"expired\"}",
            "{\"receipt\":\"m2\",\"status\":\"offline\"}",
            "{\"receipt\":\"m1\",\"status\":\"accepted\"}",
            "{\"receipt\":\"m0\",\"status\":\"delivered\",\"connections\":2}"),
        answers());
  }

  @Test
  void isSilentWithoutAnIdUnlessTheMessageWasRefused() {
    ClientConnection connection = open();
    for (Outcome outcome :
        List.of(Outcome.delivered(1), Outcome.accepted(), Outcome.offline(), Outcome.expired())) {
      connection.text(direct("1"), true);
      clients.sent.get(clients.sent.size() - 1).outcome().complete(outcome);
    }
    assertEquals(List.of(), answers());
  }

  @Test
  void saysAtMostOnceASecondThatMessagesWithoutAnIdAreNotTaken() {
    ClientConnection connection = open();
    for (int i = 0; i < 3; i++) {
      connection.text(direct("1"), true);
      clients.sent.get(i).outcome().complete(Outcome.rejected(Reason.NODE_BUSY));
    }
    assertEquals(List.of(notTaken("node_busy", null)), answers());
    clients.manual.advance(Duration.ofMillis(999));
    connection.text(direct("1"), true);
    clients.sent.get(3).outcome().complete(Outcome.unavailable(Reason.BUS_UNAVAILABLE));
    assertEquals(List.of(), answers());
    clients.manual.advance(Duration.ofMillis(1));
    connection.text(direct("1"), true);
    clients.sent.get(4).outcome().complete(Outcome.unavailable(Reason.BUS_UNAVAILABLE));
    assertEquals(List.of(notTaken("bus_unavailable", null)), answers());
  }

  @Test
  void aListenerMayAnswerByItself() {
    clients.messages =
        message -> CompletableFuture.completedFuture(Outcome.rejected(Reason.FORBIDDEN));
    open().text(direct("1", "m1"), true);
    assertEquals(
        List.of("{\"receipt\":\"m1\",\"status\":\"rejected\",\"reason\":\"forbidden\"}"),
        answers());
    assertEquals(List.of(), clients.sent);
  }

  @Test
  void aListenerThatThrowsIsReported() {
    assertUnavailable(
        message -> {
          throw new IllegalStateException("broken");
        },
        "the message listener threw");
  }

  @Test
  void aListenerThatReturnsNullIsReported() {
    assertUnavailable(message -> null, "the message listener returned null");
  }

  @Test
  void aListenerWhoseStageFailsIsReported() {
    assertUnavailable(
        message -> CompletableFuture.failedFuture(new IllegalStateException("broken")),
        "the message listener's stage failed");
  }

  @Test
  void aListenerWhoseStageGivesNullIsReported() {
    assertUnavailable(
        message -> CompletableFuture.completedFuture(null), "the message listener's stage failed");
  }

  /** With an id each time, without one at most once a second. */
  private void assertUnavailable(MessageListener listener, String reported) {
    clients.messages = listener;
    ClientConnection connection = open();
    connection.text(direct("1", "m1"), true);
    connection.text(direct("1", "m2"), true);
    assertEquals(
        List.of(
            notTaken("the message was not taken", "m1"),
            notTaken("the message was not taken", "m2")),
        answers());
    connection.text(direct("1"), true);
    connection.text(direct("1"), true);
    assertEquals(List.of(notTaken("the message was not taken", null)), answers());
    assertEquals(List.of(reported, reported, reported, reported), clients.errors.lines);
  }
}
