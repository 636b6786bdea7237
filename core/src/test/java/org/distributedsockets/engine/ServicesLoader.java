package org.distributedsockets.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.function.Supplier;

/**
 * A class loader that registers services its parent does not know of, as a web application does.
 */
public final class ServicesLoader extends ClassLoader {
  private final Path folder;

  public ServicesLoader(Path folder) {
    super(ServicesLoader.class.getClassLoader());
    this.folder = folder;
  }

  public ServicesLoader with(Class<?> spi, Class<?>... providers) {
    return with(spi, Arrays.stream(providers).map(Class::getName).toArray(String[]::new));
  }

  public ServicesLoader with(Class<?> spi, String... providers) {
    Path file = folder.resolve("META-INF/services/" + spi.getName());
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, List.of(providers));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  public <T> T asContext(Supplier<T> action) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(this);
    try {
      return action.get();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Override
  protected Enumeration<URL> findResources(String name) throws MalformedURLException {
    Path file = folder.resolve(name);
    return Files.isRegularFile(file)
        ? Collections.enumeration(List.of(file.toUri().toURL()))
        : Collections.emptyEnumeration();
  }
}
