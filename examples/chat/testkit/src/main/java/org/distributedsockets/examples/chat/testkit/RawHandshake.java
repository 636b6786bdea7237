package org.distributedsockets.examples.chat.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;

/** A handshake with any Origin, whose refusal can be read. */
final class RawHandshake {
  private static final int WAIT_MS = 20_000;

  private RawHandshake() {}

  record Response(int status, String body) {}

  static Response send(int port, String target, String origin) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(WAIT_MS);
      String request =
          "GET "
              + target
              + " HTTP/1.1\r\nHost: 127.0.0.1:"
              + port
              + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              + (origin.isEmpty() ? "" : "Origin: " + origin + "\r\n")
              + "\r\n";
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      return read(new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)));
    }
  }

  private static Response read(BufferedReader in) throws IOException {
    int status = Integer.parseInt(in.readLine().substring("HTTP/1.1 ".length()).substring(0, 3));
    int length = 0;
    for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
      if (line.startsWith("Content-Length:")) {
        length = Integer.parseInt(line.substring("Content-Length:".length()).trim());
      }
    }
    StringBuilder body = new StringBuilder();
    while (body.length() < length) {
      body.append((char) in.read());
    }
    return new Response(status, body.toString());
  }
}
