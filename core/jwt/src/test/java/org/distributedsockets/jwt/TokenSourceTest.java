package org.distributedsockets.jwt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.distributedsockets.Handshake;
import org.junit.jupiter.api.Test;

class TokenSourceTest {
  private static List<String> find(TokenSource source, String header, String... values) {
    return source.find(
        new Handshake(
            "http://localhost",
            "/ws",
            Map.of("access_token", List.of("in-the-url")),
            Map.of(header, List.of(values)),
            "127.0.0.1"));
  }

  @Test
  void findsTheBearerOfTheAuthorizationHeader() {
    TokenSource source = TokenSource.authorizationHeader();
    assertEquals(List.of("a.b.c"), find(source, "Authorization", "Bearer a.b.c"));
    assertEquals(List.of("a.b.c"), find(source, "AUTHORIZATION", " bearer  a.b.c "));
    assertEquals(List.of("a", "b"), find(source, "Authorization", "Bearer a", "Bearer b"));
    assertEquals(List.of(), find(source, "Authorization", "Basic YTpi"));
    assertEquals(List.of(), find(source, "Authorization", "Bearer"));
    assertEquals(List.of(), find(source, "Cookie", "Bearer a"));
  }

  @Test
  void findsTheCookieOfItsNameAlone() {
    TokenSource source = TokenSource.cookie("t");
    assertEquals(List.of("a.b=c"), find(source, "Cookie", "x=1; t=a.b=c; tt=2"));
    assertEquals(List.of("a"), find(source, "Cookie", "t=\"a\""));
    assertEquals(List.of("a", "b"), find(source, "Cookie", "t=a; t=b"));
    assertEquals(List.of("a", "b"), find(source, "Cookie", "t=a", "t=b"));
    assertEquals(List.of(""), find(source, "Cookie", "t="));
    assertEquals(List.of(), find(source, "Cookie", "T=a; xt=b; t"));
  }

  @Test
  void findsTheSubprotocolWithItsPrefix() {
    TokenSource source = TokenSource.subprotocol("bearer.");
    assertEquals(List.of("a.b.c"), find(source, "Sec-WebSocket-Protocol", "chat, bearer.a.b.c"));
    assertEquals(List.of("a"), find(source, "sec-websocket-protocol", "bearer.a", "chat"));
    assertEquals(List.of("a", "b"), find(source, "Sec-WebSocket-Protocol", "bearer.a,bearer.b"));
    assertEquals(List.of(), find(source, "Sec-WebSocket-Protocol", "chat,,Bearer.a"));
  }
}
