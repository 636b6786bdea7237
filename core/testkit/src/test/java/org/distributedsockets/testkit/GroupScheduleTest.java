package org.distributedsockets.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.distributedsockets.AccessPolicy;
import org.distributedsockets.Admission;
import org.distributedsockets.Authenticator;
import org.distributedsockets.Handshake;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;
import org.distributedsockets.spi.ClientSession;
import org.distributedsockets.spi.WebSocketChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Three nodes with threads of their own in one process. A seed: {@code -Dgroups.seed=N}. */
@Timeout(300)
class GroupScheduleTest {
  private static final int NODES = 3;

  static LongStream seeds() {
    Long wanted = Long.getLong("groups.seed");
    if (wanted != null) {
      return LongStream.of(wanted);
    }
    long fresh = ThreadLocalRandom.current().nextLong(1_000_000);
    return Boolean.getBoolean("test.again") ? LongStream.of(fresh) : LongStream.of(1, fresh);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void holds(long seed) throws Exception {
    try (InProcess cluster = new InProcess("groups" + seed + System.nanoTime())) {
      System.out.println(GroupSchedule.play(cluster, NODES, seed, 600, 3));
    }
  }

  private static final class InProcess implements GroupSchedule.Cluster, AutoCloseable {
    private final String name;
    private final SocketNode[] nodes = new SocketNode[NODES];

    InProcess(String name) {
      this.name = name;
      for (int i = 0; i < NODES; i++) {
        start(i);
      }
    }

    @Override
    public GroupSchedule.Socket connect(int node, String user, Consumer<String> frames) {
      Handshake handshake =
          new Handshake(
              "http://localhost",
              "/ws",
              Map.of("u", List.of(user)),
              Map.of("Sec-WebSocket-Protocol", List.of("distributed-sockets.v1")),
              "127.0.0.1");
      Admission admission = nodes[node].admit(handshake);
      if (!(admission instanceof Admission.Admitted admitted)) {
        throw new AssertionError(admission.toString());
      }
      ClientSession session = admitted.session();
      session.opened(new Channel(frames));
      return new GroupSchedule.Socket() {
        @Override
        public void send(String frame) {
          session.text(frame, true);
        }

        @Override
        public void close() {
          session.closed(1001);
        }
      };
    }

    /** Nothing is unregistered: the lease runs out. */
    @Override
    public void kill(int node) {
      nodes[node].close();
    }

    @Override
    public void start(int node) {
      nodes[node] =
          SocketNode.builder()
              .nodeId("n" + node)
              .settings(
                  Settings.builder()
                      .set(MemorySettings.CLUSTER, name)
                      .set(NodeSettings.LEASE, Duration.ofSeconds(3))
                      .set(NodeSettings.LEASE_RENEWAL, Duration.ofMillis(500))
                      .set(NodeSettings.PRESENCE_INTERVAL, Duration.ofMillis(500))
                      .set(NodeSettings.PRESENCE_GRACE, Duration.ofSeconds(1))
                      .build())
              .registry(new MemoryConnectionRegistryProvider())
              .bus(new MemoryMessageBusProvider())
              .authenticator(handshake -> Authenticator.accept(handshake.query("u").get(0)))
              .accessPolicy(new AccessPolicy() {})
              .errorListener((what, cause) -> {})
              .build();
      nodes[node].start();
    }

    @Override
    public void close() {
      for (SocketNode node : nodes) {
        node.close();
      }
    }
  }

  private record Channel(Consumer<String> frames) implements WebSocketChannel {
    @Override
    public void send(String text, Consumer<@Nullable Throwable> done) {
      frames.accept(text);
      done.accept(null);
    }

    @Override
    public void ping() {}

    @Override
    public void close(int code, String reason) {}

    @Override
    public boolean isOpen() {
      return true;
    }
  }
}
