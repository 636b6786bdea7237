package org.distributedsockets.engine;

import java.util.concurrent.CompletableFuture;
import org.distributedsockets.Address;
import org.distributedsockets.ConnectionListener;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.LaneOverflow;
import org.distributedsockets.MessageListener;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.SendOptions;
import org.distributedsockets.Settings;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.protocol.ClientProtocol;

/**
 * What all connections of a node share.
 *
 * @param limits how much a client may
 * @param shared how much the clients of one user or from one address may together
 * @param protocol what clients and the node say to each other
 * @param messages stands between clients and the cluster
 * @param connections told of coming and going
 * @param errors told of failures
 * @param metrics hears what is counted
 * @param runtime time and threads
 * @param budget the bytes all lanes may hold
 * @param local where connections are found
 * @param sender sends what clients send
 */
record ClientServices(
    ClientLimits limits,
    SharedLimits shared,
    ClientProtocol protocol,
    MessageListener messages,
    ConnectionListener connections,
    ErrorListener errors,
    MetricsListener metrics,
    NodeRuntime runtime,
    Lane.Budget budget,
    LocalConnections local,
    Sender sender) {

  /** Sends a message in a user's name. */
  @FunctionalInterface
  interface Sender {
    CompletableFuture<Outcome> send(Address to, String payload, SendOptions options);
  }

  /**
   * How much a client may. Zero rates and a zero number of groups are no limit.
   *
   * @param frameBytes the longest text frame in bytes of UTF-8
   * @param messageRate messages per second
   * @param messageBurst messages at once
   * @param byteRate bytes of frames per second
   * @param maxGroups the groups it may join
   * @param laneBytes what may wait for one client
   * @param overflow what happens to a client whose lane is full
   * @param sendDeadlineNanos how long one send may take
   * @param pingNanos after which silence a client is pinged
   * @param pongNanos how long it may take to answer
   */
  record ClientLimits(
      long frameBytes,
      int messageRate,
      int messageBurst,
      long byteRate,
      int maxGroups,
      long laneBytes,
      LaneOverflow overflow,
      long sendDeadlineNanos,
      long pingNanos,
      long pongNanos) {

    static ClientLimits of(Settings settings) {
      return new ClientLimits(
          settings.get(NodeSettings.FRAME_BYTES),
          settings.get(NodeSettings.MESSAGE_RATE),
          settings.get(NodeSettings.MESSAGE_BURST),
          settings.get(NodeSettings.BYTE_RATE),
          settings.get(NodeSettings.MAX_GROUPS),
          settings.get(NodeSettings.LANE_BYTES),
          settings.get(NodeSettings.LANE_OVERFLOW),
          settings.get(NodeSettings.SEND_DEADLINE).toNanos(),
          settings.get(NodeSettings.PING_INTERVAL).toNanos(),
          settings.get(NodeSettings.PONG_DEADLINE).toNanos());
    }
  }
}
