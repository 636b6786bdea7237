package org.distributedsockets.testkit;

import org.distributedsockets.routing.AskAllRouterProvider;
import org.distributedsockets.spi.Router;
import org.distributedsockets.spi.RouterContext;

class AskAllRouterTest extends RouterContract {
  @Override
  protected Router open(RouterContext routerContext) {
    return new AskAllRouterProvider().open(routerContext);
  }
}
