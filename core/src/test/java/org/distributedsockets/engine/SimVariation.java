package org.distributedsockets.engine;

import java.time.Duration;
import java.util.SplittableRandom;
import org.distributedsockets.ConnectionLimitPolicy;
import org.distributedsockets.LaneOverflow;
import org.distributedsockets.NodeSettings;
import org.distributedsockets.Settings;

/**
 * What is unlike the usual in one simulation, drawn from its seed.
 *
 * @param asksAll whether the nodes use the router that asks all nodes
 * @param smallLanes whether little may wait for clients, of which more are slow
 * @param rejects whether a full lane rejects what does not fit, or closes
 * @param smallOutbox whether little may wait for other nodes
 * @param limits whether clients come through the handshake, and only so many may
 * @param displaces whether one too many of a user closes his oldest, or is refused
 */
record SimVariation(
    boolean asksAll,
    boolean smallLanes,
    boolean rejects,
    boolean smallOutbox,
    boolean limits,
    boolean displaces) {
  static final SimVariation NONE = new SimVariation(false, false, false, false, false, false);

  static final int CONNECTIONS_PER_NODE = 6;
  static final int CONNECTIONS_PER_USER = 3;
  static final long NODE_LANE_BYTES = 128 * 1024;

  static final long OUTBOX_TARGET_BYTES = 64 * 1024;

  /** One message adds less to the outbox for a node. */
  static final long OUTBOX_RESERVE_BYTES = 8 * 1024;

  private static final int PADDING_BYTES = 3 * 1024;

  /** Not from the chance of the schedule, so that a plain schedule does not depend on it. */
  static SimVariation of(long seed) {
    SplittableRandom chance = new SplittableRandom(~seed);
    if (chance.nextInt(2) == 0) {
      return NONE;
    }
    return new SimVariation(
        chance.nextInt(3) == 0,
        chance.nextInt(3) == 0,
        chance.nextBoolean(),
        chance.nextInt(3) == 0,
        chance.nextInt(3) == 0,
        chance.nextBoolean());
  }

  /** Spaces behind a payload, which JSON allows. */
  String padded(String payload, SplittableRandom chance) {
    return smallLanes || smallOutbox
        ? payload + " ".repeat(chance.nextInt(PADDING_BYTES))
        : payload;
  }

  void change(Settings.Builder settings) {
    if (smallLanes) {
      settings
          .set(NodeSettings.LANE_BYTES, 64 * 1024L)
          .set(NodeSettings.NODE_LANE_BYTES, NODE_LANE_BYTES)
          .set(NodeSettings.LANE_OVERFLOW, rejects ? LaneOverflow.REJECT : LaneOverflow.CLOSE)
          .set(NodeSettings.SEND_DEADLINE, Duration.ofSeconds(15));
    }
    if (smallOutbox) {
      settings
          .set(NodeSettings.BATCH_BYTES, 16 * 1024L)
          .set(NodeSettings.OUTBOX_TARGET_BYTES, OUTBOX_TARGET_BYTES)
          .set(NodeSettings.OUTBOX_BYTES, 96 * 1024L);
    }
    if (limits) {
      settings
          .set(NodeSettings.MAX_CONNECTIONS, CONNECTIONS_PER_NODE)
          .set(NodeSettings.MAX_CONNECTIONS_PER_USER, CONNECTIONS_PER_USER)
          .set(
              NodeSettings.CONNECTION_LIMIT_POLICY,
              displaces ? ConnectionLimitPolicy.CLOSE_OLDEST : ConnectionLimitPolicy.REJECT_NEW);
    }
  }
}
