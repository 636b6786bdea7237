package org.distributedsockets.examples.jettychat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.distributedsockets.examples.chat.testkit.ChatCluster;
import org.distributedsockets.testkit.Eventually;
import org.distributedsockets.testkit.GroupSchedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Groups and presence over three processes, a Redis and a RabbitMQ, while nodes are killed and
 * started again. A seed: {@code -Dgroups.seed=N}.
 */
@Timeout(600)
class ClusterGroupsIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @RegisterExtension static ChatCluster cluster = ChatCluster.of("n1", "n2", "n3");

  @Test
  void membersMissNothingAndSeeWhoIsThere() throws Exception {
    long seed = Long.getLong("groups.seed", ThreadLocalRandom.current().nextLong(1_000_000));
    System.out.println(GroupSchedule.play(new Processes(), 3, seed, 250, 2));
  }

  private static String id(int node) {
    return "n" + (node + 1);
  }

  private static final class Processes implements GroupSchedule.Cluster {
    @Override
    public GroupSchedule.Socket connect(int node, String user, Consumer<String> frames) {
      URI uri = URI.create("ws://127.0.0.1:" + cluster.port(id(node)) + "/ws?user_id=" + user);
      WebSocket socket =
          Eventually.result(
              "a connection to " + id(node),
              HTTP.newWebSocketBuilder()
                  .subprotocols("distributed-sockets.v1")
                  .buildAsync(uri, new Frames(frames)));
      return new GroupSchedule.Socket() {
        @Override
        public void send(String frame) {
          Eventually.result("the frame to be sent", socket.sendText(frame, true));
        }

        @Override
        public void close() {
          socket.abort();
        }
      };
    }

    @Override
    public void kill(int node) throws Exception {
      cluster.kill(id(node));
    }

    @Override
    public void start(int node) throws Exception {
      cluster.add(id(node));
    }
  }

  private static final class Frames implements WebSocket.Listener {
    private final Consumer<String> frames;
    private final StringBuilder parts = new StringBuilder();

    Frames(Consumer<String> frames) {
      this.frames = frames;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      parts.append(data);
      if (last) {
        frames.accept(parts.toString());
        parts.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }
  }
}
