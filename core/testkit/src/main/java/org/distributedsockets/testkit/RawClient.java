package org.distributedsockets.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A WebSocket client that may break every rule of RFC 6455. */
public final class RawClient implements AutoCloseable {
  /** Opcode of a text frame. */
  public static final int TEXT = 1;

  /** Opcode of a binary frame. */
  public static final int BINARY = 2;

  /** Opcode of a close frame. */
  public static final int CLOSE = 8;

  private static final int WAIT_MS = 15_000;
  private static final List<String> HANDSHAKE =
      List.of(
          "Host: localhost",
          "Upgrade: websocket",
          "Connection: keep-alive, Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  /**
   * An HTTP response.
   *
   * @param status the status
   * @param headers the header lines
   * @param body the body; empty without a Content-Length
   */
  public record Response(int status, List<String> headers, String body) {
    /**
     * A header's value.
     *
     * @param name the header in any case
     * @return the value of the first one; empty if there is none
     */
    public String header(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      return headers.stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
          .map(line -> line.substring(prefix.length()).trim())
          .findFirst()
          .orElse("");
    }
  }

  /** A frame of the server, which are not masked. */
  public static final class Frame {
    private final int head;
    private final byte[] payload;

    private Frame(int head, byte[] payload) {
      this.head = head;
      this.payload = payload;
    }

    /**
     * The opcode.
     *
     * @return as in RFC 6455 section 5.2
     */
    public int opcode() {
      return head & 0x0F;
    }

    /**
     * Whether the message ends.
     *
     * @return the FIN bit
     */
    public boolean last() {
      return (head & 0x80) != 0;
    }

    /**
     * What a text frame holds.
     *
     * @return the text
     */
    public String text() {
      return new String(payload, UTF_8);
    }

    /**
     * The code of a close frame.
     *
     * @return the code
     */
    public int closeCode() {
      return ByteBuffer.wrap(payload).getShort() & 0xFFFF;
    }

    /**
     * The reason of a close frame.
     *
     * @return the text
     */
    public String closeReason() {
      return new String(payload, 2, payload.length - 2, UTF_8);
    }
  }

  /**
   * Connects.
   *
   * @param port the server's port on this machine
   * @throws IOException if nobody listens
   */
  public RawClient(int port) throws IOException {
    this(port, 0);
  }

  /**
   * Connects with little room for what it does not read.
   *
   * @param port the server's port on this machine
   * @param receiveBuffer the room in bytes; 0 for as much as the system gives
   * @throws IOException if nobody listens
   */
  public RawClient(int port, int receiveBuffer) throws IOException {
    socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setSoTimeout(WAIT_MS);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /**
   * Sends a handshake in which each given header replaces the right one of its name; without a
   * value it is left out.
   *
   * @param requestLine method and target
   * @param changed header lines
   * @return the answer
   * @throws IOException if there is none
   */
  public Response handshake(String requestLine, String... changed) throws IOException {
    List<String> lines = new ArrayList<>(List.of(requestLine + " HTTP/1.1"));
    HANDSHAKE.stream()
        .filter(line -> Arrays.stream(changed).noneMatch(other -> sameName(line, other)))
        .forEach(lines::add);
    Arrays.stream(changed).filter(line -> !line.endsWith(":")).forEach(lines::add);
    out.write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(ISO_8859_1));
    return readResponse();
  }

  private static boolean sameName(String line, String other) {
    return line.substring(0, line.indexOf(':') + 1)
        .equalsIgnoreCase(other.substring(0, other.indexOf(':') + 1));
  }

  private Response readResponse() throws IOException {
    int status = Integer.parseInt(readLine().substring("HTTP/1.1 ".length()).substring(0, 3));
    List<String> headers = new ArrayList<>();
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      headers.add(line);
    }
    String length = new Response(status, headers, "").header("Content-Length");
    byte[] body = in.readNBytes(length.isEmpty() ? 0 : Integer.parseInt(length));
    return new Response(status, headers, new String(body, UTF_8));
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
      line.append((char) c);
    }
    return line.toString().trim();
  }

  /**
   * Sends a frame.
   *
   * @param opcode the opcode
   * @param last the FIN bit
   * @param payload what it holds
   * @throws IOException if the connection is gone
   */
  public void sendFrame(int opcode, boolean last, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
    frame.put((byte) ((last ? 0x80 : 0) | opcode));
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else {
      frame.put((byte) (0x80 | 127)).putLong(payload.length);
    }
    frame.putInt(0).put(payload);
    out.write(frame.array(), 0, frame.position());
  }

  /**
   * Reads a message that may come in several frames.
   *
   * @return its text
   * @throws IOException if none comes
   */
  public String readText() throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    Frame frame;
    do {
      frame = readFrame();
      message.writeBytes(frame.payload);
    } while (!frame.last());
    return message.toString(UTF_8);
  }

  /**
   * Reads a frame.
   *
   * @return the frame
   * @throws IOException if none comes
   */
  public Frame readFrame() throws IOException {
    int head = in.readUnsignedByte();
    int length = in.readUnsignedByte();
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = Math.toIntExact(in.readLong());
    }
    return new Frame(head, in.readNBytes(length));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
