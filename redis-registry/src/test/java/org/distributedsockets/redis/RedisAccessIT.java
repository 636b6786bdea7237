package org.distributedsockets.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.distributedsockets.Address;
import org.distributedsockets.Settings;
import org.distributedsockets.SettingsException;
import org.distributedsockets.spi.ConnectionRegistry;
import org.distributedsockets.spi.LeaseRequest;
import org.distributedsockets.spi.Location;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.Registration;
import org.distributedsockets.spi.RegistrationLimit;
import org.distributedsockets.spi.RegistryException;
import org.distributedsockets.testkit.RecordingErrorListener;
import org.distributedsockets.testkit.servers.RedisServer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Access to Redis")
@Timeout(60)
final class RedisAccessIT {
  private static final String SECRET = "s3cret-of-redis";
  private static final String WRONG = "wr0ng-guess";
  private static final NodeIdentity SELF = NodeIdentity.of("a", 7);

  private static final String ACL = Documentation.acl().replace("PASSWORD", SECRET);

  @Test
  @DisplayName("with the right password works, with a wrong or no one fails with one line")
  void needsThePassword() {
    try (RedisServer redis = RedisServer.start("requirepass " + SECRET)) {
      use(at(redis.address()).andThen(password(SECRET)));

      assertRefused("WRONGPASS", at(redis.address()).andThen(password(WRONG)));
      assertRefused("NOAUTH", at(redis.address()));
    }
  }

  @Test
  @DisplayName("with a password that Redis does not want fails with one line")
  void wantsNoPassword() {
    try (RedisServer redis = RedisServer.start()) {
      // The default user takes any password until it has one.
      use(at(redis.address()).andThen(password(WRONG)));

      assertRefused(
          "WRONGPASS",
          at(redis.address())
              .andThen(password(WRONG))
              .andThen(b -> b.set(RedisSettings.USER, Optional.of("nobody"))));
    }
  }

  @Test
  @DisplayName("needs no more rights than the documented ones")
  void needsFewRights() {
    try (RedisServer redis = RedisServer.start("user default off", ACL)) {
      use(
          at(redis.address())
              .andThen(password(SECRET))
              .andThen(b -> b.set(RedisSettings.USER, Optional.of("sockets"))));
    }
  }

  @Test
  @DisplayName("needs one right more for another database, where it then is")
  void needsARightForADatabase() {
    try (RedisServer redis = RedisServer.start(ACL + " +select")) {
      use(
          at(redis.address())
              .andThen(password(SECRET))
              .andThen(b -> b.set(RedisSettings.USER, Optional.of("sockets")))
              .andThen(b -> b.set(RedisSettings.DATABASE, 3)));
      // The epoch is left.
      String keyspace = redis.cli("INFO", "keyspace");
      assertTrue(keyspace.contains("db3:keys=1,"), keyspace);
      assertFalse(keyspace.contains("db0:"), keyspace);
    }
  }

  @Test
  @DisplayName("with too few rights fails with one line that names what is missing")
  void namesMissingRights() {
    String few = ACL.replace(" +evalsha", "");
    try (RedisServer redis = RedisServer.start(few)) {
      Consumer<Settings.Builder> sockets =
          at(redis.address())
              .andThen(password(SECRET))
              .andThen(b -> b.set(RedisSettings.USER, Optional.of("sockets")));

      assertRefused("evalsha", sockets);
      assertEquals("OK", redis.cli("ACL", "SETUSER", "sockets", "+evalsha", "resetkeys", "~x:*"));
      assertRefused("permissions", sockets);
    }
  }

  @Test
  @DisplayName("over TLS works only with a certificate that is trusted and names the host")
  void verifiesTheCertificate(@TempDir Path folder) {
    Certificates ours = new Certificates(folder, "ours");
    Certificates others = new Certificates(folder, "others");
    int right = RedisServer.freePort();
    int elsewhere = RedisServer.freePort();
    try (RedisServer redis = RedisServer.start(ours.server("IP:127.0.0.1", right));
        RedisServer foreign = RedisServer.start(ours.server("DNS:redis.example", elsewhere))) {
      String address = "127.0.0.1:" + right;
      use(at(address).andThen(tls(ours)));

      assertRefused("certificate", at(address).andThen(tls(others)));
      assertRefused("certificate", at(address).andThen(b -> b.set(RedisSettings.TLS, true)));
      assertRefused("127.0.0.1", at("127.0.0.1:" + elsewhere).andThen(tls(ours)));

      // A server that does not speak TLS is silent, one that does hangs up on others.
      RegistryException silent = assertFails(at(redis.address()).andThen(tls(ours)));
      assertTrue(silent.getMessage().contains("over TLS did not answer"), silent.getMessage());
      assertTrue(assertFails(at(address)).retryable());
      assertFalse(foreign.address().isEmpty());
    }
  }

  @Test
  @DisplayName("to nowhere fails with one line, and waiting may help")
  void namesTheUnreachable() {
    RegistryException refused = assertFails(at("127.0.0.1:" + RedisServer.freePort()));
    assertTrue(refused.retryable());
    assertTrue(refused.getMessage().contains("cannot be reached"), refused.getMessage());

    RegistryException unknown = assertFails(at("redis.invalid:6379"));
    assertTrue(unknown.retryable());
    assertTrue(unknown.getMessage().contains("redis.invalid:6379"), unknown.getMessage());
  }

  @Test
  @DisplayName("with a trust store that cannot be read is a wrong setting")
  void namesABadTrustStore(@TempDir Path folder) {
    Certificates ours = new Certificates(folder, "ours");
    Consumer<Settings.Builder> wrong =
        tls(ours).andThen(b -> b.set(RedisSettings.TRUST_STORE_PASSWORD, Optional.of(WRONG)));
    Consumer<Settings.Builder> missing =
        tls(ours).andThen(b -> b.set(RedisSettings.TRUST_STORE, Optional.of("/no/such/file")));

    for (Consumer<Settings.Builder> settings : List.of(wrong, missing)) {
      SettingsException thrown =
          assertThrows(SettingsException.class, () -> Registries.open("a", settings));
      assertTrue(thrown.getMessage().contains("redis.trust-store="), thrown.getMessage());
      assertShowsNoSecret(thrown);
    }
  }

  @Test
  @DisplayName("with a password in clear to another machine is warned of once")
  void warnsOfAClearPassword() {
    try (RedisServer redis = RedisServer.start("requirepass " + SECRET)) {
      RecordingErrorListener errors = new RecordingErrorListener();
      // The unspecified address leads to this machine, which its name does not tell.
      String address = "0.0.0.0:" + redis.port();
      Registries.open("a", at(address).andThen(password(SECRET)), errors).close();

      assertEquals(1, errors.lines().size(), errors.lines().toString());
      assertTrue(errors.lines().get(0).contains("unencrypted"), errors.lines().toString());
      assertFalse(errors.lines().get(0).contains(SECRET));

      Registries.open("a", at(redis.address()).andThen(password(SECRET)), errors).close();
      assertEquals(1, errors.lines().size(), errors.lines().toString());
    }
  }

  private static Consumer<Settings.Builder> at(String address) {
    return builder -> builder.set(RedisSettings.ADDRESSES, List.of(address));
  }

  private static Consumer<Settings.Builder> password(String password) {
    return builder -> builder.set(RedisSettings.PASSWORD, Optional.of(password));
  }

  private static Consumer<Settings.Builder> tls(Certificates trusted) {
    return builder ->
        builder
            .set(RedisSettings.TLS, true)
            .set(RedisSettings.TRUST_STORE, Optional.of(trusted.trustStore()))
            .set(RedisSettings.TRUST_STORE_PASSWORD, Optional.of(Certificates.STORE_PASSWORD));
  }

  /** Uses everything once. */
  private static void use(Consumer<Settings.Builder> settings) {
    try (ConnectionRegistry registry = Registries.open("a", settings)) {
      Address alice = Address.user("alice");
      Registration first = new Registration(alice, "c1", 1, "phone");
      Registration second = new Registration(alice, "c2", 2, "desk");
      RegistrationLimit limit = new RegistrationLimit(1, RegistrationLimit.Policy.DISPLACE_OLDEST);
      assertEquals(
          SELF.incarnation(),
          registry.renew(LeaseRequest.joining(SELF, Duration.ofMinutes(1))).holder());
      assertTrue(registry.register(SELF, List.of(first), limit).get(0).accepted());
      assertEquals(1, registry.register(SELF, List.of(second), limit).get(0).displaced().size());
      assertEquals(Location.at(Set.of("a")), registry.locate(List.of(alice)).get(0));
      assertEquals(second, registry.entries(List.of(alice)).get(0).get(0).registration());
      registry.unregister(SELF, List.of(second));
      registry.forget("b");
      registry.leave(SELF);
    }
  }

  private static void assertRefused(String text, Consumer<Settings.Builder> settings) {
    RegistryException thrown = assertFails(settings);
    assertFalse(thrown.retryable(), thrown.getMessage());
    assertTrue(thrown.getMessage().contains(text), thrown.getMessage());
  }

  private static RegistryException assertFails(Consumer<Settings.Builder> settings) {
    RegistryException thrown =
        assertThrows(RegistryException.class, () -> Registries.open("a", settings));
    assertEquals(1, thrown.getMessage().lines().count(), thrown.getMessage());
    assertShowsNoSecret(thrown);
    System.out.println("refused: " + thrown.getMessage());
    return thrown;
  }

  private static void assertShowsNoSecret(Throwable thrown) {
    for (String secret : List.of(SECRET, WRONG, Certificates.STORE_PASSWORD)) {
      assertFalse(RedisFault.shows(thrown, secret), thrown.toString());
    }
  }
}
