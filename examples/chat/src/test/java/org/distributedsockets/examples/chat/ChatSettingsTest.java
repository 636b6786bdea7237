package org.distributedsockets.examples.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.distributedsockets.SettingsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatSettingsTest {
  private static final String CLUSTER = "REDIS_ADDR=r:6379 RABBITMQ_ADDR=q:5672 ";

  @TempDir private Path directory;

  private ChatSettings load(String assignments) {
    Map<String, String> environment = new HashMap<>();
    for (String assignment : List.of(assignments.split(" ", -1))) {
      int equals = assignment.indexOf('=');
      if (equals > 0) {
        environment.put(assignment.substring(0, equals), assignment.substring(equals + 1));
      }
    }
    return ChatSettings.load(environment, directory.resolve(".env"));
  }

  private List<String> problems(String assignments) {
    return assertThrows(SettingsException.class, () -> load(assignments)).problems();
  }

  @Test
  void demonstratesIfNothingIsSet() {
    ChatSettings settings = load("PORT= REDIS_ADDR=");
    assertFalse(settings.cluster());
    assertEquals(Optional.empty(), settings.port());
    assertEquals(Optional.empty(), settings.serverId());
    assertEquals("", settings.host());
  }

  @ParameterizedTest
  @CsvSource({
    "8080,'',8080",
    ":8080,'',8080",
    "1,'',1",
    "127.0.0.1:9000,127.0.0.1,9000",
    "localhost:9000,localhost,9000",
    "[::1]:9000,[::1],9000"
  })
  void readsThePort(String text, String host, int port) {
    ChatSettings settings = load("PORT=" + text);
    assertEquals(host, settings.host());
    assertEquals(Optional.of(port), settings.port());
  }

  @Test
  void joinsAClusterIfBothBackendsAreSet() {
    ChatSettings settings =
        load(
            "REDIS_ADDR=a:1,[::1]:2 RABBITMQ_ADDR=q-1.example:5672 PORT=65535 SERVER_ID=n.1 ALLOWED_ORIGINS=https://a.example,http://b:1");
    assertTrue(settings.cluster());
    assertEquals(Optional.of("n.1"), settings.serverId());
    assertEquals(List.of("https://a.example", "http://b:1"), settings.allowedOrigins());
  }

  @ParameterizedTest
  @CsvSource({
    "PORT,PORT=abc",
    "PORT,PORT=0",
    "PORT,PORT=-1",
    "PORT,PORT=65535",
    "PORT,PORT=99999",
    "PORT,PORT=:",
    "PORT,PORT=8080:",
    "PORT," + CLUSTER + "PORT=65536",
    "SERVER_ID,SERVER_ID=a/b",
    "SERVER_ID,SERVER_ID=\u00e9",
    "REDIS_ADDR," + CLUSTER + "REDIS_ADDR=r",
    "REDIS_ADDR," + CLUSTER + "REDIS_ADDR=r:0",
    "REDIS_ADDR,'" + CLUSTER + "REDIS_ADDR=r:1,'",
    "REDIS_ADDR," + CLUSTER + "REDIS_ADDR=redis://:secret@r:1",
    "RABBITMQ_ADDR," + CLUSTER + "RABBITMQ_ADDR=amqp://guest:secret@q",
    "RABBITMQ_ADDR,REDIS_ADDR=r:6379",
    "REDIS_ADDR,RABBITMQ_ADDR=q:5672",
    "ALLOWED_ORIGINS,ALLOWED_ORIGINS=example.org",
    "ALLOWED_ORIGINS,ALLOWED_ORIGINS=https://example.org/path"
  })
  void namesAWrongSettingInOneLineThatHoldsNoSecret(String name, String assignments) {
    List<String> problems = problems(assignments);
    assertEquals(1, problems.size(), problems::toString);
    assertTrue(problems.get(0).startsWith(name + " must "), problems.get(0));
    assertFalse(problems.get(0).contains("\n"));
    assertFalse(problems.get(0).contains("secret"));
  }

  @Test
  void namesEveryFault() {
    assertEquals(3, problems("PORT=x SERVER_ID=? ALLOWED_ORIGINS=y").size());
  }

  @Test
  void refusesAServerIdThatIsTooLongWithItsNumber() {
    assertEquals(1, problems("SERVER_ID=" + "a".repeat(63)).size());
    assertEquals(
        Optional.of("a".repeat(64)), load(CLUSTER + "SERVER_ID=" + "a".repeat(64)).serverId());
  }

  @Test
  void readsADotEnvFileForWhatTheEnvironmentDoesNotSet() throws Exception {
    Files.writeString(
        directory.resolve(".env"),
        "# a comment\n\nexport PORT = 9000\nSERVER_ID='from-file'\nALLOWED_ORIGINS=\"https://a.example\"\n");
    ChatSettings settings = load("SERVER_ID=from-environment");
    assertEquals(Optional.of(9000), settings.port());
    assertEquals(Optional.of("from-environment"), settings.serverId());
    assertEquals(List.of("https://a.example"), settings.allowedOrigins());
  }

  @Test
  void namesABadLineOfTheDotEnvFileWithoutShowingIt() throws Exception {
    Files.writeString(directory.resolve(".env"), "PORT=9000\nsecret\n");
    List<String> problems = problems("");
    assertEquals(1, problems.size());
    assertTrue(problems.get(0).startsWith("line 2 of "), problems.get(0));
    assertFalse(problems.get(0).contains("secret"));
  }

  @Test
  void showsNoSecret() {
    assertFalse(load(CLUSTER + "REDIS_PASSWORD=secret").toString().contains("secret"));
  }
}
