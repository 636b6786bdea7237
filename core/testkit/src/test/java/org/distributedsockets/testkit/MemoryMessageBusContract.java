package org.distributedsockets.testkit;

import java.time.Duration;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.memory.MemoryCluster;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.MessageBus;

/** Runs the contract on a cluster's bus. */
abstract class MemoryMessageBusContract extends MessageBusContract {
  private final MemoryCluster cluster;

  MemoryMessageBusContract(MemoryCluster cluster) {
    this.cluster = cluster;
  }

  @Override
  protected MessageBus open(String nodeId, BusListener listener, ErrorListener errors) {
    return cluster.openBus(nodeId, listener, errors);
  }

  @Override
  protected Faults faults() {
    return new Faults() {
      @Override
      public void cut(String nodeId) {
        cluster.busFaults().cut(nodeId, Duration.ofMinutes(5));
      }

      @Override
      public void mend(String nodeId) {
        cluster.busFaults().mend(nodeId);
      }

      @Override
      public void restart() {
        cluster.busFaults().goAway();
        cluster.busFaults().comeBack();
      }
    };
  }
}
