package org.distributedsockets.testkit.servers;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;

/** Where a test's server comes from. */
enum ServerSource {
  /** A container, as a Docker engine answers. */
  DOCKER,
  /** A process, as the program is installed. */
  PROCESS;

  /**
   * Chooses.
   *
   * @param program the server's program, which is also the name of the package that has it
   * @param addressVariable the environment variable that names a server that runs already
   * @throws IllegalStateException if there is nothing to choose; says what to install
   */
  static ServerSource choose(String program, String addressVariable) {
    return chooseOr(
        program,
        ", or set " + addressVariable + " (which tests that stop their server do not use)");
  }

  /**
   * Chooses, for a server that is always the test's own.
   *
   * @param program the server's program, which is also the name of the package that has it
   * @throws IllegalStateException if there is nothing to choose; says what to install
   */
  static ServerSource choose(String program) {
    return chooseOr(program, "");
  }

  private static ServerSource chooseOr(String program, String otherwise) {
    if (Docker.ANSWERS) {
      return DOCKER;
    }
    if (find(program).isPresent()) {
      return PROCESS;
    }
    throw new IllegalStateException(
        "no server for this test: install " + program + otherwise + ", or start Docker");
  }

  /** The address of a server that runs already. */
  static Optional<String> given(String addressVariable) {
    return Optional.ofNullable(System.getenv(addressVariable)).filter(text -> !text.isBlank());
  }

  private static Optional<Path> find(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    // Packages put servers where an unprivileged user's path may not lead.
    return Stream.concat(
            Stream.of(path.split(File.pathSeparator)), Stream.of("/usr/sbin", "/usr/local/sbin"))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Asked once, and only where an engine may be: looking for it takes seconds. */
  private static final class Docker {
    static final boolean ANSWERS =
        (System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock")))
            && DockerClientFactory.instance().isDockerAvailable();
  }
}
