package org.distributedsockets.rabbitmq;

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
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.distributedsockets.Settings;
import org.distributedsockets.SettingsException;
import org.jspecify.annotations.Nullable;

/** Whom the node trusts when it connects with TLS. */
final class Trust {
  private static final String PEM_MARK = "-----BEGIN CERTIFICATE-----";

  private Trust() {}

  /**
   * Makes the context of TLS.
   *
   * @throws SettingsException if the trust store cannot be used
   */
  static SSLContext context(Settings settings) {
    Optional<String> file = settings.get(RabbitSettings.TRUST_STORE);
    try {
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(
          file.isEmpty()
              ? null
              : load(Path.of(file.get()), settings.get(RabbitSettings.TRUST_STORE_PASSWORD)));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException | InvalidPathException e) {
      SettingsException fault =
          new SettingsException(
              "must be a readable file with certificates, and its password be right: "
                  + RabbitSettings.TRUST_STORE.propertyName()
                  + "="
                  + file.orElse("")
                  + " ("
                  + Failures.text(e)
                  + ")");
      fault.initCause(e);
      throw fault;
    }
  }

  private static KeyStore load(Path file, Optional<String> password)
      throws IOException, GeneralSecurityException {
    byte[] bytes = Files.readAllBytes(file);
    if (new String(bytes, StandardCharsets.ISO_8859_1).contains(PEM_MARK)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes))) {
        store.setCertificateEntry("trusted-" + store.size(), certificate);
      }
      return store;
    }
    return KeyStore.getInstance(file.toFile(), chars(password));
  }

  private static char @Nullable [] chars(Optional<String> password) {
    return password.map(String::toCharArray).orElse(null);
  }
}
