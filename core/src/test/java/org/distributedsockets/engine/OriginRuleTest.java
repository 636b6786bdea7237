package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.distributedsockets.Handshake;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginRuleTest {
  private static final String SERVER = "http://localhost:8080";
  private static final OriginRule OWN_ONLY = new OriginRule(List.of());

  @Test
  void allowsWhatIsNotABrowser() {
    assertTrue(OWN_ONLY.allows(new Handshake(SERVER, "/ws", Map.of(), Map.of(), "127.0.0.1")));
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:8080, http://localhost:8080",
    "http://localhost:8080, HTTP://LocalHost:8080",
    "http://example.org, http://example.org",
    "http://example.org, http://example.org:80",
    "http://example.org:80, http://example.org",
    "https://example.org, https://example.org:443",
    "https://example.org:443, https://example.org",
    "http://[::1]:8080, http://[::1]:8080",
    "http://127.0.0.1:8080, http://127.0.0.1:8080"
  })
  void allowsTheOwnOrigin(String server, String origin) {
    assertTrue(OWN_ONLY.allows(handshake(server, origin)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "*",
        "null",
        "NULL",
        "localhost:8080",
        "//localhost:8080",
        "http:localhost:8080",
        "http:/localhost:8080",
        "http://",
        "http://:8080",
        "http://localhost",
        "http://localhost:",
        "http://localhost:80",
        "http://localhost:8081",
        "http://localhost:80800",
        "http://localhost:08080",
        "http://localhost:99999",
        "http://localhost:-8080",
        "http://localhost:8080:8080",
        "https://localhost:8080",
        "ws://localhost:8080",
        "file://localhost:8080",
        "http://localhost.:8080",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://[localhost]:8080",
        "http://evil.example",
        "http://evil.example:8080",
        "http://localhost.evil.example:8080",
        "http://evil-localhost:8080",
        "http://evillocalhost:8080",
        "http://evil.localhost:8080",
        "http://localhost:8080.evil.example",
        "http://localhost:8080@evil.example",
        "http://evil.example@localhost:8080",
        "http://user:password@localhost:8080",
        "http://evil.example#http://localhost:8080",
        "http://localhost:8080/",
        "http://localhost:8080/ws",
        "http://localhost:8080?",
        "http://localhost:8080#",
        "http://localhost:8080\\.evil.example",
        "http://localhost%3A8080",
        "http://localhost:8080%00.evil.example",
        " http://localhost:8080",
        "http://localhost:8080 ",
        "http://localhost:8080\n",
        "http://localhost:8080\0",
        "http://local\thost:8080",
        "http://localhost:8080 http://localhost:8080",
        "http://localhost:8080, http://evil.example",
        "http://localhost:\u0668080",
        "http://loc\u0430lhost:8080",
        "http://\uFF4Cocalhost:8080"
      })
  void refusesEveryOther(String origin) {
    assertFalse(OWN_ONLY.allows(handshake(SERVER, origin)));
    assertFalse(new OriginRule(List.of("https://example.org")).allows(handshake(SERVER, origin)));
  }

  @Test
  void refusesSeveralOrigins() {
    assertFalse(OWN_ONLY.allows(handshake(SERVER, SERVER, SERVER)));
    assertFalse(OWN_ONLY.allows(handshake(SERVER, SERVER, "http://evil.example")));
    assertFalse(OWN_ONLY.allows(handshake(SERVER, "http://evil.example", SERVER)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "http://", "http://evil@localhost:8080", "http://a b"})
  void refusesABrowserWhenTheServersOwnOriginIsNoOrigin(String server) {
    assertFalse(OWN_ONLY.allows(handshake(server, server)));
    assertFalse(OWN_ONLY.allows(handshake(server, SERVER)));
  }

  @Test
  void letterThatFoldsToAsciiIsNotAscii() {
    // U+212A KELVIN SIGN is "k" in lower case.
    assertFalse(OWN_ONLY.allows(handshake("http://k.example", "http://\u212A.example")));
  }

  @Test
  void allowsExactlyWhatIsListed() {
    OriginRule rule =
        new OriginRule(List.of("https://Example.org:443", "http://example.org:8081", "app://chat"));
    assertTrue(rule.allows(handshake(SERVER, SERVER)));
    assertTrue(rule.allows(handshake(SERVER, "https://example.org")));
    assertTrue(rule.allows(handshake(SERVER, "HTTPS://EXAMPLE.ORG:443")));
    assertTrue(rule.allows(handshake(SERVER, "http://example.org:8081")));
    assertTrue(rule.allows(handshake(SERVER, "app://chat")));
    assertFalse(rule.allows(handshake(SERVER, "http://example.org")));
    assertFalse(rule.allows(handshake(SERVER, "https://www.example.org")));
    assertFalse(rule.allows(handshake(SERVER, "https://example.org.evil.example")));
    assertFalse(rule.allows(handshake(SERVER, "app://chat.evil")));
    assertFalse(rule.allows(handshake(SERVER, "null")));
  }

  @Test
  void allowsPagesWithoutOriginOnlyIfListed() {
    OriginRule rule = new OriginRule(List.of("null"));
    assertTrue(rule.allows(handshake(SERVER, "null")));
    assertFalse(rule.allows(handshake(SERVER, "Null")));
    assertFalse(rule.allows(handshake(SERVER, "http://evil.example")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://evil.example", "null", "", "nonsense"})
  void starTurnsTheCheckOff(String origin) {
    assertTrue(new OriginRule(List.of("*")).allows(handshake(SERVER, origin)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "example.org",
        "https://example.org/",
        "https://*.example.org",
        "https://example.org:0",
        "https://example.org:65536",
        "https://user@example.org",
        "https://ex\u00E4mple.org",
        " https://example.org",
        "NULL"
      })
  void namesTheBadEntry(String entry) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new OriginRule(List.of("https://example.org", entry)));
    assertEquals(
        "not an origin (scheme://host or scheme://host:port): \"" + entry + "\"", e.getMessage());
  }

  @Test
  void starMustStandAlone() {
    assertThrows(
        IllegalArgumentException.class, () -> new OriginRule(List.of("*", "https://example.org")));
  }

  private static Handshake handshake(String server, String... origins) {
    return new Handshake(server, "/ws", Map.of(), Map.of("origin", List.of(origins)), "127.0.0.1");
  }
}
