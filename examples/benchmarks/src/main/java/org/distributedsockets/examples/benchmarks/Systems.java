package org.distributedsockets.examples.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.distributedsockets.examples.benchmarks.relay.JettyRelay;
import org.distributedsockets.examples.benchmarks.relay.TomcatRelay;
import org.distributedsockets.examples.chat.testkit.ChatProcess;
import org.distributedsockets.testkit.servers.RedisServer;

/** Starts what is measured. For one thread. */
final class Systems {
  /** The same for every JVM that is measured. */
  private static final String JVM_OPTIONS = "JAVA_TOOL_OPTIONS=-Xms1g -Xmx2g -XX:+UseG1GC ";

  private static final int INSTALL_MINUTES = 5;
  private static final String MAIN_PACKAGE_OF_VERTX =
      "org.distributedsockets.examples.benchmarks.vertx.VertxNode";

  private final Path examples;
  private final Path folder;
  private final Backends backends;
  private final String jvmOptions;

  /**
   * Makes one.
   *
   * @param examples the folder of the examples, built
   * @param folder where servers run, without a {@code .env} file
   * @param backends what they share
   * @param moreJvmOptions for every JVM that is measured, for a profile for instance
   */
  Systems(Path examples, Path folder, Backends backends, String moreJvmOptions) {
    this.examples = examples;
    this.folder = folder;
    this.backends = backends;
    this.jvmOptions = JVM_OPTIONS + moreJvmOptions;
  }

  /** Nodes of an example, with Redis and RabbitMQ. */
  Running chat(String example, int nodes) throws Exception {
    backends.clear();
    Running running = new Running();
    for (int i = 1; i <= nodes; i++) {
      int port = RedisServer.freePort();
      running.add(
          ChatProcess.startJar(
              ChatProcess.jarOf(examples.resolve(example)),
              folder,
              jvmOptions,
              "SERVER_ID=n" + i,
              "PORT=127.0.0.1:" + port,
              "REDIS_ADDR=" + backends.redis().address(),
              "RABBITMQ_ADDR=" + backends.rabbit().address(),
              "RABBITMQ_USER=" + backends.rabbit().user(),
              "RABBITMQ_PASSWORD=" + backends.rabbit().password()),
          port);
    }
    running.count(backends.pids());
    return running;
  }

  /** Relays on the Jetty of the chat that do not know of each other. */
  Running jettyRelays(int count) throws Exception {
    return relays("jetty-chat", JettyRelay.class, count);
  }

  /** The same on Tomcat. */
  Running tomcatRelays(int count) throws Exception {
    return relays("tomcat-chat", TomcatRelay.class, count);
  }

  private Running relays(String example, Class<?> main, int count) throws Exception {
    Running running = new Running();
    String classPath =
        ChatProcess.jarOf(examples.resolve(example)) + ":" + JavaProgram.jar(examples);
    for (int i = 0; i < count; i++) {
      int port = RedisServer.freePort();
      running.add(
          ChatProcess.startProgram(
              JavaProgram.command(classPath, main.getName(), Integer.toString(port)),
              folder,
              jvmOptions),
          port);
    }
    return running;
  }

  /** Two nodes of a clustered event bus. */
  Running vertx() throws Exception {
    Running running = new Running();
    String jar = ChatProcess.jarOf(examples.resolve("benchmarks/vertx")).toString();
    int firstClusterPort = RedisServer.freePort();
    int clusterPort = firstClusterPort;
    for (int i = 0; i < 2; i++) {
      int port = RedisServer.freePort();
      running.add(
          ChatProcess.startProgram(
              JavaProgram.command(
                  jar,
                  MAIN_PACKAGE_OF_VERTX,
                  Integer.toString(port),
                  Integer.toString(clusterPort),
                  Integer.toString(firstClusterPort)),
              folder,
              jvmOptions),
          port);
      clusterPort = RedisServer.freePort();
    }
    return running;
  }

  /** Two nodes of Socket.IO, with Redis. */
  Running socketIo() throws Exception {
    backends.clear();
    Path installed = install();
    Running running = new Running();
    for (int i = 0; i < 2; i++) {
      int port = RedisServer.freePort();
      running.add(
          ChatProcess.startProgram(
              List.of("node", "server.js", Integer.toString(port), backends.redis().address()),
              installed,
              "PATH=" + System.getenv("PATH"),
              "NODE_ENV=production"),
          port);
    }
    running.count(java.util.Map.of(Backends.REDIS, backends.redisPid()));
    return running;
  }

  /** Installs the versions of {@code package.json} with npm, once for each build. */
  private Path install() throws IOException, InterruptedException {
    Path source = examples.resolve("benchmarks/socket-io");
    Path target = examples.resolve("benchmarks/target/socket-io");
    if (!Files.exists(target.resolve("node_modules"))) {
      Files.createDirectories(target);
      for (String file : List.of("package.json", "server.js")) {
        Files.write(target.resolve(file), Files.readAllBytes(source.resolve(file)));
      }
      Process npm =
          new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
              .directory(target.toFile())
              .inheritIO()
              .start();
      if (!npm.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES) || npm.exitValue() != 0) {
        npm.destroy();
        throw new IOException("npm could not install Socket.IO in " + target);
      }
    }
    return target;
  }
}
