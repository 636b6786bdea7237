package org.distributedsockets.routing;

import org.distributedsockets.spi.Router;
import org.distributedsockets.spi.RouterContext;
import org.distributedsockets.spi.RouterProvider;

/** Offers {@link AskAllRouter} under the name {@value #NAME}. */
public final class AskAllRouterProvider implements RouterProvider {
  /** The name. */
  public static final String NAME = "ask-all";

  /** For {@link java.util.ServiceLoader}. */
  public AskAllRouterProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Router open(RouterContext context) {
    return new AskAllRouter(context);
  }
}
