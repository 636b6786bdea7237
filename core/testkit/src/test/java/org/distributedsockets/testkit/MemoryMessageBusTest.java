package org.distributedsockets.testkit;

import org.distributedsockets.memory.MemoryCluster;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The bus in memory")
final class MemoryMessageBusTest extends MemoryMessageBusContract {
  MemoryMessageBusTest() {
    super(new MemoryCluster());
  }
}
