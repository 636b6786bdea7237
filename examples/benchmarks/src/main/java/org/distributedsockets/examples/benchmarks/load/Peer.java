package org.distributedsockets.examples.benchmarks.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.distributedsockets.examples.chat.testkit.Client;
import org.distributedsockets.examples.chat.testkit.ClientLoop;

/** A user with one connection. For the loop's thread alone. */
final class Peer implements Client.Listener {
  private final Dialect dialect;
  private final Consumer<ByteBuffer> mail;
  private final Client client;
  private Runnable whenReady = () -> {};
  private Runnable whenClosed = () -> {};
  private boolean ready;
  private boolean open = true;

  /**
   * Begins to connect.
   *
   * @param mail hears of each frame that may be a message
   */
  Peer(ClientLoop loop, int port, Dialect dialect, String user, Consumer<ByteBuffer> mail) {
    this.dialect = dialect;
    this.mail = mail;
    try {
      client = new Client(loop, port, dialect.path(user), Client.Manners.GOOD, this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What to do once it may talk, and when it is over; to be set in the turn it was made in. */
  Peer then(Runnable readyNow, Runnable closedNow) {
    whenReady = readyNow;
    whenClosed = closedNow;
    return this;
  }

  boolean isReady() {
    return ready && open;
  }

  boolean isOpen() {
    return open;
  }

  @Override
  public void opened() {
    if (dialect.greeting().isEmpty()) {
      becomeReady();
    } else {
      client.send(dialect.greeting());
    }
  }

  private void becomeReady() {
    ready = true;
    whenReady.run();
  }

  @Override
  public void text(ByteBuffer utf8) {
    String alive = dialect.alive(utf8.get(utf8.position()), utf8.remaining());
    if (!alive.isEmpty()) {
      client.send(alive);
    } else if (ready) {
      mail.accept(utf8);
    } else if (dialect.isWelcome(UTF_8.decode(utf8.duplicate()).toString())) {
      becomeReady();
    }
  }

  @Override
  public void text(String message) {
    text(ByteBuffer.wrap(message.getBytes(UTF_8)));
  }

  @Override
  public void closed(int code) {
    open = false;
    whenClosed.run();
  }

  void send(ByteBuffer frame) {
    client.sendThisTurn(frame);
  }

  void send(String frame) {
    client.send(frame);
  }

  void close() {
    client.close();
  }
}
