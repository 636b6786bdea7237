package org.distributedsockets.examples.jettychat;

import org.distributedsockets.examples.chat.WebServer;
import org.distributedsockets.examples.chat.testkit.EmbeddedChatScenarios;

class JettyChatTest extends EmbeddedChatScenarios {
  @Override
  protected WebServer.Factory container() {
    return JettyServer::new;
  }
}
