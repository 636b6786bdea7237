package org.distributedsockets.testkit.servers;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;

/** Where a test's server comes from. */
enum ServerSource {
  /** A container, as a Docker engine answers. */
  DOCKER,
  /** A process, as the program is installed. */
  PROCESS;

  private static final Pattern ADDRESS = Pattern.compile("[^\\s/@]+:\\d{1,5}");

  /**
   * Chooses.
   *
   * @param program the server's program, which is also the name of the package that has it
   * @param addressVariable the environment variable that names a server that runs already
   * @throws IllegalStateException if there is nothing to choose; says what to install
   */
  static ServerSource choose(String program, String addressVariable) {
    return choose(program, addressVariable, Docker.ANSWERS, folders());
  }

  /**
   * Chooses, for a server that is always the test's own.
   *
   * @param program the server's program, which is also the name of the package that has it
   * @throws IllegalStateException if there is nothing to choose; says what to install
   */
  static ServerSource choose(String program) {
    return choose(program, null, Docker.ANSWERS, folders());
  }

  private static List<String> folders() {
    String path = System.getenv().getOrDefault("PATH", "");
    // Packages put servers where an unprivileged user's path may not lead.
    return Stream.concat(
            Stream.of(path.split(File.pathSeparator)), Stream.of("/usr/sbin", "/usr/local/sbin"))
        .filter(folder -> !folder.isEmpty())
        .toList();
  }

  static ServerSource choose(
      String program,
      @Nullable String addressVariable,
      boolean dockerAnswers,
      List<String> folders) {
    if (dockerAnswers) {
      return DOCKER;
    }
    if (folders.stream().anyMatch(folder -> Files.isExecutable(Path.of(folder, program)))) {
      return PROCESS;
    }
    String otherwise =
        addressVariable == null
            ? ""
            : ", or set " + addressVariable + " (which tests that stop their server do not use)";
    throw new IllegalStateException(
        "no server for this test: install " + program + otherwise + ", or start Docker");
  }

  /**
   * The address of a server that runs already.
   *
   * @throws IllegalStateException if it is none
   */
  static Optional<String> given(String addressVariable) {
    return given(addressVariable, System.getenv());
  }

  static Optional<String> given(String addressVariable, Map<String, String> environment) {
    Optional<String> address =
        Optional.ofNullable(environment.get(addressVariable))
            .map(String::strip)
            .filter(text -> !text.isEmpty());
    address.ifPresent(
        text -> {
          if (!ADDRESS.matcher(text).matches()) {
            throw new IllegalStateException(addressVariable + " must be host:port: " + text);
          }
        });
    return address;
  }

  /** Asked once, and only where an engine may be: looking for it takes seconds. */
  private static final class Docker {
    static final boolean ANSWERS =
        (System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock")))
            && DockerClientFactory.instance().isDockerAvailable();
  }
}
