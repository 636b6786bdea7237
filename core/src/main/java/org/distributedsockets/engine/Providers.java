package org.distributedsockets.engine;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the provider of an SPI: the instance that was given, else the one that is named, else the
 * only one found that is not called {@code memory}. Never falls back to memory: in a cluster that
 * would look healthy and lose messages.
 */
public final class Providers {
  private static final String MEMORY = "memory";

  private Providers() {}

  /**
   * Chooses a provider.
   *
   * @param spi its type
   * @param nameOf tells a provider's name
   * @param given an instance that wins over everything, or null
   * @param configuredName the name that is asked for, if any
   * @param <P> its type
   * @return the provider
   * @throws IllegalStateException if there is not exactly one to choose, two have the same name, or
   *     one cannot be loaded; lists what was found
   */
  static <P> P select(
      Class<P> spi,
      Function<P, String> nameOf,
      @Nullable P given,
      Optional<String> configuredName) {
    return given != null ? given : select(spi, nameOf, discover(spi), configuredName);
  }

  static <P> P select(
      Class<P> spi, Function<P, String> nameOf, List<P> found, Optional<String> configuredName) {
    Map<String, P> byName = byName(spi, nameOf, found);
    return configuredName.isPresent()
        ? named(spi, byName, configuredName.get())
        : onlyOne(spi, byName);
  }

  /**
   * Everything {@link ServiceLoader} finds through the thread's context class loader and the
   * library's own one, which differ inside a servlet container. A class that both see counts once.
   *
   * @param spi the type to look for
   * @param <P> the type
   * @return an instance of each
   * @throws IllegalStateException if one cannot be loaded
   */
  public static <P> List<P> discover(Class<P> spi) {
    Map<String, ServiceLoader.Provider<P>> byClass = new LinkedHashMap<>();
    try {
      loaders().forEach(loader -> addAll(spi, loader, byClass));
      return byClass.values().stream().map(ServiceLoader.Provider::get).toList();
    } catch (ServiceConfigurationError e) {
      throw new IllegalStateException(
          "a " + spi.getSimpleName() + " cannot be loaded: " + e.getMessage(), e);
    }
  }

  private static Stream<ClassLoader> loaders() {
    return Stream.of(
            Thread.currentThread().getContextClassLoader(), Providers.class.getClassLoader())
        .filter(Objects::nonNull);
  }

  private static <P> void addAll(
      Class<P> spi, ClassLoader loader, Map<String, ServiceLoader.Provider<P>> byClass) {
    ServiceLoader.load(spi, loader).stream()
        .forEach(provider -> byClass.putIfAbsent(provider.type().getName(), provider));
  }

  private static <P> Map<String, P> byName(
      Class<P> spi, Function<P, String> nameOf, List<P> found) {
    Map<String, P> byName = new TreeMap<>();
    for (P provider : found) {
      String name = nameOf.apply(provider);
      P other = byName.putIfAbsent(name, provider);
      if (other != null) {
        throw new IllegalStateException(
            String.format(
                "two of type %s are named '%s': %s and %s",
                spi.getSimpleName(), name, className(other), className(provider)));
      }
    }
    return byName;
  }

  private static <P> P named(Class<P> spi, Map<String, P> byName, String name) {
    P provider = byName.get(name);
    if (provider == null) {
      throw new IllegalStateException(
          String.format(
              "no %s is named '%s'; found: %s", spi.getSimpleName(), name, describe(byName)));
    }
    return provider;
  }

  private static <P> P onlyOne(Class<P> spi, Map<String, P> byName) {
    Collection<P> candidates = new TreeMap<>(byName).values();
    candidates.remove(byName.get(MEMORY));
    if (candidates.size() != 1) {
      throw new IllegalStateException(
          String.format(
              "%s %s to choose; found: %s. Name one in the settings or give one to the builder%s",
              candidates.isEmpty() ? "no" : "more than one",
              spi.getSimpleName(),
              describe(byName),
              byName.containsKey(MEMORY) ? " (memory joins nodes of one process only)" : ""));
    }
    return candidates.iterator().next();
  }

  private static String describe(Map<String, ?> byName) {
    return byName.isEmpty()
        ? "none"
        : byName.entrySet().stream()
            .map(entry -> entry.getKey() + " (" + className(entry.getValue()) + ")")
            .collect(Collectors.joining(", "));
  }

  private static String className(Object provider) {
    return provider.getClass().getName();
  }
}
