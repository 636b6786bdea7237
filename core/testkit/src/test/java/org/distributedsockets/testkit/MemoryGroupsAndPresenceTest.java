package org.distributedsockets.testkit;

import org.distributedsockets.Settings;
import org.distributedsockets.SocketNodeBuilder;
import org.distributedsockets.memory.MemoryConnectionRegistryProvider;
import org.distributedsockets.memory.MemoryMessageBusProvider;
import org.distributedsockets.memory.MemorySettings;

final class MemoryGroupsAndPresenceTest extends GroupsAndPresenceContract {
  @Override
  protected void join(SocketNodeBuilder node, Settings.Builder settings, String cluster) {
    settings.set(MemorySettings.CLUSTER, cluster);
    node.registry(new MemoryConnectionRegistryProvider()).bus(new MemoryMessageBusProvider());
  }
}
