package org.distributedsockets.testkit.servers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * A broker in a container. Its port on the host is fixed, so that it is the same after restarts.
 */
final class DockerRabbit implements RabbitServer.Broker {
  private static final DockerImageName IMAGE = DockerImageName.parse("rabbitmq:3.13");
  private static final int PORT = 5672;

  private final GenericContainer<?> container;
  private final int hostPort;

  private DockerRabbit(GenericContainer<?> container, int hostPort) {
    this.container = container;
    this.hostPort = hostPort;
  }

  static DockerRabbit start() {
    int hostPort = ServerProcess.freePort();
    GenericContainer<?> container =
        new GenericContainer<>(IMAGE)
            .withExposedPorts(PORT)
            .withCreateContainerCmdModifier(
                command -> command.withHostName("rabbit").withName("test-rabbit-" + hostPort))
            .waitingFor(
                Wait.forLogMessage(".*Server startup complete.*", 1)
                    .withStartupTimeout(RabbitServer.START_LIMIT));
    container.setPortBindings(List.of("127.0.0.1:" + hostPort + ":" + PORT));
    container.start();
    return new DockerRabbit(container, hostPort);
  }

  @Override
  public String address() {
    return container.getHost() + ":" + hostPort;
  }

  @Override
  public String ctl(String... command) {
    List<String> line = new ArrayList<>(List.of("rabbitmqctl"));
    line.addAll(List.of(command));
    try {
      var result = container.execInContainer(line.toArray(new String[0]));
      if (result.getExitCode() != 0) {
        throw new IllegalStateException(
            "rabbitmqctl " + List.of(command) + " failed: " + result.getStderr());
      }
      return result.getStdout();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public void kill() {
    container.getDockerClient().killContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public void restart() {
    var inspected =
        container.getDockerClient().inspectContainerCmd(container.getContainerId()).exec();
    if (Boolean.TRUE.equals(inspected.getState().getRunning())) {
      kill();
    }
    container.getDockerClient().startContainerCmd(container.getContainerId()).exec();
    ctl("await_startup", "--timeout", Long.toString(RabbitServer.START_LIMIT.toSeconds()));
  }

  @Override
  public void pause() {
    container.getDockerClient().pauseContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public void resume() {
    container.getDockerClient().unpauseContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public void close() {
    container.stop();
  }
}
