package org.distributedsockets.routing;

import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.spi.Router;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.RouterProvider;

/** Offers {@link RegistryRouter} under the name {@value #NAME}. */
public final class RegistryRouterProvider implements RouterProvider {
  /** The name. */
  public static final String NAME = "registry";

  private static final int MAX_WAITING = 10_000;

  /** For {@link java.util.ServiceLoader}. */
  public RegistryRouterProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Router open(RouterContext context) {
    Settings settings = context.settings();
    return new RegistryRouter(
        context,
        settings.get(NodeSettings.ROUTE_CACHE).toNanos(),
        settings.get(NodeSettings.ROUTE_HOLD).toNanos(),
        MAX_WAITING);
  }
}
