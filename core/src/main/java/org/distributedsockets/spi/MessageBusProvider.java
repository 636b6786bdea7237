package org.distributedsockets.spi;

/**
 * Makes a {@link MessageBus}. Found by {@link java.util.ServiceLoader}; has a public constructor
 * without parameters and does nothing until {@link #open}.
 */
public interface MessageBusProvider {
  /**
   * What a configuration calls it.
   *
   * @return a documented constant such as {@code rabbitmq}
   */
  String name();

  /**
   * Connects. Blocks, on a thread of the node. Called again while what it throws is retryable; if
   * it returns only after the start of the node has ended, what it returns is closed at once.
   *
   * @param context what the node lends
   * @param listener told how the bus is, beginning with {@code onUp} before or soon after this
   *     returns
   * @return a connected bus
   * @throws BusException if it cannot be reached; nothing is left running
   * @throws org.distributedsockets.SettingsException if its settings are wrong
   */
  MessageBus open(SpiContext context, BusListener listener);
}
