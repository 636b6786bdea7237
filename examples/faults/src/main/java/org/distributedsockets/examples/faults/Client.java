package org.distributedsockets.examples.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * A WebSocket client (RFC 6455) that costs a few kilobytes, and may misbehave. For the thread of
 * its {@link ClientLoop} alone.
 */
final class Client {
  /**
   * The connection was lost, or the handshake refused: there was no close frame (RFC 6455 7.1.5).
   */
  static final int LOST = 1006;

  private static final long HANDSHAKE_MILLIS = 15_000;
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int NORMAL = 1000;

  /** How a client behaves. */
  enum Manners {
    /** Reads, and answers pings. */
    GOOD,
    /** Reads, and never answers a ping. */
    SILENT,
    /** Stops reading once it is connected, and has little room for what it does not read. */
    DEAF
  }

  /** Hears what happens to a client, on its thread. */
  interface Listener {
    /** The handshake is complete. */
    void opened();

    /** A message came. */
    void text(String message);

    /**
     * It is over; nothing more comes. Called once, also if it was never opened.
     *
     * @param code of the server's close frame, else {@link #LOST}
     */
    void closed(int code);
  }

  private enum State {
    CONNECTING,
    UPGRADING,
    OPEN,
    CLOSED
  }

  private final Manners manners;
  private final Listener listener;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final String request;
  private final Deque<ByteBuffer> out = new ArrayDeque<>();
  private final StringBuilder parts = new StringBuilder();
  private ByteBuffer in = ByteBuffer.allocate(1024);
  private State state = State.CONNECTING;
  private int closeCode = LOST;

  /** Nothing can be written any more. */
  private boolean deadEnd;

  /**
   * Begins to connect.
   *
   * @param loop its thread
   * @param port a port of this machine
   * @param user who it is
   * @param manners how it behaves
   * @param listener hears of it, not before this call returns
   * @throws IOException if there are no more sockets
   */
  Client(ClientLoop loop, int port, String user, Manners manners, Listener listener)
      throws IOException {
    this.manners = manners;
    this.listener = listener;
    this.request =
        "GET /ws?user_id="
            + user
            + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    if (manners == Manners.DEAF) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
    }
    key = channel.register(loop.selector(), 0, this);
    loop.later(0, () -> connect(port));
    loop.later(HANDSHAKE_MILLIS, this::giveUpHandshake);
  }

  private void connect(int port) {
    try {
      if (channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
        upgrade();
      } else {
        key.interestOps(SelectionKey.OP_CONNECT);
      }
    } catch (IOException e) {
      end();
    }
  }

  private void giveUpHandshake() {
    if (state == State.CONNECTING || state == State.UPGRADING) {
      end();
    }
  }

  private void upgrade() {
    state = State.UPGRADING;
    key.interestOps(SelectionKey.OP_READ);
    write(ByteBuffer.wrap(request.getBytes(ISO_8859_1)));
  }

  /** Does what the selector found to be possible. */
  void ready() {
    try {
      if (state == State.CONNECTING && channel.finishConnect()) {
        upgrade();
        return;
      }
      if (key.isValid() && key.isWritable()) {
        flush();
      }
      if (key.isValid() && key.isReadable()) {
        read();
      }
    } catch (IOException e) {
      end();
    }
  }

  private void read() throws IOException {
    if (!in.hasRemaining()) {
      in = ByteBuffer.wrap(Arrays.copyOf(in.array(), in.capacity() * 2)).position(in.position());
    }
    int count = channel.read(in);
    in.flip();
    if (state == State.UPGRADING) {
      readResponse();
    }
    while (state == State.OPEN && readFrame()) {
      // Each was done.
    }
    in.compact();
    if (count < 0) {
      end();
    }
  }

  private void readResponse() {
    String text = new String(in.array(), in.position(), in.remaining(), ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return;
    }
    if (!text.startsWith("HTTP/1.1 101 ")) {
      end();
      return;
    }
    in.position(in.position() + end + 4);
    state = State.OPEN;
    if (manners == Manners.DEAF) {
      key.interestOps(key.interestOps() & ~SelectionKey.OP_READ);
    }
    listener.opened();
  }

  /** Does one frame, if there is a whole one. The server's are not masked. */
  private boolean readFrame() {
    in.mark();
    if (in.remaining() < 2) {
      return false;
    }
    int head = in.get();
    int length = in.get();
    int more = length == 127 ? 8 : length == 126 ? 2 : 0;
    if (in.remaining() < more) {
      in.reset();
      return false;
    }
    if (more > 0) {
      length = more == 2 ? in.getShort() & 0xFFFF : Math.toIntExact(in.getLong());
    }
    if (in.remaining() < length) {
      in.reset();
      return false;
    }
    byte[] payload = new byte[length];
    in.get(payload);
    frame(head & 0x0F, (head & 0x80) != 0, payload);
    return true;
  }

  private void frame(int opcode, boolean last, byte[] payload) {
    switch (opcode) {
      case TEXT, CONTINUATION -> {
        parts.append(new String(payload, UTF_8));
        if (last) {
          String message = parts.toString();
          parts.setLength(0);
          listener.text(message);
        }
      }
      case PING -> {
        if (manners == Manners.GOOD) {
          write(framed(PONG, payload));
        }
      }
      case CLOSE -> {
        closeCode = payload.length < 2 ? LOST : ByteBuffer.wrap(payload).getShort() & 0xFFFF;
        write(framed(CLOSE, payload));
        end();
      }
      default -> {
        // A pong that nobody asked for.
      }
    }
  }

  /** Sends a text; what does not fit into the socket waits. Does nothing once it is over. */
  void send(String text) {
    sendFrame(TEXT, text.getBytes(UTF_8));
  }

  /**
   * Closes in good order: what the server has written by then is still heard. Who does not listen
   * would not hear the answer, either, and just goes.
   */
  void close() {
    if (manners == Manners.DEAF) {
      abort();
      return;
    }
    sendFrame(CLOSE, ByteBuffer.allocate(2).putShort((short) NORMAL).array());
  }

  /** Is gone at once. */
  void abort() {
    end();
  }

  private void sendFrame(int opcode, byte[] payload) {
    if (state == State.OPEN) {
      write(framed(opcode, payload));
    }
  }

  /** Masked, as a client must, with a mask that changes nothing. */
  private static ByteBuffer framed(int opcode, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
    frame.put((byte) (0x80 | opcode));
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else {
      frame.put((byte) (0x80 | 127)).putLong(payload.length);
    }
    return frame.putInt(0).put(payload).flip();
  }

  private void write(ByteBuffer bytes) {
    if (!deadEnd) {
      out.add(bytes);
      flush();
    }
  }

  private void flush() {
    try {
      while (!out.isEmpty()) {
        channel.write(out.element());
        if (out.element().hasRemaining()) {
          key.interestOps(key.interestOps() | SelectionKey.OP_WRITE);
          return;
        }
        out.remove();
      }
    } catch (IOException e) {
      // What the server wrote before it went is still to be read.
      deadEnd = true;
      out.clear();
    }
    key.interestOps(key.interestOps() & ~SelectionKey.OP_WRITE);
  }

  private void end() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    try {
      channel.close();
    } catch (IOException e) {
      closeCode = LOST;
    }
    listener.closed(closeCode);
  }
}
