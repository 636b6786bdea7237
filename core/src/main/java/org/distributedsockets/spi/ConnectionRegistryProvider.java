package org.distributedsockets.spi;

/**
 * Makes a {@link ConnectionRegistry}. Found by {@link java.util.ServiceLoader}; has a public
 * constructor without parameters and does nothing until {@link #open}.
 */
public interface ConnectionRegistryProvider {
  /**
   * What a configuration calls it.
   *
   * @return a documented constant such as {@code redis}
   */
  String name();

  /**
   * Connects. Blocks, on a thread of the node. Called again while what it throws is retryable; if
   * it returns only after the start of the node has ended, what it returns is closed at once.
   *
   * @param context what the node lends
   * @return a connected registry
   * @throws RegistryException if it cannot be reached; nothing is left running
   * @throws org.distributedsockets.SettingsException if its settings are wrong
   */
  ConnectionRegistry open(SpiContext context);
}
