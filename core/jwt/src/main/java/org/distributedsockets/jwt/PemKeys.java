package org.distributedsockets.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads public keys in PEM form. The library for tokens would need Bouncy Castle for it. */
final class PemKeys {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private PemKeys() {}

  /**
   * Reads all.
   *
   * @param text the content of a file
   * @param file names it in what is thrown
   * @return at least one key
   * @throws IllegalArgumentException if there is none, or something that is none
   */
  static List<JWK> parse(String text, Path file) {
    List<JWK> keys = new ArrayList<>();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      try {
        byte[] der = Base64.getMimeDecoder().decode(block.group(2));
        keys.add(jwk(publicKey(block.group(1), der)));
      } catch (GeneralSecurityException | JOSEException | IllegalArgumentException e) {
        // Without the cause, which may quote the key.
        throw new IllegalArgumentException("no public key of RSA or EC: " + file);
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("no PUBLIC KEY and no CERTIFICATE in " + file);
    }
    return keys;
  }

  private static PublicKey publicKey(String label, byte[] der) throws GeneralSecurityException {
    return switch (label) {
      case "PUBLIC KEY" -> publicKey(new X509EncodedKeySpec(der));
      case "CERTIFICATE" ->
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der))
              .getPublicKey();
      default -> throw new InvalidKeySpecException("neither a public key nor a certificate");
    };
  }

  private static PublicKey publicKey(X509EncodedKeySpec spec) throws GeneralSecurityException {
    try {
      return KeyFactory.getInstance("RSA").generatePublic(spec);
    } catch (InvalidKeySpecException e) {
      return KeyFactory.getInstance("EC").generatePublic(spec);
    }
  }

  private static JWK jwk(PublicKey key) throws GeneralSecurityException, JOSEException {
    if (key instanceof RSAPublicKey rsa) {
      return new RSAKey.Builder(rsa).build();
    }
    if (key instanceof ECPublicKey ec) {
      return new ECKey.Builder(Curve.forECParameterSpec(ec.getParams()), ec).build();
    }
    throw new InvalidKeySpecException("neither RSA nor EC");
  }
}
