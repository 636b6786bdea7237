package org.distributedsockets.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Instant;
import java.util.Date;
import java.util.function.Consumer;

/** Somebody with a key who signs whatever a test wants. */
final class Issuer {
  static final String NAME = "https://issuer.example/";
  static final String AUDIENCE = "chat";

  final RSAKey key;

  Issuer(String keyId) {
    try {
      key = new RSAKeyGenerator(2048).keyID(keyId).generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  static JWTClaimsSet.Builder claims(String user, Instant expiresAt) {
    return new JWTClaimsSet.Builder()
        .issuer(NAME)
        .audience(AUDIENCE)
        .subject(user)
        .expirationTime(Date.from(expiresAt));
  }

  String token(String user, Instant expiresAt) {
    return sign(claims(user, expiresAt).build());
  }

  String sign(JWTClaimsSet claims) {
    return sign(claims, header -> {});
  }

  String sign(JWTClaimsSet claims, Consumer<JWSHeader.Builder> change) {
    JWSHeader.Builder header = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID());
    change.accept(header);
    try {
      return sign(claims, header.build(), new RSASSASigner(key));
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  static String sign(JWTClaimsSet claims, JWSHeader header, JWSSigner signer) {
    SignedJWT token = new SignedJWT(header, claims);
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
    return token.serialize();
  }
}
