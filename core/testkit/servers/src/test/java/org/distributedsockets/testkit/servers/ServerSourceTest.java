package org.distributedsockets.testkit.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerSourceTest {
  private static final String PROGRAM = "some-server";
  private static final String VARIABLE = "TEST_SOME_ADDR";

  @TempDir private Path folder;

  private ServerSource choose(boolean dockerAnswers) {
    List<String> folders = List.of("/no/such/folder", folder.toString());
    return ServerSource.choose(PROGRAM, VARIABLE, dockerAnswers, folders);
  }

  private void put(String permissions) throws IOException {
    Path program = Files.createFile(folder.resolve(PROGRAM));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void takesDockerIfItAnswers() throws IOException {
    assertEquals(ServerSource.DOCKER, choose(true));
    put("rwxr-xr-x");
    assertEquals(ServerSource.DOCKER, choose(true));
  }

  @Test
  void takesTheInstalledProgramElse() throws IOException {
    put("rwxr-xr-x");
    assertEquals(ServerSource.PROCESS, choose(false));
  }

  @Test
  void saysWhatToInstallIfThereIsNeither() throws IOException {
    put("rw-r--r--");
    String line = assertThrows(IllegalStateException.class, () -> choose(false)).getMessage();
    assertTrue(line.contains("install " + PROGRAM), line);
    assertTrue(line.contains("set " + VARIABLE), line);
    assertTrue(line.contains("start Docker"), line);
    assertEquals(1, line.lines().count());
  }

  @Test
  void namesNoVariableForAServerThatIsAlwaysTheTestsOwn() {
    assertEquals(
        "no server for this test: install some-server, or start Docker",
        assertThrows(
                IllegalStateException.class,
                () -> ServerSource.choose(PROGRAM, null, false, List.of(folder.toString())))
            .getMessage());
  }

  @Test
  void takesWhatTheEnvironmentNames() {
    assertEquals(
        Optional.of("h-1.example:6379"),
        ServerSource.given(VARIABLE, Map.of(VARIABLE, " h-1.example:6379 ")));
    assertEquals(Optional.empty(), ServerSource.given(VARIABLE, Map.of(VARIABLE, " ")));
    assertEquals(Optional.empty(), ServerSource.given(VARIABLE, Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"here", "here:", ":1", "amqp://guest@here:1", "here:123456"})
  void refusesAnAddressThatIsNone(String address) {
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () -> ServerSource.given(VARIABLE, Map.of(VARIABLE, address)));
    assertTrue(thrown.getMessage().startsWith(VARIABLE + " must be host:port"), thrown::toString);
  }
}
