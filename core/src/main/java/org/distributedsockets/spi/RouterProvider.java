package org.distributedsockets.spi;

/**
 * Makes a {@link Router}. Found by {@link java.util.ServiceLoader}; has a public constructor
 * without parameters.
 */
public interface RouterProvider {
  /**
   * What a configuration calls it.
   *
   * @return a documented constant; {@code registry} is the default one
   */
  String name();

  /**
   * Makes the router of one node. Called once, while the node starts; must not block.
   *
   * @param context what the node lends
   * @return the router
   * @throws org.distributedsockets.SettingsException if its settings are wrong
   */
  Router open(RouterContext context);
}
