package org.distributedsockets.testkit.containers;

import org.distributedsockets.testkit.ContractServer;
import org.distributedsockets.testkit.WebSocketBindingContract;

class BindingTest extends WebSocketBindingContract {
  @Override
  protected ContractServer newServer() {
    return Containers.newFirst();
  }
}
