package org.distributedsockets.testkit;

import org.distributedsockets.routing.RegistryRouterProvider;
import org.distributedsockets.spi.Router;
import org.distributedsockets.spi.RouterContext;

class RegistryRouterTest extends RouterContract {
  @Override
  protected Router open(RouterContext routerContext) {
    return new RegistryRouterProvider().open(routerContext);
  }
}
