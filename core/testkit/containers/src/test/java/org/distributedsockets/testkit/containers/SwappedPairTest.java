package org.distributedsockets.testkit.containers;

import org.distributedsockets.testkit.ContractServer;
import org.distributedsockets.testkit.NodePairContract;

class SwappedPairTest extends NodePairContract {
  @Override
  protected ContractServer newServer() {
    return Containers.newLast();
  }

  @Override
  protected ContractServer newPeer() {
    return Containers.newFirst();
  }
}
