package org.distributedsockets.testkit.servers;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A RabbitMQ broker for tests: the one that {@value #ADDRESS_VARIABLE} names (user and password in
 * {@code TEST_RABBITMQ_USER} and {@code TEST_RABBITMQ_PASSWORD}, else {@code guest}), else one in
 * Docker, else a private process of an installed {@code rabbitmq-server}. There is no fourth way:
 * without any of them a test fails.
 *
 * <p>A start takes about ten seconds, so that brokers are shared by all tests of a JVM and end with
 * it. What breaks a broker can only be done to {@link #own}. Thread-safe.
 */
public final class RabbitServer implements AutoCloseable {
  /** Names a RabbitMQ that runs already, host:port. */
  public static final String ADDRESS_VARIABLE = "TEST_RABBITMQ_ADDR";

  private static final String DEFAULT_USER = "guest";

  private static @Nullable RabbitServer shared;
  private static @Nullable RabbitServer own;

  private final Broker broker;
  private final String user;
  private final String password;

  /** Where a broker runs. */
  interface Broker {
    String address();

    String ctl(String... command);

    void kill();

    /** Starts it again, whether it was killed or not. */
    void restart();

    void pause();

    void resume();

    void close();
  }

  private RabbitServer(Broker broker, String user, String password) {
    this.broker = broker;
    this.user = user;
    this.password = password;
  }

  /**
   * A broker that nobody breaks.
   *
   * @return the one of the environment, else {@link #own}
   */
  public static synchronized RabbitServer shared() {
    if (shared == null) {
      shared =
          ServerSource.given(ADDRESS_VARIABLE).map(RabbitServer::at).orElseGet(RabbitServer::own);
    }
    return shared;
  }

  /**
   * A broker that belongs to this JVM.
   *
   * @return the same one each time
   * @throws IllegalStateException if there is no way to start one; says what to install
   */
  public static synchronized RabbitServer own() {
    if (own == null) {
      own = new RabbitServer(startOwn(), DEFAULT_USER, DEFAULT_USER);
    }
    return own;
  }

  private static Broker startOwn() {
    return switch (ServerSource.choose("rabbitmq-server", ADDRESS_VARIABLE)) {
      case DOCKER -> DockerRabbit.start();
      case PROCESS -> PrivateRabbit.start();
    };
  }

  private static RabbitServer at(String address) {
    Map<String, String> environment = System.getenv();
    return new RabbitServer(
        new ForeignRabbit(address),
        environment.getOrDefault("TEST_RABBITMQ_USER", DEFAULT_USER),
        environment.getOrDefault("TEST_RABBITMQ_PASSWORD", DEFAULT_USER));
  }

  /**
   * Where it listens.
   *
   * @return host:port, the same after a restart
   */
  public String address() {
    return broker.address();
  }

  /**
   * Whether it may be stopped and looked into.
   *
   * @return false for the one of the environment
   */
  public boolean isOurs() {
    return !(broker instanceof ForeignRabbit);
  }

  /**
   * Who may do everything.
   *
   * @return a user name
   */
  public String user() {
    return user;
  }

  /**
   * The password of {@link #user}.
   *
   * @return a password
   */
  public String password() {
    return password;
  }

  /**
   * Runs {@code rabbitmqctl}; takes about two seconds.
   *
   * @param command the command and its arguments
   * @return what it wrote
   * @throws IllegalStateException if it fails
   */
  public String ctl(String... command) {
    return broker.ctl(command);
  }

  /** Ends it as a power failure would. */
  public void kill() {
    broker.kill();
  }

  /** Starts it again with what it stored; kills it first if it runs. Returns when it listens. */
  public void restart() {
    broker.restart();
  }

  /** Freezes it: connections stay, nothing is answered. */
  public void pause() {
    broker.pause();
  }

  /** Lets it go on after {@link #pause}. */
  public void resume() {
    broker.resume();
  }

  /** Closes every client's connection, as an operator would. */
  public void closeAllConnections() {
    ctl("close_all_connections", "closed by a test");
  }

  /**
   * Makes the broker believe that it has no memory left, so that it blocks publishers.
   *
   * @param raised whether it believes so
   */
  public void memoryAlarm(boolean raised) {
    ctl("set_vm_memory_high_watermark", raised ? "0.000001" : "0.4");
  }

  /**
   * Deletes a queue, as an operator would.
   *
   * @param name the queue's name
   */
  public void deleteQueue(String name) {
    ctl("delete_queue", name);
  }

  /**
   * What {@code rabbitmqctl} lists.
   *
   * @param what the command and the columns, for example {@code list_queues}, {@code name}
   * @return the rows without a heading
   */
  public List<String> list(String... what) {
    String[] command = new String[what.length + 2];
    command[0] = "-q";
    command[1] = "--no-table-headers";
    System.arraycopy(what, 0, command, 2, what.length);
    return ctl(command).lines().filter(line -> !line.isBlank()).toList();
  }

  @Override
  public void close() {
    broker.close();
    synchronized (RabbitServer.class) {
      if (own == this) {
        own = null;
      }
      if (shared == this) {
        shared = null;
      }
    }
  }

  /** A broker that somebody else runs. */
  private record ForeignRabbit(String address) implements Broker {
    @Override
    public String ctl(String... command) {
      throw notOurs("rabbitmqctl " + Arrays.toString(command));
    }

    @Override
    public void kill() {
      throw notOurs("kill");
    }

    @Override
    public void restart() {
      throw notOurs("restart");
    }

    @Override
    public void pause() {
      throw notOurs("pause");
    }

    @Override
    public void resume() {
      throw notOurs("resume");
    }

    @Override
    public void close() {
      // It goes on.
    }

    private static IllegalStateException notOurs(String what) {
      return new IllegalStateException(
          what + ": cannot be done to the broker of TEST_RABBITMQ_ADDR; use RabbitServer.own()");
    }
  }

  /** Far more than a start takes, also on a busy machine. */
  static final Duration START_LIMIT = Duration.ofSeconds(90);
}
