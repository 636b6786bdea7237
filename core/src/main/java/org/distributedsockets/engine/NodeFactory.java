package org.distributedsockets.engine;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;
import org.distributedsockets.SocketNode;
import org.distributedsockets.spi.ConnectionRegistryProvider;
import org.distributedsockets.spi.MessageBusProvider;
import org.distributedsockets.spi.NodeIdentity;
import org.distributedsockets.spi.RouterProvider;

/** Chooses the adapters, and makes the node with threads of its own. */
public final class NodeFactory {
  private NodeFactory() {}

  /**
   * Makes a node.
   *
   * @param parts what the application gave
   * @return a node to be started
   */
  public static SocketNode create(NodeParts parts) {
    Settings settings = parts.settings();
    String nodeId = nodeId(parts);
    ConnectionRegistryProvider registry =
        Providers.select(
            ConnectionRegistryProvider.class,
            ConnectionRegistryProvider::name,
            parts.registry(),
            settings.get(NodeSettings.REGISTRY));
    MessageBusProvider bus =
        Providers.select(
            MessageBusProvider.class,
            MessageBusProvider::name,
            parts.bus(),
            settings.get(NodeSettings.BUS));
    RouterProvider router =
        Providers.select(
            RouterProvider.class,
            RouterProvider::name,
            parts.router(),
            Optional.of(settings.get(NodeSettings.ROUTER)));
    NodeThreads threads =
        new NodeThreads(
            nodeId, settings.get(NodeSettings.REGISTRY_THREADS), parts.callbacks(), parts.errors());
    return new EngineNode(nodeId, parts, registry, bus, router, threads.runtime(), threads::close);
  }

  private static String nodeId(NodeParts parts) {
    String given = parts.nodeId();
    return NodeIdentity.checkNodeId(
        given != null
            ? given
            : parts.settings().get(NodeSettings.NODE_ID).orElseGet(NodeFactory::hostName));
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      throw new IllegalStateException(
          "the host has no name; set " + NodeSettings.NODE_ID.propertyName(), e);
    }
  }
}
