package org.distributedsockets.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The scripts. Each is a resource beside this class that says what it takes and returns. */
enum RedisScript {
  RENEW("renew.lua"),
  LEASES("leases.lua"),
  LEAVE("leave.lua"),
  FORGET("forget.lua"),
  REGISTER("register.lua"),
  UNREGISTER("unregister.lua"),
  SWEEP("sweep.lua");

  private final String text;
  private final String sha1;

  RedisScript(String resource) {
    this.text = load(resource);
    this.sha1 = sha1(text);
  }

  String text() {
    return text;
  }

  /** By which Redis knows it once it has seen it. */
  String sha1() {
    return sha1;
  }

  private static String load(String resource) {
    try (InputStream stream = RedisScript.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException("not in the jar: " + resource);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha1(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-1", e);
    }
  }
}
