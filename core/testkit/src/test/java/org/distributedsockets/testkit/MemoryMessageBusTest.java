package org.distributedsockets.testkit;

import java.time.Duration;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.memory.MemoryCluster;
import org.distributedsockets.spi.BusListener;
import org.distributedsockets.spi.MessageBus;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The bus in memory")
final class MemoryMessageBusTest extends MessageBusContract {
  private final MemoryCluster cluster = new MemoryCluster();

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
