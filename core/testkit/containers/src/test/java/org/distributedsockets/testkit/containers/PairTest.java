package org.distributedsockets.testkit.containers;

import org.distributedsockets.testkit.ContractServer;
import org.distributedsockets.testkit.NodePairContract;

class PairTest extends NodePairContract {
  @Override
  protected ContractServer newServer() {
    return Containers.newFirst();
  }

  @Override
  protected ContractServer newPeer() {
    return Containers.newLast();
  }
}
