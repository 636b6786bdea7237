package org.distributedsockets.examples.tomcatchat;

import org.distributedsockets.examples.chat.WebServer;
import org.distributedsockets.examples.chat.testkit.EmbeddedChatScenarios;

class TomcatChatTest extends EmbeddedChatScenarios {
  @Override
  protected WebServer.Factory container() {
    return TomcatServer::new;
  }
}
