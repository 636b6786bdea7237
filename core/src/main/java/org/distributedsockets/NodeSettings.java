package org.distributedsockets;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.distributedsockets.engine.OriginRule;
import org.distributedsockets.spi.NodeIdentity;

/** The settings of a node, whatever its registry and bus are. */
public final class NodeSettings implements SettingsGroup {
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;
  private static final int MILLION = 1_000_000;

  /** The node's name in the cluster. Default: the host name. */
  public static final Setting<Optional<String>> NODE_ID =
      Setting.optionalText(
              "node.id",
              "Name of the node in the cluster, unique and the same after a restart; the "
                  + "host name if not set.")
          .withCheck("match [A-Za-z0-9._-]{1,64}", NodeSettings::isNodeId);

  /** Which registry is used. Default: the only one found that is not memory. */
  public static final Setting<Optional<String>> REGISTRY =
      Setting.optionalText(
          "registry",
          "Name of the registry provider; if not set, the only one on the class path that "
              + "is not memory.");

  /** Which bus is used. Default: the only one found that is not memory. */
  public static final Setting<Optional<String>> BUS =
      Setting.optionalText(
          "bus",
          "Name of the bus provider; if not set, the only one on the class path that is not "
              + "memory.");

  /** Which router is used. Default: by registry. */
  public static final Setting<String> ROUTER =
      Setting.text(
          "router",
          "registry",
          "Name of the router provider: how a message finds the nodes of its recipient.");

  /** How long a node counts as alive after its last sign of life. Default 10 s. */
  public static final Setting<Duration> LEASE =
      Setting.duration(
          "node.lease",
          ofSeconds(10),
          ofSeconds(2),
          ofMinutes(5),
          "How long a node counts as alive after its last sign of life; shorter notices a "
              + "crash sooner, longer survives longer pauses.");

  /** How often a node renews its lease. Default 3 s. */
  public static final Setting<Duration> LEASE_RENEWAL =
      Setting.duration(
          "node.lease-renewal",
          ofSeconds(3),
          ofMillis(100),
          ofMinutes(1),
          "How often a node renews its lease; at most a third of the lease.");

  /** How long a starting node tries to reach its backends. Default 20 s. */
  public static final Setting<Duration> START_TIMEOUT =
      Setting.duration(
          "node.start-timeout",
          ofSeconds(20),
          ofSeconds(1),
          ofMinutes(10),
          "How long a starting node tries to reach registry and bus before it gives up.");

  /** How long one call to a backend may take. Default 2 s. */
  public static final Setting<Duration> OPERATION_TIMEOUT =
      Setting.duration(
          "node.operation-timeout",
          ofSeconds(2),
          ofMillis(50),
          ofMinutes(1),
          "How long one call to the registry or the bus may take before it counts as failed; "
              + "at most the lease.");

  /** How long a handshake waits for the registry. Default 500 ms. */
  public static final Setting<Duration> REGISTRATION_WAIT =
      Setting.duration(
          "handshake.registration-wait",
          ofMillis(500),
          ofMillis(0),
          ofSeconds(10),
          "How long a handshake waits for its registration; after that the client is let in "
              + "and registered in the background.");

  /** How long a send waits for its outcome. Default 10 s. */
  public static final Setting<Duration> OUTCOME_WAIT =
      Setting.duration(
          "send.outcome-wait",
          ofSeconds(10),
          ofMillis(100),
          ofMinutes(2),
          "How long a send waits for its outcome before it ends as ACCEPTED or UNAVAILABLE.");

  /** How long a delivered send waits for further answers. Default 300 ms. */
  public static final Setting<Duration> PARTIAL_OUTCOME_WAIT =
      Setting.duration(
          "send.partial-outcome-wait",
          ofMillis(300),
          ofMillis(0),
          ofMinutes(1),
          "How long a send that one node delivered waits for the answers of the other nodes "
              + "asked.");

  /** What the messages may hold that a node still answers for. Default 256 MiB. */
  public static final Setting<Long> PENDING_BYTES =
      Setting.bytes(
          "send.pending-bytes",
          256 * MIB,
          64 * KIB,
          1024 * GIB,
          "Bytes of UTF-8 of the messages that a node took and whose end is not known yet, with "
              + "512 more for each; what does not fit is REJECTED (node_busy).");

  /** How long a message may be on its way. Default 2 minutes. */
  public static final Setting<Duration> MESSAGE_LIFE =
      Setting.duration(
          "send.message-life",
          ofMinutes(2),
          ofSeconds(1),
          ofHours(24),
          "How long a message may be on its way before it ends as EXPIRED and goes to the "
              + "undeliverable hook.");

  /** How long a node remembers where a user is. Default 5 s. */
  public static final Setting<Duration> ROUTE_CACHE =
      Setting.duration(
          "route.cache",
          ofSeconds(5),
          ofMillis(0),
          ofMinutes(10),
          "How long a node remembers where a user is; longer saves look-ups and causes more "
              + "detours, 0s looks up each time.");

  /** How long messages wait while a returned one is looked up. Default 2 s. */
  public static final Setting<Duration> ROUTE_HOLD =
      Setting.duration(
          "route.hold",
          ofSeconds(2),
          ofMillis(0),
          ofSeconds(30),
          "How long newer messages for a recipient wait, to keep their order, while a "
              + "returned one is looked up again.");

  /** How many bytes may wait for one connection. Default 4 MiB. */
  public static final Setting<Long> LANE_BYTES =
      Setting.bytes(
          "lane.bytes",
          4 * MIB,
          64 * KIB,
          1 * GIB,
          "Bytes of UTF-8 that may wait for one connection, with 64 more for each message; a "
              + "client that falls further behind meets lane.overflow.");

  /** How many bytes may wait for all connections of a node. Default 256 MiB. */
  public static final Setting<Long> NODE_LANE_BYTES =
      Setting.bytes(
          "lane.node-bytes",
          256 * MIB,
          64 * KIB,
          1024 * GIB,
          "Bytes that may wait for all connections of a node together, counted as in lane.bytes; "
              + "what does not fit is "
              + "REJECTED (node_busy), but answers to clients may take a sixteenth more; who cannot "
              + "be answered even so is closed with 1013.");

  /** What happens when a lane is full. Default: the connection is closed. */
  public static final Setting<LaneOverflow> LANE_OVERFLOW =
      Setting.oneOf(
          "lane.overflow",
          LaneOverflow.CLOSE,
          "What happens when the lane of a connection is full: close the connection with "
              + "1013, or reject the message.");

  /** How long one write to a socket may take. Default 10 s. */
  public static final Setting<Duration> SEND_DEADLINE =
      Setting.duration(
          "lane.send-deadline",
          ofSeconds(10),
          ofMillis(100),
          ofMinutes(5),
          "How long writing one message to a socket may take before the connection is "
              + "closed with 1013.");

  /** How long a connection may be silent before it is pinged. Default 25 s. */
  public static final Setting<Duration> PING_INTERVAL =
      Setting.duration(
          "lane.ping-interval",
          ofSeconds(25),
          ofMillis(100),
          ofMinutes(10),
          "How long a connection may be silent before it is pinged; keep it below the idle "
              + "time-out of proxies.");

  /** How long a pinged connection may stay silent. Default 10 s. */
  public static final Setting<Duration> PONG_DEADLINE =
      Setting.duration(
          "lane.pong-deadline",
          ofSeconds(10),
          ofMillis(100),
          ofMinutes(5),
          "How long a pinged connection may stay silent before it is closed; shorter than "
              + "the ping interval.");

  /** How many bytes may wait for one other node. Default 16 MiB. */
  public static final Setting<Long> OUTBOX_TARGET_BYTES =
      Setting.bytes(
          "outbox.target-bytes",
          16 * MIB,
          64 * KIB,
          1 * GIB,
          "Bytes of UTF-8 that may wait for one other node, with 128 more for each message; what "
              + "does not fit is UNAVAILABLE at once.");

  /** How many bytes may wait for all other nodes. Default 64 MiB. */
  public static final Setting<Long> OUTBOX_BYTES =
      Setting.bytes(
          "outbox.bytes",
          64 * MIB,
          64 * KIB,
          1024 * GIB,
          "Bytes that may wait for all other nodes together, counted as in outbox.target-bytes; "
              + "what does not fit is "
              + "UNAVAILABLE at once.");

  /** How many unconfirmed batches one other node may have. Default 4. */
  public static final Setting<Integer> MAX_UNCONFIRMED_BATCHES =
      Setting.count(
          "outbox.unconfirmed-batches",
          4,
          1,
          32,
          "Batches on their way to one node that the bus has not confirmed; more hide a "
              + "slow broker, fewer make larger batches.");

  /** The most bytes of one batch. Default 256 KiB. */
  public static final Setting<Long> BATCH_BYTES =
      Setting.bytes(
          "outbox.batch-bytes",
          256 * KIB,
          1 * KIB,
          16 * MIB,
          "Most bytes of one batch; a larger single message travels alone.");

  /** The most messages of one batch. Default 1000. */
  public static final Setting<Integer> BATCH_ENVELOPES =
      Setting.count("outbox.batch-envelopes", 1000, 1, 100_000, "Most messages of one batch.");

  /** The most bytes of UTF-8 in a text frame of a client. Default 64 KiB. */
  public static final Setting<Long> FRAME_BYTES =
      Setting.bytes(
          "client.frame-bytes",
          64 * KIB,
          128,
          16 * MIB,
          "Most bytes of UTF-8 in a text frame of a client; a longer one is answered "
              + "too_large, one over four times that closes with 1009.");

  /** How many frames per second one connection may send. Default 0, no limit. */
  public static final Setting<Integer> MESSAGE_RATE =
      Setting.count(
          "client.message-rate",
          0,
          0,
          MILLION,
          "Frames per second that one connection may send; the others are answered "
              + "rate_limited; 0 is no limit.");

  /** How many frames a connection may send at once. Default 0, one second's worth. */
  public static final Setting<Integer> MESSAGE_BURST =
      Setting.count(
          "client.message-burst",
          0,
          0,
          MILLION,
          "Frames that a connection may send at once after a silence; 0 is as many as "
              + "client.message-rate allows in a second.");

  /** How many bytes per second one connection may send. Default 0, no limit. */
  public static final Setting<Long> BYTE_RATE =
      Setting.bytes(
          "client.byte-rate",
          0,
          0,
          1 * GIB,
          "Bytes per second that one connection may send; frames beyond are answered "
              + "rate_limited; 0 is no limit.");

  /** How many groups a client may join. Default 1,000. */
  public static final Setting<Integer> MAX_GROUPS =
      Setting.count(
          "client.max-groups",
          1000,
          0,
          MILLION,
          "Groups that a client may have joined at one time; a further join is answered "
              + "forbidden; 0 is no limit.");

  /** How many frames per second all connections of a user may send. Default 0, no limit. */
  public static final Setting<Integer> MESSAGE_RATE_PER_USER =
      Setting.count(
          "client.message-rate-per-user",
          0,
          0,
          MILLION,
          "Frames per second that all connections of one user to this node together may send; the "
              + "others are answered rate_limited; 0 is no limit.");

  /** How many frames per second all connections from an address may send. Default 0, no limit. */
  public static final Setting<Integer> MESSAGE_RATE_PER_ADDRESS =
      Setting.count(
          "client.message-rate-per-address",
          0,
          0,
          MILLION,
          "Frames per second that all connections from one client address to this node together "
              + "may send; the others are answered rate_limited; 0 is no limit.");

  /** How many users and groups a client may watch at one time. Default 100. */
  public static final Setting<Integer> MAX_WATCHES =
      Setting.count(
          "client.max-watches",
          100,
          0,
          MILLION,
          "Users and groups whose presence a client may watch at one time; a further watch is "
              + "answered forbidden; 0 is none at all.");

  /** How long other nodes may take to say what they hold. Default 2 s. */
  public static final Setting<Duration> ANSWER_WAIT =
      Setting.duration(
          "node.answer-wait",
          ofSeconds(2),
          ofMillis(100),
          ofMinutes(1),
          "How long other nodes may take to say who is a member or how many connections they "
              + "hold; who has not answered then is named as silent.");

  /** How many requests may wait for a reply. Default 10,000. */
  public static final Setting<Integer> MAX_REQUESTS =
      Setting.count(
          "request.max-pending",
          10_000,
          1,
          MILLION,
          "Requests of a node that may wait for a reply; one more is UNAVAILABLE (node_busy).");

  /** How long a watched user has to be away to be offline. Default 10 s. */
  public static final Setting<Duration> PRESENCE_GRACE =
      Setting.duration(
          "presence.grace",
          ofSeconds(10),
          Duration.ZERO,
          ofMinutes(10),
          "How long a watched user has to be away before he is told to be offline; longer than a "
              + "page takes to reload.");

  /** How often a watched user or group is looked up. Default 5 s. */
  public static final Setting<Duration> PRESENCE_INTERVAL =
      Setting.duration(
          "presence.interval",
          ofSeconds(5),
          ofMillis(100),
          ofMinutes(10),
          "How often each watched user or group is looked up in the registry.");

  /** How many look-ups a second watches may cost. Default 2,000. */
  public static final Setting<Integer> PRESENCE_RATE =
      Setting.count(
          "presence.rate",
          2_000,
          1,
          MILLION,
          "Watched users and groups that a node looks up in a second at the most; with more than "
              + "presence.interval allows, each waits longer for its turn.");

  /** How many users and groups a node may watch. Default 40,000. */
  public static final Setting<Integer> PRESENCE_MAX_WATCHED =
      Setting.count(
          "presence.max-watched",
          40_000,
          1,
          10 * MILLION,
          "Different users and groups that a node watches at one time; a further watch is refused.");

  /** How many handshakes per second a node takes. Default 0, no limit. */
  public static final Setting<Integer> HANDSHAKE_RATE =
      Setting.count(
          "handshake.rate",
          0,
          0,
          MILLION,
          "Handshakes per second that a node takes; the others are answered 429; 0 is no limit.");

  /** How many handshakes per second a node takes from an address. Default 0, no limit. */
  public static final Setting<Integer> HANDSHAKE_RATE_PER_ADDRESS =
      Setting.count(
          "handshake.rate-per-address",
          0,
          0,
          MILLION,
          "Handshakes per second that a node takes from one client address (of IPv6: one /64); the "
              + "others are answered 429; 0 is no limit.");

  /** How many handshakes per second a node takes of a user. Default 0, no limit. */
  public static final Setting<Integer> HANDSHAKE_RATE_PER_USER =
      Setting.count(
          "handshake.rate-per-user",
          0,
          0,
          MILLION,
          "Handshakes per second that a node takes of one user; the others are answered 429; 0 is "
              + "no limit.");

  /** How many connections a node holds. Default 0, no limit. */
  public static final Setting<Integer> MAX_CONNECTIONS =
      Setting.count(
          "handshake.max-connections",
          0,
          0,
          10 * MILLION,
          "Connections that a node holds; further handshakes are answered 503; 0 is no limit.");

  /** How many connections a node holds from one address. Default 0, no limit. */
  public static final Setting<Integer> MAX_CONNECTIONS_PER_ADDRESS =
      Setting.count(
          "handshake.max-connections-per-address",
          0,
          0,
          10 * MILLION,
          "Connections that a node holds from one client address (of IPv6: one /64); further "
              + "handshakes are answered 429; 0 is no limit.");

  /** How many connections a user may have in the cluster. Default 0, no limit. */
  public static final Setting<Integer> MAX_CONNECTIONS_PER_USER =
      Setting.count(
          "handshake.max-connections-per-user",
          0,
          0,
          MILLION,
          "Connections that one user may have in the whole cluster; one more meets "
              + "handshake.connection-limit-policy; 0 is no limit.");

  /** What one connection too many leads to. Default: it is refused. */
  public static final Setting<ConnectionLimitPolicy> CONNECTION_LIMIT_POLICY =
      Setting.oneOf(
          "handshake.connection-limit-policy",
          ConnectionLimitPolicy.REJECT_NEW,
          "What happens when a user opens one connection too many: refuse it with 429, or "
              + "close his oldest.");

  /** The subprotocols a node answers with. Default: none. */
  public static final Setting<List<String>> SUBPROTOCOLS =
      Setting.list(
              "handshake.subprotocols",
              List.of(),
              "Subprotocols that a node answers with: the first of these that a client offers, which "
                  + "a browser needs if it offers any, be it to hand in its token.")
          .withCheck("be tokens of HTTP", NodeSettings::areTokens);

  /** The other origins whose pages may connect. Default: none. */
  public static final Setting<List<String>> ALLOWED_ORIGINS =
      Setting.list(
              "handshake.allowed-origins",
              List.of(),
              "Origins besides the own one whose pages may connect; null is for pages without "
                  + "one, such as sandboxed frames, and * for all pages.")
          .withCheck(
              "be scheme://host, scheme://host:port or null each, or * alone",
              NodeSettings::areOrigins);

  /** Whether this node takes over the messages of dead nodes. Default: yes. */
  public static final Setting<Boolean> ADOPTION =
      Setting.flag(
          "node.adoption",
          true,
          "Whether this node takes over what waits in the queues of dead nodes.");

  /** How often the way through the bus is probed. Default 5 s. */
  public static final Setting<Duration> PROBE_INTERVAL =
      Setting.duration(
          "node.probe-interval",
          ofSeconds(5),
          ofMillis(100),
          ofMinutes(5),
          "How often a node sends itself a message through the bus to know that the way is open.");

  /** How long a probe may take before the node is DEGRADED. Default 5 s. */
  public static final Setting<Duration> PROBE_DEADLINE =
      Setting.duration(
          "node.probe-deadline",
          ofSeconds(5),
          ofMillis(100),
          ofMinutes(5),
          "How long such a probe may take before the node's health is DEGRADED.");

  /** How long the slow pass takes that repairs registrations. Default 5 minutes. */
  public static final Setting<Duration> REASSERT_INTERVAL =
      Setting.duration(
          "node.reassert-interval",
          ofMinutes(5),
          ofSeconds(1),
          ofHours(24),
          "How long the slow pass takes that compares each registration of a node with the "
              + "registry and repairs it.");

  /** How many connections per second a draining node closes. Default 500. */
  public static final Setting<Integer> DRAIN_PACE =
      Setting.count(
          "node.drain-pace",
          500,
          1,
          MILLION,
          "Connections per second that a draining node closes, or as many more as it takes to tell "
              + "all in half of the drain's limit; slower spares the nodes its clients reconnect to.");

  /** How many calls to the registry run at one time. Default 4. */
  public static final Setting<Integer> REGISTRY_THREADS =
      Setting.count(
          "node.registry-threads",
          4,
          1,
          256,
          "Threads for blocking calls to the registry, and thus the calls at one time.");

  private static final List<Setting<?>> ALL =
      List.of(
          NODE_ID,
          REGISTRY,
          BUS,
          ROUTER,
          LEASE,
          LEASE_RENEWAL,
          START_TIMEOUT,
          OPERATION_TIMEOUT,
          REGISTRATION_WAIT,
          OUTCOME_WAIT,
          PARTIAL_OUTCOME_WAIT,
          PENDING_BYTES,
          MESSAGE_LIFE,
          ROUTE_CACHE,
          ROUTE_HOLD,
          LANE_BYTES,
          NODE_LANE_BYTES,
          LANE_OVERFLOW,
          SEND_DEADLINE,
          PING_INTERVAL,
          PONG_DEADLINE,
          OUTBOX_TARGET_BYTES,
          OUTBOX_BYTES,
          MAX_UNCONFIRMED_BATCHES,
          BATCH_BYTES,
          BATCH_ENVELOPES,
          FRAME_BYTES,
          MESSAGE_RATE,
          MESSAGE_BURST,
          BYTE_RATE,
          MESSAGE_RATE_PER_USER,
          MESSAGE_RATE_PER_ADDRESS,
          MAX_GROUPS,
          MAX_WATCHES,
          HANDSHAKE_RATE,
          HANDSHAKE_RATE_PER_ADDRESS,
          HANDSHAKE_RATE_PER_USER,
          MAX_CONNECTIONS,
          MAX_CONNECTIONS_PER_ADDRESS,
          MAX_CONNECTIONS_PER_USER,
          CONNECTION_LIMIT_POLICY,
          SUBPROTOCOLS,
          ALLOWED_ORIGINS,
          ADOPTION,
          PROBE_INTERVAL,
          PROBE_DEADLINE,
          REASSERT_INTERVAL,
          DRAIN_PACE,
          REGISTRY_THREADS,
          ANSWER_WAIT,
          MAX_REQUESTS,
          PRESENCE_GRACE,
          PRESENCE_INTERVAL,
          PRESENCE_RATE,
          PRESENCE_MAX_WATCHED);

  /** Made by {@link java.util.ServiceLoader}. */
  public NodeSettings() {}

  @Override
  public String title() {
    return "Node";
  }

  @Override
  public List<Setting<?>> settings() {
    return ALL;
  }

  @Override
  public List<String> check(Settings settings) {
    List<String> problems = new ArrayList<>();
    Duration third = settings.get(LEASE).dividedBy(3);
    if (settings.get(LEASE_RENEWAL).compareTo(third) > 0) {
      problems.add(contradiction(settings, LEASE_RENEWAL, "at most a third of", LEASE));
    }
    if (settings.get(PONG_DEADLINE).compareTo(settings.get(PING_INTERVAL)) >= 0) {
      problems.add(contradiction(settings, PONG_DEADLINE, "shorter than", PING_INTERVAL));
    }
    if (settings.get(MESSAGE_BURST) > 0 && settings.get(MESSAGE_RATE) == 0) {
      problems.add(contradiction(settings, MESSAGE_BURST, "0 without", MESSAGE_RATE));
    }
    checkAtMost(settings, OPERATION_TIMEOUT, LEASE, problems);
    checkAtMost(settings, PARTIAL_OUTCOME_WAIT, OUTCOME_WAIT, problems);
    checkAtMost(settings, FRAME_BYTES, LANE_BYTES, problems);
    checkAtMost(settings, LANE_BYTES, NODE_LANE_BYTES, problems);
    checkAtMost(settings, BATCH_BYTES, OUTBOX_TARGET_BYTES, problems);
    checkAtMost(settings, OUTBOX_TARGET_BYTES, OUTBOX_BYTES, problems);
    return List.copyOf(problems);
  }

  private static <T extends Comparable<T>> void checkAtMost(
      Settings settings, Setting<T> small, Setting<T> large, List<String> problems) {
    if (settings.get(small).compareTo(settings.get(large)) > 0) {
      problems.add(contradiction(settings, small, "at most", large));
    }
  }

  private static <T, U> String contradiction(
      Settings settings, Setting<T> one, String mustBe, Setting<U> other) {
    return String.format(
        "must be %s %s: %s=%s, %s=%s",
        mustBe,
        other.key(),
        one.propertyName(),
        one.format(settings.get(one)),
        other.propertyName(),
        other.format(settings.get(other)));
  }

  private static boolean isNodeId(Optional<String> id) {
    try {
      id.ifPresent(NodeIdentity::checkNodeId);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** RFC 9110 section 5.6.2. */
  private static boolean areTokens(List<String> names) {
    return names.stream().allMatch(name -> name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+"));
  }

  private static boolean areOrigins(List<String> origins) {
    try {
      new OriginRule(origins);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
