package org.distributedsockets.examples.chat.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * A WebSocket client (RFC 6455) that costs a few hundred bytes while nothing happens, and may
 * misbehave. For the thread of its {@link ClientLoop} alone.
 */
public final class Client {
  /**
   * The connection was lost, or the handshake refused: there was no close frame (RFC 6455 7.1.5).
   */
  public static final int LOST = 1006;

  private static final long HANDSHAKE_MILLIS = 15_000;
  private static final int LONGEST_HEAD = 14;
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int NORMAL = 1000;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** How a client behaves. */
  public enum Manners {
    /** Reads, and answers pings. */
    GOOD,
    /** Reads, and never answers a ping. */
    SILENT,
    /** Stops reading once it is connected, and has little room for what it does not read. */
    DEAF
  }

  /** Hears what happens to a client, on its thread. */
  public interface Listener {
    /** The handshake is complete. */
    void opened();

    /**
     * A message came.
     *
     * @param message its text
     */
    void text(String message);

    /**
     * A message came: for who has many, and need not have all of its text.
     *
     * @param utf8 its text, from position to limit; it belongs to the caller and is used again
     */
    default void text(ByteBuffer utf8) {
      text(UTF_8.decode(utf8).toString());
    }

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

  private final ClientLoop loop;
  private final Manners manners;
  private final Listener listener;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final String request;

  /** The beginning of a frame whose rest has not come. */
  private ByteBuffer incomplete = NOTHING;

  /** The parts of a message so far, from 0 to its position. */
  private ByteBuffer parts = NOTHING;

  /** What is still to be written, from 0 to its position. */
  private ByteBuffer out = NOTHING;

  private boolean flushDue;
  private State state = State.CONNECTING;
  private int closeCode = LOST;

  /** Nothing can be written any more. */
  private boolean deadEnd;

  /**
   * Begins to connect.
   *
   * @param loop its thread
   * @param port a port of this machine
   * @param path what it asks for, with the query
   * @param manners how it behaves
   * @param listener hears of it, not before this call returns
   * @throws IOException if there are no more sockets
   */
  public Client(ClientLoop loop, int port, String path, Manners manners, Listener listener)
      throws IOException {
    this.loop = loop;
    this.manners = manners;
    this.listener = listener;
    this.request =
        "GET "
            + path
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
    byte[] bytes = request.getBytes(ISO_8859_1);
    roomFor(bytes.length).put(bytes);
    flush();
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
    ByteBuffer in = loop.readBuffer();
    in.clear();
    if (incomplete.hasRemaining()) {
      in = grown(in, incomplete.remaining() + 1).put(incomplete);
    }
    int count = channel.read(in);
    in.flip();
    if (state == State.UPGRADING) {
      readResponse(in);
    }
    while (state == State.OPEN && readFrame(in)) {
      // Each was done.
    }
    incomplete = in.hasRemaining() ? ByteBuffer.allocate(in.remaining()).put(in).flip() : NOTHING;
    if (count < 0) {
      end();
    }
  }

  /** A buffer with room for so many bytes more and what it held, which may be another one. */
  private static ByteBuffer grown(ByteBuffer buffer, int more) {
    return buffer.remaining() >= more
        ? buffer
        : ByteBuffer.allocate(2 * (buffer.position() + more)).put(buffer.flip());
  }

  private void readResponse(ByteBuffer in) {
    String text = ISO_8859_1.decode(in.duplicate()).toString();
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
  private boolean readFrame(ByteBuffer in) {
    int start = in.position();
    if (in.remaining() < 2) {
      return false;
    }
    int head = in.get();
    int length = in.get();
    int more = length == 127 ? 8 : length == 126 ? 2 : 0;
    if (in.remaining() < more) {
      in.position(start);
      return false;
    }
    if (more > 0) {
      length = more == 2 ? in.getShort() & 0xFFFF : Math.toIntExact(in.getLong());
    }
    if (in.remaining() < length) {
      in.position(start);
      return false;
    }
    ByteBuffer payload = in.slice(in.position(), length);
    in.position(in.position() + length);
    frame(head & 0x0F, (head & 0x80) != 0, payload);
    return true;
  }

  private void frame(int opcode, boolean last, ByteBuffer payload) {
    switch (opcode) {
      case TEXT, CONTINUATION -> {
        if (last && parts.position() == 0) {
          listener.text(payload);
          return;
        }
        parts = grown(parts, payload.remaining()).put(payload);
        if (last) {
          ByteBuffer message = parts.flip();
          parts = NOTHING;
          listener.text(message);
        }
      }
      case PING -> {
        if (manners == Manners.GOOD) {
          write(PONG, payload);
        }
      }
      case CLOSE -> {
        closeCode = payload.remaining() < 2 ? LOST : payload.getShort(0) & 0xFFFF;
        write(CLOSE, payload);
        end();
      }
      default -> {
        // A pong that nobody asked for.
      }
    }
  }

  /**
   * Sends a text; what does not fit into the socket waits. Does nothing once it is over.
   *
   * @param text the text
   */
  public void send(String text) {
    sendFrame(TEXT, ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  /**
   * Sends a text with all others of this turn of the loop, in one write.
   *
   * @param utf8 its bytes, from position to limit; copied
   */
  public void sendThisTurn(ByteBuffer utf8) {
    if (state == State.OPEN && !deadEnd) {
      append(TEXT, utf8);
      if (!flushDue) {
        flushDue = true;
        loop.flushAfterTurn(this);
      }
    }
  }

  /**
   * Closes in good order: what the server has written by then is still heard. Who does not listen
   * would not hear the answer, either, and just goes.
   */
  public void close() {
    if (manners == Manners.DEAF) {
      abort();
      return;
    }
    sendFrame(CLOSE, ByteBuffer.allocate(2).putShort(0, (short) NORMAL));
  }

  /** Is gone at once. */
  public void abort() {
    end();
  }

  private void sendFrame(int opcode, ByteBuffer payload) {
    if (state == State.OPEN) {
      write(opcode, payload);
    }
  }

  private void write(int opcode, ByteBuffer payload) {
    if (!deadEnd) {
      append(opcode, payload);
      flush();
    }
  }

  /** Masked, as a client must, with a mask that changes nothing. */
  private void append(int opcode, ByteBuffer payload) {
    int length = payload.remaining();
    ByteBuffer frame = roomFor(length + LONGEST_HEAD).put((byte) (0x80 | opcode));
    if (length < 126) {
      frame.put((byte) (0x80 | length));
    } else if (length < 0x10000) {
      frame.put((byte) (0x80 | 126)).putShort((short) length);
    } else {
      frame.put((byte) (0x80 | 127)).putLong(length);
    }
    frame.putInt(0).put(payload);
  }

  private ByteBuffer roomFor(int bytes) {
    out = grown(out, bytes);
    return out;
  }

  /** Writes what there is. */
  void flush() {
    flushDue = false;
    if (state == State.CLOSED) {
      return;
    }
    try {
      out.flip();
      channel.write(out);
      out.compact();
    } catch (IOException e) {
      // What the server wrote before it went is still to be read.
      deadEnd = true;
      out = NOTHING;
    }
    int interest = key.interestOps() & ~SelectionKey.OP_WRITE;
    key.interestOps(out.position() > 0 ? interest | SelectionKey.OP_WRITE : interest);
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
