package org.distributedsockets.testkit.servers;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import java.nio.file.Path;
import java.util.List;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;

/**
 * A server in a container that shares this machine's network, so that it has the same addresses as
 * a process would have, and the folder with its configuration.
 */
final class DockerServer implements RunningServer {
  private final GenericContainer<?> container;

  private DockerServer(GenericContainer<?> container) {
    this.container = container;
  }

  static DockerServer start(String image, List<String> command, Path folder) {
    GenericContainer<?> container = new GenericContainer<>(image);
    container.setCommand(command.toArray(String[]::new));
    container.withNetworkMode("host").withCreateContainerCmdModifier(cmd -> mount(cmd, folder));
    container.start();
    return new DockerServer(container);
  }

  private static void mount(CreateContainerCmd command, Path folder) {
    HostConfig host = command.getHostConfig();
    if (host != null) {
      host.withBinds(new Bind(folder.toString(), new Volume(folder.toString())));
    }
    command.withUser("0");
  }

  @Override
  public void kill() {
    DockerClientFactory.instance().client().killContainerCmd(container.getContainerId()).exec();
    container.stop();
  }

  @Override
  public void pause() {
    DockerClientFactory.instance().client().pauseContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public void resume() {
    DockerClientFactory.instance().client().unpauseContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public void close() {
    container.stop();
  }
}
