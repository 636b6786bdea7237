package org.distributedsockets.engine;

import java.time.InstantSource;
import java.util.function.Consumer;
import org.distributedsockets.spi.WebSocketChannel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A message through an idle lane, to a container that writes at once. */
@State(Scope.Thread)
public class LaneBenchmark {
  private static final String TEXT = "x".repeat(230);

  private final Lane.Receipt receipt =
      new Lane.Receipt() {
        @Override
        public void written() {}

        @Override
        public void unsent() {}
      };

  private final Lane lane = openLane();

  private static Lane openLane() {
    NodeRuntime runtime =
        new NodeRuntime(
            System::nanoTime,
            InstantSource.system(),
            (delay, task) -> {},
            Runnable::run,
            Runnable::run,
            Runnable::run,
            () -> 4);
    Lane lane =
        new Lane(
            4 << 20, new Lane.Budget(256 << 20, () -> false), new Cork(), runtime, failure -> {});
    lane.open(new ChannelThatWritesAtOnce());
    return lane;
  }

  @Benchmark
  public Lane.Offer offer() {
    return lane.offer(TEXT, TEXT.length(), receipt);
  }

  private static final class ChannelThatWritesAtOnce implements WebSocketChannel {
    @Override
    public void send(String text, Consumer<Throwable> done) {
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
