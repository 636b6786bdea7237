package org.distributedsockets.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvidersTest {
  private static final Optional<String> NO_NAME = Optional.empty();

  @TempDir Path folder;

  /** An SPI of this test, so that what the module itself registers plays no part. */
  public interface Plug {
    String name();
  }

  public static final class RedisPlug implements Plug {
    @Override
    public String name() {
      return "redis";
    }
  }

  public static final class MemoryPlug implements Plug {
    @Override
    public String name() {
      return "memory";
    }
  }

  public static final class OtherPlug implements Plug {
    @Override
    public String name() {
      return "other";
    }
  }

  public static final class SecondRedisPlug implements Plug {
    @Override
    public String name() {
      return "redis";
    }
  }

  public static final class BrokenPlug implements Plug {
    public BrokenPlug() {
      throw new IllegalStateException("no driver");
    }

    @Override
    public String name() {
      return "broken";
    }
  }

  @Test
  void shouldPreferGivenInstance() {
    Plug given = new OtherPlug();
    ServicesLoader loader = services(RedisPlug.class);
    Plug chosen =
        loader.asContext(
            () -> Providers.select(Plug.class, Plug::name, given, Optional.of("redis")));
    assertSame(given, chosen);
  }

  @Test
  void shouldTakeConfiguredName() {
    ServicesLoader loader = services(RedisPlug.class, OtherPlug.class, MemoryPlug.class);
    assertInstanceOf(OtherPlug.class, select(loader, Optional.of("other")));
  }

  @Test
  void shouldTakeMemoryWhenAskedFor() {
    ServicesLoader loader = services(RedisPlug.class, MemoryPlug.class);
    assertInstanceOf(MemoryPlug.class, select(loader, Optional.of("memory")));
  }

  @Test
  void shouldTakeOnlyOneBesidesMemory() {
    ServicesLoader loader = services(MemoryPlug.class, RedisPlug.class);
    assertInstanceOf(RedisPlug.class, select(loader, NO_NAME));
  }

  @Test
  void shouldNotFallBackToMemory() {
    String message = failure(List.of(new MemoryPlug()), NO_NAME);
    assertEquals(
        "no Plug to choose; found: memory ("
            + MemoryPlug.class.getName()
            + "). Name one in the settings or give one to the builder"
            + " (memory joins nodes of one process only)",
        message);
  }

  @Test
  void shouldSayWhenNothingWasFound() {
    assertEquals(
        "no Plug to choose; found: none. Name one in the settings or give one to the builder",
        failure(List.of(), NO_NAME));
  }

  @Test
  void shouldListProvidersWhenSeveralCouldBeMeant() {
    String message = failure(List.of(new RedisPlug(), new OtherPlug()), NO_NAME);
    assertTrue(message.startsWith("more than one Plug to choose; found: other ("), message);
    assertTrue(message.contains(", redis (" + RedisPlug.class.getName() + ")"), message);
  }

  @Test
  void shouldListProvidersWhenNameIsUnknown() {
    assertEquals(
        "no Plug is named 'redsi'; found: redis (" + RedisPlug.class.getName() + ")",
        failure(List.of(new RedisPlug()), Optional.of("redsi")));
  }

  @Test
  void shouldRefuseTwoProvidersOfOneName() {
    List<Plug> found = List.of(new RedisPlug(), new SecondRedisPlug());
    String expected =
        "two of type Plug are named 'redis': "
            + RedisPlug.class.getName()
            + " and "
            + SecondRedisPlug.class.getName();
    assertEquals(expected, failure(found, Optional.of("redis")));
    assertEquals(expected, failure(found, NO_NAME));
  }

  @Test
  void shouldRefuseProviderThatThrows() {
    IllegalStateException thrown = loadFailure(services(RedisPlug.class, BrokenPlug.class));
    assertTrue(thrown.getMessage().startsWith("a Plug cannot be loaded: "), thrown.getMessage());
    assertTrue(thrown.getMessage().contains(BrokenPlug.class.getName()), thrown.getMessage());
  }

  @Test
  void shouldRefuseProviderThatIsMissing() {
    ServicesLoader loader = new ServicesLoader(folder).with(Plug.class, "org.example.Missing");
    String message = loadFailure(loader).getMessage();
    assertTrue(message.contains("org.example.Missing"), message);
  }

  @Test
  void shouldRefuseProviderOfAnotherType() {
    String message = loadFailure(services(ServicesLoader.class)).getMessage();
    assertTrue(message.contains("not a subtype"), message);
  }

  @Test
  void shouldCountClassSeenByBothLoadersOnce() {
    ServicesLoader loader = new ServicesLoader(folder).with(Visible.class, VisibleByBoth.class);
    assertEquals(
        List.of(VisibleByBoth.class),
        loader.asContext(() -> Providers.discover(Visible.class)).stream()
            .<Class<?>>map(Object::getClass)
            .toList());
  }

  @Test
  void shouldFindServicesOfOwnLoaderWithoutContextLoader() {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(null);
    try {
      assertEquals(1, Providers.discover(Visible.class).size());
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Registered in the test's own META-INF/services. */
  public interface Visible {}

  public static final class VisibleByBoth implements Visible {}

  private ServicesLoader services(Class<?>... providers) {
    return new ServicesLoader(folder).with(Plug.class, providers);
  }

  private static Plug select(ServicesLoader loader, Optional<String> name) {
    return loader.asContext(() -> Providers.select(Plug.class, Plug::name, (Plug) null, name));
  }

  private static String failure(List<Plug> found, Optional<String> name) {
    return assertThrows(
            IllegalStateException.class,
            () -> Providers.select(Plug.class, Plug::name, found, name))
        .getMessage();
  }

  private static IllegalStateException loadFailure(ServicesLoader loader) {
    return assertThrows(IllegalStateException.class, () -> select(loader, Optional.of("redis")));
  }
}
