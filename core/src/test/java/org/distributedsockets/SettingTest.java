package org.distributedsockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest {
  private static final Setting<Duration> DURATION =
      Setting.duration(
          "test.duration", Duration.ofSeconds(10), Duration.ZERO, Duration.ofDays(2), "A time.");
  private static final Setting<Duration> LEASE =
      Setting.duration(
          "node.lease", Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofMinutes(5), "A.");
  private static final Setting<Long> BYTES =
      Setting.bytes("test.bytes", 4096, 1, 1L << 40, "A size.");
  private static final Setting<Integer> COUNT = Setting.count("test.count", 5, 0, 10, "A number.");
  private static final Setting<Boolean> FLAG = Setting.flag("test.flag", true, "A flag.");
  private static final Setting<ConnectionLimitPolicy> CHOICE =
      Setting.oneOf("test.choice", ConnectionLimitPolicy.REJECT_NEW, "A choice.");
  private static final Setting<List<String>> LIST =
      Setting.list("test.list", List.of("a"), "A list.");
  private static final Setting<String> TEXT = Setting.text("test.text", "x", "A text.");
  private static final Setting<Optional<String>> OPTIONAL =
      Setting.optionalText("test.optional", "A text or none.");
  private static final Setting<Optional<String>> SECRET =
      Setting.secret("test.password", "A password.");

  @Test
  void shouldNamePropertyAndEnvironment() {
    Setting<Integer> setting = Setting.count("node.lease-renewal", 1, 0, 2, "A number.");
    assertEquals("node.lease-renewal", setting.key());
    assertEquals("distributed-sockets.node.lease-renewal", setting.propertyName());
    assertEquals("DISTRIBUTED_SOCKETS_NODE_LEASE_RENEWAL", setting.environmentName());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Node", "node.", ".node", "node..id", "node_id", "9", "-a", "a b"})
  void shouldRefuseKeyOfOtherForm(String key) {
    assertThrows(IllegalArgumentException.class, () -> Setting.flag(key, true, "A flag."));
  }

  @Test
  void shouldDescribeItself() {
    assertEquals("A time.", DURATION.description());
    assertEquals("duration", DURATION.typeName());
    assertEquals("ms, s, m, h, d", DURATION.units());
    assertEquals("be 0s to 48h", DURATION.constraint());
    assertEquals("be reject-new or close-oldest", CHOICE.constraint());
    assertEquals(
        "distributed-sockets.test.duration (duration, default '10s')", DURATION.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "10s,10000",
    "300ms,300",
    "2m,120000",
    "1h,3600000",
    "1d,86400000",
    "' 5 s ',5000",
    "0s,0",
    "PT1.5S,1500",
    "pt2m,120000"
  })
  void shouldReadDuration(String text, long millis) {
    assertEquals(Duration.ofMillis(millis), DURATION.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10",
        "s",
        "1.5s",
        "-3s",
        "10 sec",
        "1m30s",
        "99999999999999999d",
        "9999999999999999999s"
      })
  void shouldRefuseWhatIsNoDuration(String text) {
    assertEquals(
        "must be a duration such as 10s, 300ms, 2m or PT10S: distributed-sockets.test.duration="
            + text,
        problem(DURATION, text));
  }

  @ParameterizedTest
  @CsvSource({"7h,7h", "999ms,999ms", "PT-10S,PT-10S", "301s,301s", "PT0.0000001S,PT0.0000001S"})
  void shouldRefuseDurationOutOfRange(String text, String shown) {
    assertEquals("must be 1s to 5m: distributed-sockets.node.lease=" + shown, problem(LEASE, text));
  }

  @ParameterizedTest
  @CsvSource({
    "PT10S,10s",
    "60000ms,1m",
    "90s,90s",
    "3600s,1h",
    "1500ms,1500ms",
    "PT0S,0s",
    "PT0.000001S,PT0.000001S"
  })
  void shouldWriteDurationShort(String text, String written) {
    assertEquals(written, DURATION.format(DURATION.parse(text)));
  }

  @ParameterizedTest
  @CsvSource({
    "1000,1000",
    "64KiB,65536",
    "4MiB,4194304",
    "1GiB,1073741824",
    "7B,7",
    "' 2 kib ',2048"
  })
  void shouldReadBytes(String text, long bytes) {
    assertEquals(bytes, BYTES.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "KiB",
        "-1",
        "1.5MiB",
        "4MB",
        "10k",
        "999999999999999999GiB",
        "9999999999999999999"
      })
  void shouldRefuseWhatIsNoNumberOfBytes(String text) {
    assertEquals(
        "must be a number of bytes such as 4MiB, 64KiB or 1000: distributed-sockets.test.bytes="
            + text,
        problem(BYTES, text));
  }

  @Test
  void shouldRefuseBytesOutOfRange() {
    assertEquals("must be 1 to 1024GiB: distributed-sockets.test.bytes=0", problem(BYTES, "0"));
    assertEquals(
        "must be 1 to 1024GiB: distributed-sockets.test.bytes=2048GiB", problem(BYTES, "2048GiB"));
  }

  @ParameterizedTest
  @CsvSource({"4096,4KiB", "1000,1000", "1536,1536", "3145728,3MiB", "1048576KiB,1GiB"})
  void shouldWriteBytesShort(String text, String written) {
    assertEquals(written, BYTES.format(BYTES.parse(text)));
  }

  @Test
  void shouldReadCount() {
    assertEquals(7, COUNT.parse(" 7 "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "seven", "1.0", "1e3", "99999999999"})
  void shouldRefuseWhatIsNoCount(String text) {
    assertEquals(
        "must be a whole number: distributed-sockets.test.count=" + text, problem(COUNT, text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "11"})
  void shouldRefuseCountOutOfRange(String text) {
    assertEquals("must be 0 to 10: distributed-sockets.test.count=" + text, problem(COUNT, text));
  }

  @ParameterizedTest
  @CsvSource({"true,true", "FALSE,false", "' True ',true"})
  void shouldReadFlag(String text, boolean flag) {
    assertEquals(flag, FLAG.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "yes", "1", "on"})
  void shouldRefuseWhatIsNoFlag(String text) {
    assertEquals(
        "must be true or false: distributed-sockets.test.flag=" + text, problem(FLAG, text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"close-oldest", "CLOSE_OLDEST", " Close-Oldest "})
  void shouldReadChoice(String text) {
    assertEquals(ConnectionLimitPolicy.CLOSE_OLDEST, CHOICE.parse(text));
  }

  @Test
  void shouldWriteChoiceInKebabCase() {
    assertEquals("close-oldest", CHOICE.format(ConnectionLimitPolicy.CLOSE_OLDEST));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "closeoldest", "close"})
  void shouldRefuseWhatIsNoChoice(String text) {
    assertEquals(
        "must be reject-new or close-oldest: distributed-sockets.test.choice=" + text,
        problem(CHOICE, text));
  }

  @Test
  void shouldReadList() {
    assertEquals(List.of("a", "b c"), LIST.parse(" a , b c ,,"));
    assertEquals(List.of(), LIST.parse(" "));
    assertEquals("a,b", LIST.format(List.of("a", "b")));
  }

  @Test
  void shouldReadTexts() {
    assertEquals("a b", TEXT.parse(" a b "));
    assertEquals(Optional.of("a"), OPTIONAL.parse(" a "));
    assertEquals(Optional.empty(), OPTIONAL.parse(" "));
  }

  @Test
  void shouldRefuseBlankText() {
    assertEquals(
        "must be a text that is not empty: distributed-sockets.test.text= ", problem(TEXT, " "));
  }

  @Test
  void shouldTakeSecretAsItIs() {
    assertEquals(Optional.of(" s3cret "), SECRET.parse(" s3cret "));
    assertEquals(Optional.empty(), SECRET.parse(""));
    assertTrue(SECRET.isSecret());
    assertFalse(OPTIONAL.isSecret());
  }

  @Test
  void shouldNotShowSecret() {
    assertEquals("***", SECRET.format(Optional.of("s3cret")));
    assertEquals("", SECRET.format(Optional.empty()));
    Setting<Optional<String>> strict =
        SECRET.withCheck("be longer", secret -> secret.map(s -> s.length() > 10).orElse(true));
    assertEquals(
        "must be longer: distributed-sockets.test.password=***", problem(strict, "s3cret"));
    assertTrue(strict.isSecret());
  }

  @Test
  void shouldKeepMessageOnOneShortLine() {
    String problem = problem(COUNT, "1\n2\u0000" + "x".repeat(1000));
    assertTrue(problem.contains("=1?2?xxx"), problem);
    assertTrue(problem.endsWith("..."), problem);
    assertTrue(problem.length() < 200, problem);
  }

  @Test
  void shouldApplyEachRule() {
    Setting<Integer> even = COUNT.withCheck("be even or 5", n -> n % 2 == 0 || n == 5);
    assertEquals(4, even.parse("4"));
    assertEquals("be 0 to 10, be even or 5", even.constraint());
    assertEquals("must be even or 5: distributed-sockets.test.count=3", problem(even, "3"));
    assertEquals("must be 0 to 10: distributed-sockets.test.count=12", problem(even, "12"));
    assertEquals(3, COUNT.parse("3"));
  }

  @Test
  void shouldRefuseDefaultThatBreaksRule() {
    assertThrows(
        SettingsException.class, () -> Setting.count("test.count", 11, 0, 10, "A number."));
    assertThrows(SettingsException.class, () -> COUNT.withCheck("be even", n -> n % 2 == 0));
  }

  private static String problem(Setting<?> setting, String text) {
    SettingsException thrown = assertThrows(SettingsException.class, () -> setting.parse(text));
    assertEquals(List.of(thrown.getMessage()), thrown.problems());
    return thrown.getMessage();
  }
}
