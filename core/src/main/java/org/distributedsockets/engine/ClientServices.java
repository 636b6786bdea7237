package org.distributedsockets.engine;

import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.distributedsockets.AccessPolicy;
import org.distributedsockets.Address;
import org.distributedsockets.ConnectionListener;
import org.distributedsockets.ErrorListener;
import org.distributedsockets.LaneOverflow;
import org.distributedsockets.MessageListener;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Outcome;
import org.distributedsockets.PresenceListener;
import org.distributedsockets.PresenceWatch;
import org.distributedsockets.SendOptions;
import org.distributedsockets.Settings;
import org.distributedsockets.metrics.MetricsListener;
import org.distributedsockets.protocol.ClientProtocol;
import org.distributedsockets.spi.MessageId;
import org.jspecify.annotations.Nullable;

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
 * @param cork holds back what lanes send because of one batch
 * @param local where connections are found
 * @param sender sends what clients send
 * @param access decides what clients may do
 * @param watches tells clients who is online
 * @param answers takes what clients answer to requests
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
    Cork cork,
    LocalConnections local,
    Sender sender,
    AccessPolicy access,
    Watches watches,
    Answers answers) {

  /** Asks the application, whose error is a refusal. */
  boolean allows(Predicate<AccessPolicy> question) {
    try {
      return question.test(access);
    } catch (RuntimeException e) {
      errors.onError("the access policy threw", e);
      return false;
    }
  }

  /** Sends a message in a user's name. */
  @FunctionalInterface
  interface Sender {
    CompletableFuture<Outcome> send(Address to, String payload, SendOptions options);
  }

  /** Begins watches. */
  @FunctionalInterface
  interface Watches {
    /**
     * Watches.
     *
     * @throws IllegalStateException if the node watches too many
     */
    PresenceWatch watch(Collection<Address> addresses, PresenceListener listener);
  }

  /** Sends answers to requests. */
  @FunctionalInterface
  interface Answers {
    /** Sends an answer, or null for a refusal; false if it could not be taken. */
    boolean reply(String origin, MessageId request, @Nullable String payload);
  }

  /**
   * How much a client may. Zero rates and a zero number of groups are no limit.
   *
   * @param frameBytes the longest text frame in bytes of UTF-8
   * @param messageRate messages per second
   * @param messageBurst messages at once
   * @param byteRate bytes of frames per second
   * @param maxGroups the groups it may join
   * @param maxWatches the users and groups it may watch; zero is none
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
      int maxWatches,
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
          settings.get(NodeSettings.MAX_WATCHES),
          settings.get(NodeSettings.LANE_BYTES),
          settings.get(NodeSettings.LANE_OVERFLOW),
          settings.get(NodeSettings.SEND_DEADLINE).toNanos(),
          settings.get(NodeSettings.PING_INTERVAL).toNanos(),
          settings.get(NodeSettings.PONG_DEADLINE).toNanos());
    }
  }
}
