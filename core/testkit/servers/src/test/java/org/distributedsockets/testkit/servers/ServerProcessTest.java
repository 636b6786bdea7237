package org.distributedsockets.testkit.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ServerProcessTest {
  @Test
  void drawsNoPortTwice() {
    assertEquals(1_000, Set.copyOf(ServerProcess.freePorts(1_000)).size());
  }
}
