package org.distributedsockets.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** Certificates made with openssl and keytool: an authority, and servers that it vouches for. */
final class Certificates {
  static final String STORE_PASSWORD = "trust-me-5";

  private final Path folder;
  private final String name;

  /** Makes an authority and a trust store with its certificate. */
  Certificates(Path folder, String name) {
    this.folder = folder;
    this.name = name;
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + name,
        "-keyout",
        authority("key"),
        "-out",
        authority("crt"));
    run(
        "keytool",
        "-importcert",
        "-noprompt",
        "-alias",
        "ca",
        "-file",
        authority("crt"),
        "-keystore",
        trustStore(),
        "-storepass",
        STORE_PASSWORD,
        "-storetype",
        "PKCS12");
  }

  private String authority(String kind) {
    return folder.resolve(name + "." + kind).toString();
  }

  String trustStore() {
    return folder.resolve(name + ".p12").toString();
  }

  /**
   * Makes a certificate.
   *
   * @param subject for what, as openssl writes it: {@code IP:127.0.0.1}
   * @return lines for a Redis that uses it on a port
   */
  String[] server(String subject, int port) {
    String file = name + "-" + port;
    String key = folder.resolve(file + ".key").toString();
    String request = folder.resolve(file + ".csr").toString();
    String certificate = folder.resolve(file + ".crt").toString();
    run(
        "openssl",
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=redis",
        "-addext",
        "subjectAltName=" + subject,
        "-keyout",
        key,
        "-out",
        request);
    run(
        "openssl",
        "x509",
        "-req",
        "-days",
        "2",
        "-in",
        request,
        "-CA",
        authority("crt"),
        "-CAkey",
        authority("key"),
        "-CAcreateserial",
        "-copy_extensions",
        "copy",
        "-out",
        certificate);
    return new String[] {
      "tls-port " + port,
      "tls-cert-file " + certificate,
      "tls-key-file " + key,
      "tls-ca-cert-file " + authority("crt"),
      "tls-auth-clients no"
    };
  }

  private void run(String... command) {
    try {
      Process process =
          new ProcessBuilder(List.of(command))
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(command[0] + " failed: " + output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("install openssl and a JDK: " + command[0], e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
