package org.distributedsockets.engine;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.distributedsockets.spi.GatheringChannel;
import org.jspecify.annotations.Nullable;

/** A client's socket, as a container shows it. What it reads goes to the {@link SimOracle}. */
final class SimChannel implements GatheringChannel {

  /** How a client reads. */
  enum Manner {
    /** Each send ends inside the call. */
    AT_ONCE,
    /** Each send ends soon. */
    SOON,
    /** Each send takes up to 300 ms. */
    SLOW,
    /** Reads nothing. */
    STALLED,
    /** Each send fails after the first few; what was sent so may have got there. */
    FAILING,
    /** Takes what is sent and answers no ping. */
    HALF_OPEN;

    /** Whether it gets all that is sent to it while it is connected. */
    boolean isHealthy() {
      return this == AT_ONCE || this == SOON;
    }
  }

  private final SimWorld world;
  private final SimClient client;
  private final Manner manner;
  private @Nullable Consumer<@Nullable Throwable> underWay;
  private List<String> lastTexts = List.of();
  private int sends;
  private boolean closed;

  SimChannel(SimWorld world, SimClient client, Manner manner) {
    this.world = world;
    this.client = client;
    this.manner = manner;
  }

  @Override
  public void send(String text, Consumer<@Nullable Throwable> done) {
    send(List.of(text), done);
  }

  @Override
  public void send(List<String> texts, Consumer<@Nullable Throwable> done) {
    if (underWay != null) {
      world.oracle().fail("two sends under way to " + client);
    }
    sends++;
    lastTexts = texts;
    if (closed) {
      done.accept(new IOException("closed"));
      return;
    }
    switch (manner) {
      case AT_ONCE, HALF_OPEN -> {
        texts.forEach(client::received);
        done.accept(null);
      }
      case SOON -> endAfter(world.events().jitter(), texts, done);
      case SLOW -> endAfter(1_000_000L + world.chance().nextLong(300_000_000L), texts, done);
      case STALLED -> underWay = done;
      case FAILING -> {
        if (sends > 3) {
          if (world.chance().nextInt(2) == 0) {
            texts.forEach(client::received);
          }
          done.accept(new IOException("broken pipe"));
        } else {
          endAfter(world.events().jitter(), texts, done);
        }
      }
    }
  }

  private void endAfter(long nanos, List<String> texts, Consumer<@Nullable Throwable> done) {
    underWay = done;
    world
        .events()
        .at(
            client.process(),
            nanos,
            () -> {
              if (underWay == done) {
                underWay = null;
                texts.forEach(client::received);
                done.accept(null);
              }
            });
  }

  @Override
  public void ping() throws IOException {
    if (closed) {
      throw new IOException("closed");
    }
    if (manner != Manner.HALF_OPEN && manner != Manner.STALLED) {
      world.events().at(client.process(), world.events().jitter(), client::pong);
    }
  }

  /** Some containers fail a send that is under way when the session closes, others forget it. */
  @Override
  public void close(int code, String reason) {
    if (!closed) {
      end();
      client.closedByServer(code);
    }
  }

  /** The session is gone; the client may have what was under way. */
  void end() {
    closed = true;
    Consumer<@Nullable Throwable> last = underWay;
    underWay = null;
    if (last != null) {
      lastTexts.forEach(world.oracle()::heldByLane);
      if (manner != Manner.STALLED && world.chance().nextInt(2) == 0) {
        lastTexts.forEach(client::received);
      }
    }
    if (last != null && world.chance().nextInt(2) == 0) {
      world
          .events()
          .at(
              client.process(),
              world.events().jitter(),
              () -> last.accept(new IOException("closed")));
    }
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }
}
