package org.distributedsockets.spi;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import org.distributedsockets.Setting;
import org.distributedsockets.Settings;
import org.distributedsockets.SettingsException;
import org.jspecify.annotations.Nullable;

/** Whom an adapter trusts when it connects to its backend with TLS. Thread-safe. */
public final class Trust {
  private static final String PEM_MARK = "-----BEGIN CERTIFICATE-----";

  private Trust() {}

  /**
   * Reads a file with certificates, which may be PEM, PKCS 12 or JKS. Blocks while it reads.
   *
   * @param settings what was set
   * @param file names the file
   * @param password of the file, if it has one
   * @return the certificates to trust; empty if no file is set: what the JVM trusts is trusted then
   * @throws SettingsException if the file cannot be read, has no certificate, or its password is
   *     wrong; shows no password
   */
  public static Optional<KeyStore> store(
      Settings settings, Setting<Optional<String>> file, Setting<Optional<String>> password) {
    Optional<String> name = settings.get(file);
    if (name.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(load(Path.of(name.get()), settings.get(password)));
    } catch (IOException | GeneralSecurityException | InvalidPathException e) {
      SettingsException fault =
          new SettingsException(
              "must be a readable file with certificates, and its password be right: "
                  + file.propertyName()
                  + "="
                  + name.get()
                  + " ("
                  + oneLine(e)
                  + ")");
      fault.initCause(e);
      throw fault;
    }
  }

  private static KeyStore load(Path file, Optional<String> password)
      throws IOException, GeneralSecurityException {
    byte[] bytes = Files.readAllBytes(file);
    KeyStore store =
        new String(bytes, StandardCharsets.ISO_8859_1).contains(PEM_MARK)
            ? pem(bytes)
            : KeyStore.getInstance(file.toFile(), chars(password));
    if (store.size() == 0) {
      throw new IOException("it is empty, or its password is missing");
    }
    return store;
  }

  private static KeyStore pem(byte[] bytes) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (Certificate certificate :
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(bytes))) {
      store.setCertificateEntry("trusted-" + store.size(), certificate);
    }
    return store;
  }

  private static char @Nullable [] chars(Optional<String> password) {
    return password.map(String::toCharArray).orElse(null);
  }

  private static String oneLine(Exception e) {
    return String.valueOf(e.getMessage() == null ? e : e.getMessage())
        .lines()
        .findFirst()
        .orElse("");
  }
}
